"""EmissionsTracker and its kin, with CodeCarbon's arguments and calls."""
import inspect

from carbontracker._decorate import decorate as around
from carbontracker._decorate import is_function
from carbontracker.codecarbon._base import BaseEmissionsTracker
from carbontracker.codecarbon._where import offline_place
from carbontracker.codecarbon.output_methods.emissions_data import EmissionsData  # noqa: F401


PLACES = ("country_iso_code", "region", "cloud_provider", "cloud_region", "country_2letter_iso_code", "country")


class EmissionsTracker(BaseEmissionsTracker):
    """The place is what the machine and CARBONTRACKER_PLACE say; no service is asked."""

    def _settle(self, given):
        for name in PLACES:
            if given.get(name) is not None:
                raise TypeError(f"EmissionsTracker has no argument {name!r}: it finds its place itself; OfflineEmissionsTracker has it")
        return super()._settle(given)


class OfflineEmissionsTracker(BaseEmissionsTracker):
    """`country_iso_code` has three letters."""

    def __init__(self, *args, country_iso_code=None, region=None, cloud_provider=None, cloud_region=None, country_2letter_iso_code=None, **kwargs):
        super().__init__(*args, country_iso_code=country_iso_code, region=region, cloud_provider=cloud_provider, cloud_region=cloud_region,
                         country_2letter_iso_code=country_2letter_iso_code, **kwargs)

    def _find_place(self):
        return offline_place(self._conf) or super()._find_place()


class TaskEmissionsTracker:
    """`with TaskEmissionsTracker("name", tracker=t): …`"""

    def __init__(self, task_name, tracker=None):
        self.is_default_tracker = tracker is None
        self.tracker = tracker or EmissionsTracker()
        self.task_name = task_name

    def __enter__(self):
        self.tracker.start_task(self.task_name)
        return self

    def __exit__(self, *exception):
        self.tracker.stop_task()
        if self.is_default_tracker:
            self.tracker.__exit__(*exception)


def track_emissions(fn=None, project_name=None, offline=False, **settings):
    """A row for each call; the function's result, exception, name and doc stay. A place that is given counts, `offline` or not: none is
    looked up."""
    if fn is not None and not is_function(fn):
        raise TypeError("@track_emissions takes its settings by name: project_name=…")
    kind = OfflineEmissionsTracker if offline or any(settings.get(name) for name in PLACES) else EmissionsTracker

    def decorate(function):
        return around(function, lambda: kind(project_name=project_name, **settings))

    return decorate if fn is None else decorate(fn)


def _signature():
    by_name = inspect.Parameter.KEYWORD_ONLY
    own = list(inspect.signature(track_emissions).parameters.values())
    trackers = [one for kind in (BaseEmissionsTracker, OfflineEmissionsTracker) for one in list(inspect.signature(kind).parameters.values()) if one.default is None]
    return inspect.Signature(own[:-1] + [one.replace(kind=by_name) for one in trackers if one.name != "project_name"] + own[-1:])


track_emissions.__signature__ = _signature()


def track_task_emissions(fn=None, tracker=None, task_name=""):
    def decorate(function):
        return around(function, lambda: TaskEmissionsTracker(task_name or function.__name__, tracker))

    return decorate if fn is None else decorate(fn)
