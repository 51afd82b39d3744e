"""What CarbonTracker measured, epoch by epoch and device by device. `tracker.tracker` of a CarbonTracker is one of these."""
import os
import sys
import time

from carbontracker import _meter

JOULES_PER_KWH = 3.6e6


class Epoch:
    __slots__ = ("seconds", "joules")

    def __init__(self, seconds, joules):
        self.seconds, self.joules = seconds, joules  # joules by device key, without PUE


class NoMeter:
    """Stands in where the core cannot be had: there are no devices, and no figures."""

    def mark(self, kind, **values):
        pass

    def read(self):
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
        self.epochs = []                       # finished ones
        self.partial = None                    # the one that was running at the end
        self._began = None                     # (time, joules) of the running one
        self.announced = False
        self._made = self._clock()
        self._read()

    # --- reading ---
    def _read(self):
        devices, joules = self._meter.read()
        own = {key for key in joules if key.startswith("run:") and joules[key] > 0}
        devices, joules = _meter.fold_memory(devices, joules)
        for device in devices:
            chosen = device.component in self.wanted and device.component not in self._simulated
            if chosen and self._by_pid and device.component == "gpu":
                chosen = "run:" + device.key in own
            if chosen:
                self._devices.setdefault(device.key, device)
        return {key: value for key, value in joules.items() if key in self._devices}

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
        self._began = (self._clock(), self._read())

    def _since_start(self):
        (began, before), self._began = self._began, None
        now = self._read()
        seconds = self._clock() - began
        # A sensor that had not answered yet at the start counts from when the meter was made: its share before the start is left out.
        earlier = (began - self._made) / max(began - self._made + seconds, 1e-9)
        joules = {key: max(0.0, value - before.get(key, value * earlier)) for key, value in now.items()}
        for component, (_, watts) in self._simulated.items():
            joules["sim:" + component] = watts * seconds
        return Epoch(seconds, joules)

    def epoch_end(self):
        self.epochs.append(self._since_start())

    def interrupt(self):
        if self._began is not None:
            self.partial = self._since_start()

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
