"""Names that programs import."""
from contextlib import contextmanager


@contextmanager
def suppress(*exceptions):
    try:
        yield
    except exceptions or Exception:
        pass


def is_mac_os():
    import sys

    return sys.platform == "darwin"


def is_windows_os():
    import sys

    return sys.platform == "win32"


def is_linux_os():
    import sys

    return sys.platform.startswith("linux")
