"""Names that programs import or replace; measuring does not depend on them."""


def is_psutil_available():
    return False


def is_powergadget_available():
    return False


def is_rapl_available(rapl_dir=None):
    import os

    return os.path.isdir("/sys/class/powercap")


class TDP:
    model, tdp = "", None
