"""Words of ours go through logging, which is loaded with the first of them."""


def warn(text, *arguments):
    import logging
    logging.getLogger("carbontracker").warning(text, *arguments)


def fault(text):
    """A fault inside an `except`: told with its trace, never passed on to the training."""
    import logging
    logging.getLogger("carbontracker").warning(text, exc_info=True)
