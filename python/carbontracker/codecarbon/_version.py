# The interface's version first, ours after it.
__version__ = "3.3.2+carbontracker.3.0.0"
