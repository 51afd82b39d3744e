"""Words of ours go through logging, which is loaded with the first of them."""

_quiet = False


def quiet():
    """From now on nothing is printed by logging's own last resort, where nobody has set it up (verbose=0)."""
    global _quiet
    _quiet = True


def _logger():
    import logging
    logger = logging.getLogger("carbontracker")
    if _quiet and not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger


def _say(text, *arguments, **how):
    """Handlers, filters and streams are the program's own: what they raise stops here."""
    try:
        _logger().warning(text, *arguments, **how)
    except Exception:
        pass


def warn(text, *arguments):
    _say(text, *arguments)


def fault(text):
    """A fault inside an `except`: told with its trace, never passed on to the training."""
    _say(text, exc_info=True)
