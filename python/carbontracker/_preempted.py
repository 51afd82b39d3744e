"""SIGTERM: what was measured is reported before the process goes, where nobody else handles the signal."""
import os

_runs = []
_installed = False


def _on_term(number, frame):
    import signal
    for run in list(_runs):
        run.stop(exit_code=128 + number)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def watch(run):
    """Only in the main thread, and only where the signal still has its default."""
    global _installed
    _runs.append(run)
    if _installed:
        return
    import signal
    try:
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_term)
            _installed = True
    except ValueError:  # not the main thread
        pass


def leave(run):
    global _installed
    if run in _runs:
        _runs.remove(run)
    if _runs or not _installed:
        return
    import signal
    try:
        if signal.getsignal(signal.SIGTERM) is _on_term:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _installed = False
    except ValueError:
        pass


def forget():
    """In the child of a fork: SIGTERM has its default again."""
    for run in list(_runs):
        leave(run)
