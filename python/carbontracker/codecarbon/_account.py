"""Joules since the start of a run, by component, as the settings want them counted; IT energy, PUE comes after."""
import os
import time

from carbontracker import _meter, _processes

COMPONENTS = ("cpu", "gpu", "ram")
RECENT = (1.0, 30.0)  # s that a power now may be the mean of: counters tick once a second, and the core forgets after a minute
SETTLED = 60.0  # s after which the readings around the beginning are there


def _busy_seconds():
    """(processor seconds that all processors were busy for, processors)."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            fields = [int(word) for word in file.readline().split()[1:9]]
        return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK"), os.cpu_count() or 1
    except (OSError, ValueError, IndexError):
        return None, 1


def _own_seconds():
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


class Account:
    def __init__(self, settings, gpus, project, place, logger, run_id=""):
        self._settings, self._gpus = settings, gpus
        self._prefix = "run:" if settings["tracking_mode"] == "process" else ""
        self.devices = []
        # A row is of its own process, as CodeCarbon's are; in our store each node is counted once.
        self._part = _processes.Part(project)
        try:
            self._meter = _meter.factory(name=project, project=project, place=place, pue=settings["pue"], keep=self._part.silent is None,
                                         tags={"codecarbon_run_id": run_id})  # by which `carbontracker import` knows the row of a run that is kept
        except ValueError:
            self._part.leave()
            raise
        except Exception as error:
            logger.error("nothing can be measured: %s", error)
            self._meter = None
        self._clock = getattr(self._meter, "clock", time.perf_counter)
        self.began, self._moment = self._clock(), getattr(self._meter, "moment", None)
        self._first, self._before = self._moment and self._moment(), {}  # what the meter had counted when we began
        self._cpu_began = self._cpu_seconds()

    def _cpu_seconds(self):
        return _own_seconds() if self._prefix else _busy_seconds()[0]

    def mark(self, kind, name):
        if self._meter is not None:
            self._meter.mark(kind, name=name)

    def _raw(self, **how):
        if self._meter is None:
            return {}
        devices, joules = self._meter.read(**how)
        gpus = [d for d in devices if d.component == "gpu"]
        wanted = [d for i, d in enumerate(gpus) if self._gpus is None or str(i) in self._gpus or any(g and d.key.lower().find(g.lower()) >= 0 for g in self._gpus if not g.isdigit())]
        self.devices = [d for d in devices if d.component != "gpu" or d in wanted]
        sums = {}
        for device in self.devices:
            value = joules.get(self._prefix + device.key)
            if value is not None:
                sums[device.component] = sums.get(device.component, 0.0) + value
        return sums

    def read(self, fresh=False, last=False):
        """(seconds, {component: joules}) since the start; a component without data is 0 in CodeCarbon's columns. `last`: ends it."""
        moment, seconds = self._moment and self._moment(), self._clock() - self.began
        if last and self._meter is not None:
            self._meter.finish()
        now = self._raw(at=moment) if last and moment else self._raw(fresh=fresh and not last)
        if self._moment and (not self._before or seconds < SETTLED):
            self._before = self._raw(at=self._first)
        joules = {name: max(0.0, now.get(name, 0.0) - self._before.get(name, 0.0)) for name in COMPONENTS}
        watts = self._settings["force_cpu_power"]
        if watts is not None and self._cpu_began is not None:
            joules["cpu"] = watts * max(0.0, self._cpu_seconds() - self._cpu_began) / (os.cpu_count() or 1)
        if self._settings["force_ram_power"] is not None:
            joules["ram"] = self._settings["force_ram_power"] * seconds
        return seconds, joules

    def watts(self, period):
        """By component, the mean over the last `period` s (RECENT allows) or since the start, where that is nearer; of what the settings
        force, since the start."""
        seconds, joules = self.read(fresh=True)
        means = {name: joules[name] / seconds if seconds > 0 else 0.0 for name in COMPONENTS}
        span = min(max(period, RECENT[0]), RECENT[1])
        if not self._moment or seconds <= span:
            return means
        now = self._moment()
        before, last = self._raw(at=now - int(span * 1e9)), self._raw(at=now)
        forced = {"cpu": self._settings["force_cpu_power"], "ram": self._settings["force_ram_power"]}
        return {name: means[name] if forced.get(name) is not None else max(0.0, last.get(name, 0.0) - before.get(name, 0.0)) / span for name in COMPONENTS}

    def ends_with(self, exit_code):
        if self._meter is not None:
            self._meter.exit_code = exit_code

    def close(self):
        self._part.leave()
        if self._meter is not None:
            self._meter.close()
            self._meter = None
