"""The logger named "codecarbon", with a handler of its own, not passed on to the root: it can be silenced by name."""
import logging
import sys


class _Stderr(logging.StreamHandler):
    """To sys.stderr as it is at the time."""

    def __init__(self):
        logging.Handler.__init__(self)

    @property
    def stream(self):
        return sys.stderr


def _guarded(log):
    """Handlers, filters and streams are the program's own: what they raise stops here."""
    def guarded(*words, **how):
        try:
            log(*words, **{**how, "stacklevel": how.get("stacklevel", 1) + 1})
        except Exception:
            pass
    return guarded


logger = logging.getLogger("codecarbon")
if not hasattr(logger, "_guarded"):
    logger._log, logger._guarded = _guarded(logger._log), True
logger.propagate = False
if not logger.handlers:
    _handler = _Stderr()
    _handler.setFormatter(logging.Formatter("[codecarbon %(levelname)s @ %(asctime)s] %(message)s", "%H:%M:%S"))
    logger.addHandler(_handler)
logger.setLevel(logging.WARNING)


def set_logger_level(level=None):
    """A name in any case, a number, or a number as text."""
    if level is None or isinstance(level, bool):
        return
    if isinstance(level, str):
        text = level.strip().upper()
        level = int(text) if text.isdigit() else logging.getLevelName(text)
    if isinstance(level, int):
        logger.setLevel(level)
    else:
        logger.warning("log_level: there is no level of that name; it stays as it was")


def set_logger_format(preamble=""):
    if preamble:
        for handler in logger.handlers:
            handler.setFormatter(logging.Formatter(f"[codecarbon {preamble} %(levelname)s @ %(asctime)s] %(message)s".replace("%%", "%"), "%H:%M:%S"))
