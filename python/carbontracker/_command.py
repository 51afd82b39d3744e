"""The command line of this program, kept with its run as `carbontracker run` keeps one (values that look secret are masked there)."""
import os
import sys

_NOTEBOOKS = ("ipykernel_launcher.py", "colab_kernel_launcher.py")  # their arguments are files of the session's own
_MOST = 1000
_told = False


def words():
    """python, script and arguments: of the first run of the process alone, since what later ones of a loop differ in no argument
    tells. Nothing where there is no script: a prompt, a notebook, `python -c`."""
    global _told
    argv = [str(word).encode("utf-8", "replace").decode("utf-8", "replace") for word in getattr(sys, "argv", None) or ()][:_MOST]
    if _told or not argv or argv[0] in ("", "-", "-c", "-m") or os.path.basename(argv[0]) in _NOTEBOOKS or hasattr(sys, "ps1"):
        return []
    _told = True
    interpreter = (getattr(sys, "orig_argv", None) or [sys.executable or "python"])[0]
    return [*([interpreter] if "python" in os.path.basename(interpreter) else []), *argv]
