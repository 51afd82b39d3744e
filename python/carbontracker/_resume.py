"""CARBONTRACKER_RESUME: the id or name of a run in the store that a job started again goes on with, for all three interfaces."""
import os

from . import _command
from ._errors import InvalidInput


def session(core, options, warn):
    """core.Session(**options), going on with the run that the environment names. Where there is none yet, a new one is begun, and told."""
    if not options.get("silent") and options.get("keep", True):
        options = {"command": _command.words(), **options}
    named = os.environ.get("CARBONTRACKER_RESUME", "")
    if not named or options.get("resume") or options.get("silent") or not options.get("keep", True):
        return core.Session(**options)
    try:
        return core.Session(**{**options, "resume": named, "run_id": "", "attempt": 0})
    except InvalidInput as error:
        if not error.what.startswith("resume:"):
            raise
        warn("%s (CARBONTRACKER_RESUME); a new run is begun", error.what)
        return core.Session(**options)
