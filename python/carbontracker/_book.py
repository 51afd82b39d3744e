"""What CarbonTracker measured, epoch by epoch and device by device. `tracker.tracker` of a CarbonTracker is one of these."""
import os
import sys
import time

from carbontracker import _meter

JOULES_PER_KWH = 3.6e6


# An epoch's end has the sensors read, and waits a thousandth of the epoch for them at most. Shorter epochs go on from the last readings.
READ_FROM, WAIT_PART, LONGEST_WAIT = 0.05, 0.001, 0.02


class Epoch:
    __slots__ = ("seconds", "joules", "edges")

    def __init__(self, seconds, joules, edges=None):
        self.seconds, self.joules = seconds, joules  # joules by device key, without PUE
        self.edges = edges                           # the meter's moments of its begin and end, until its figures are settled


class NoMeter:
    """Stands in where the core cannot be had: there are no devices, and no figures."""

    def mark(self, kind, **values):
        pass

    def finish(self):
        pass

    def read(self, **how):
        return [], {}

    def grid(self, place=None):
        return None

    def close(self):
        pass


class CarbonTrackerThread:
    """Measures nothing itself (the core's threads do): reads the meter at the edges of epochs. The caller holds the lock."""

    def __init__(self, meter, components, simulated, devices_by_pid, pue, logger):
        self._meter, self._clock = meter, getattr(meter, "clock", time.perf_counter)
        self.pue = pue
        self.wanted = components
        self._simulated = simulated            # component -> (name, watts)
        self._by_pid = devices_by_pid
        self._logger = logger
        self._devices = {}                     # key -> Device, in the order they were found
        self._seen, self._parts = None, {}     # the meter's list of devices; channel's key -> key of the device it is a part of
        self.epochs = []                       # finished ones
        self.partial = None                    # the one that was running at the end
        self._began = None                     # (time, the meter's moment, or joules where it has no moments) of the running one
        self._moment = getattr(meter, "moment", None)
        self.announced = False
        self._made = self._clock()
        self._read()

    # --- reading ---
    def _read(self, **how):
        """Joules so far of every device that could be chosen, chosen or not."""
        devices, joules = self._meter.read(**how)
        if self._seen is not devices:
            self._know(devices)
        if self._by_pid:
            self._choose_own(joules)
        energy = {}
        for part, owner in self._parts.items():
            value = joules.get(part)
            if value is not None:
                energy[owner] = energy[owner] + value if owner in energy else value
        return energy

    def _know(self, devices):
        self._seen = devices
        found, self._parts = _meter.fold_memory(devices)
        self._found = [d for d in found if d.component in self.wanted and d.component not in self._simulated]
        wanted = {d.key for d in self._found}
        self._parts = {part: owner for part, owner in self._parts.items() if owner in wanted}
        for device in self._found:
            if not (self._by_pid and device.component == "gpu"):
                self._devices.setdefault(device.key, device)

    def _choose_own(self, joules):
        """devices_by_pid: the GPUs that this process and its children have used. Until the driver was asked who uses a GPU, about a second
        after the beginning, all of them count as used: what is chosen then is given back."""
        for device in self._found:
            if device.component != "gpu":
                continue
            if joules.get("run:" + device.key, 0.0) > 0:
                self._devices.setdefault(device.key, device)
            else:
                self._devices.pop(device.key, None)

    def devices(self, component):
        if component in self._simulated:
            return [_meter.Device("sim:" + component, self._simulated[component][0], component, True)]
        return [d for d in self._devices.values() if d.component == component]

    @property
    def components(self):
        return [name for name in self.wanted if self.devices(name)]

    @property
    def running(self):
        return self._began is not None

    def epoch_start(self):
        self._began = (self._clock(), self._moment() if self._moment else self._read())

    def _since_start(self):
        (began, start), self._began = self._began, None
        seconds = self._clock() - began
        if not self._moment:
            edges = None
            joules = self._between(start, self._read(), (began - self._made) / max(began - self._made + seconds, 1e-9))
        else:
            edges = (start, self._moment())
            now = self._read(fresh=min(seconds * WAIT_PART, LONGEST_WAIT)) if seconds >= READ_FROM else self._read()
            joules = self._between(self._read(at=start), now)
        for component, (_, watts) in self._simulated.items():
            joules["sim:" + component] = watts * seconds
        return Epoch(seconds, joules, edges)

    @staticmethod
    def _between(before, now, earlier=0.0):
        """A sensor that had not answered by the start counts from there, or (`earlier`) without its share of the time before."""
        joules = {}
        for key, value in now.items():
            past = before.get(key)
            if past is None:
                past = value * earlier
            joules[key] = value - past if value > past else 0.0
        return joules

    def epoch_end(self):
        if self.epochs and self.epochs[-1].edges:
            self._settle(self.epochs[-1])
        self.epochs.append(self._since_start())

    def interrupt(self):
        if self._began is not None:
            self.partial = self._since_start()

    def _settle(self, epoch):
        """By now there are readings on both sides of its edges."""
        edges, epoch.edges = epoch.edges, None
        if epoch.seconds < 0.001:
            return
        start, end = edges
        epoch.joules.update(self._between(self._read(at=start), self._read(at=end)))

    def settle(self):
        """Ends the account, and settles what is open."""
        self._meter.finish()
        for epoch in (*self.epochs[-1:], self.partial):
            if epoch is not None and epoch.edges:
                self._settle(epoch)

    # --- what people read ---
    @property
    def epoch_times(self):
        return [epoch.seconds for epoch in self.epochs]

    @property
    def epoch_counter(self):
        return len(self.epochs)

    def joules(self, epoch, component=None):
        """IT energy of one epoch; None where nothing was measured."""
        names = [component] if component else self.components
        values = [epoch.joules[d.key] for name in names for d in self.devices(name) if d.key in epoch.joules]
        return sum(values) if values else None

    def total_energy_per_epoch(self):
        """kWh of each finished epoch, PUE contained; NaN where nothing could be measured."""
        from carbontracker._arrays import array

        return array([self._kwh(epoch) for epoch in self.epochs])

    def _kwh(self, epoch):
        joules = self.joules(epoch)
        return float("nan") if joules is None else joules * self.pue / JOULES_PER_KWH

    def powers(self, epoch, component):
        """Mean watts of each device over an epoch; None for a device without figures."""
        if epoch.seconds <= 0:
            return [None for _ in self.devices(component)]
        return [epoch.joules[d.key] / epoch.seconds if d.key in epoch.joules else None for d in self.devices(component)]

    # --- what was found ---
    def announce(self, final=False):
        """Writes what was found, once: when all that was asked for is there, or the time for it is over."""
        if self.announced or not (final or len(self.components) == len(self.wanted)):
            return
        self.announced = True
        for name in self.wanted:
            if not self.devices(name):
                self._logger.warn(f"no {name}", f"{name}: nothing to measure it by; its energy is missing from the figures (carbontracker sources says why)")
        self._log_components_info()
        self._logger.info("Monitoring thread started.")

    def _log_components_info(self):
        parts = []
        for name in self.components:
            devices = ", ".join(d.name.replace(", ", " ") for d in self.devices(name))
            parts.append(f"{name.upper()} with device(s) {devices}.")
        if parts:
            message = "The following components were found: " + " ".join(parts)
            self._logger.info(message)
            self._logger.output(message)

    def close(self):
        self._meter.close()

    def start(self):
        """Kept for programs that call it; measuring has begun when the object exists."""

    def stop(self):
        self.close()

    begin = start


def run_name():
    return os.path.basename(sys.argv[0] or "") if getattr(sys, "argv", None) else ""
