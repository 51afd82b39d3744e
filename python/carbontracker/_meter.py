"""The one place of the Python tools' interfaces that talks to the core: devices, their joules so far, and the grid's figure."""
import os
import time

NUDGES = 200


class Device:
    __slots__ = ("key", "name", "component", "simulated")

    def __init__(self, key, name, component, simulated=False):
        self.key, self.name, self.component, self.simulated = key, name, component, simulated


class Grid:
    """A yearly mean from the embedded table, with what it is."""

    __slots__ = ("g_per_kwh", "zone", "name", "provider", "year", "known")

    def __init__(self, g_per_kwh, zone, name, provider="", year=0, known=True):
        self.g_per_kwh, self.zone, self.name = float(g_per_kwh), zone, name
        self.provider, self.year, self.known = provider, year, known


def _component(domain):
    return {"gpu": "gpu", "package": "cpu", "soc": "cpu", "dram": "ram"}.get(domain)


def _part(name):
    """The number at the end of "package-1", "dram-1": which processor a channel belongs to."""
    digits = ""
    while name and name[-1].isdigit():
        digits, name = name[-1] + digits, name[:-1]
    return digits or "0"


class Meter:
    """Joules since it was made. Every member may be called from any thread; none raises but the constructor (ValueError: the place)."""

    def __init__(self, name="", project="", place="", pue=None, epochs=0, keep=False):
        from carbontracker import _core

        self._core = _core
        self.place = place
        self._pid = os.getpid()
        self._last, self._nudges, self._made = {}, 0, time.perf_counter()
        options = {"name": name, "project": project, "place": place or "", "pue": pue, "epochs": float(epochs)}
        self._wrapper, self._session = None, _core.Session(keep=keep, **options)
        if self._session.attached:
            # The run is the wrapper's, and it is told of our epochs; our own logs need figures all the same: a measurement
            # that is kept nowhere.
            self._wrapper, self._session = self._session, self._detached(options)

    def _detached(self, options):
        socket = os.environ.pop("CARBONTRACKER_SOCKET", None)
        try:
            return self._core.Session(keep=False, **options)
        finally:
            if socket is not None:
                os.environ["CARBONTRACKER_SOCKET"] = socket

    @property
    def id(self):
        return self._session.id

    def mark(self, kind, **values):
        if self._session is None or os.getpid() != self._pid:
            return
        for held in (self._session, self._wrapper):  # a mark also makes the sensors be read at once
            if held is not None:
                held.mark(kind, **values)

    def channels(self):
        if self._session is None or os.getpid() != self._pid:
            return []
        light = getattr(self._session, "channels", None)  # without the regions, where the core offers it
        seen = light() if light else (self._session.snapshot() or {}).get("channels", ())
        return [c for c in seen if c["counted"]]

    def _nudge(self):
        """Has the sensors read now: an edge of a region does that. So often only, because each region is kept with the run."""
        if self._nudges >= NUDGES:
            return
        self._nudges += 1
        for kind in ("region_begin", "region_end"):
            self._session.mark(kind, name="reading")
        time.sleep(0.003)

    def finish(self):
        """Ends the account; the next read() gives its last, settled figures."""
        if self._session is not None and os.getpid() == self._pid:
            self._session.finish(0)

    def read(self, fresh=False):
        """(devices, joules by device key); a device that has given no figure yet has no entry in the second. `fresh`: have the
        sensors read first, instead of going on from their last reading."""
        channels = self.channels()
        if channels and (fresh or any(c["joules"] is None for c in channels)) and time.perf_counter() - self._made > 0.01:
            self._nudge()
            channels = self.channels()
        devices, joules = [], {}
        for channel in channels:
            component = _component(channel.get("domain"))
            if component is None:
                continue
            key = f"{component}:{channel['name']}"
            devices.append(Device(key, channel.get("label") or channel["name"], component))
            if channel.get("joules") is not None and channel.get("coverage", 1) > 0:
                self._last[key] = joules[key] = max(float(channel["joules"]), self._last.get(key, 0.0))
                if channel.get("run_joules") is not None:
                    joules["run:" + key] = float(channel["run_joules"])
        return devices, joules

    def grid(self, place=None):
        return grid_of(self._core, place if place is not None else self.place)

    def close(self):
        session, self._session = self._session, None
        wrapper, self._wrapper = self._wrapper, None
        for held in (wrapper, session):
            if held is not None and os.getpid() == self._pid:
                held.finish(0)


def grid_of(core, place):
    """ValueError where there is no such place; an empty one is looked for on the machine."""
    figure = core.table_intensity(place)
    return Grid(figure["g_per_kwh"], figure["zone"] or "", figure["zone_name"] or "", figure["provider"] or "", figure["year"] or 0, figure["place_known"])


def fold_memory(devices, joules, prefix=""):
    """Processor and memory of one socket as one device (as the Python tool's users know it): its joules are the sum of both."""
    folded, energy = [], {}
    processors = {}
    for device in devices:
        if device.component == "cpu":
            processors[_part(device.key)] = device
    for device in devices:
        owner = device
        if device.component == "ram":
            owner = processors.get(_part(device.key)) or next(iter(processors.values()), None) or Device(device.key, device.name, "cpu")
        if all(d.key != owner.key for d in folded):
            folded.append(owner)
        value = joules.get(prefix + device.key)
        if value is not None:
            energy[owner.key] = energy.get(owner.key, 0.0) + value
    return folded, energy


# What the trackers open: tests put another one here.
factory = Meter
