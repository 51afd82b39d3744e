"""The one place of the Python tools' interfaces that talks to the core: devices, their joules so far, and the grid's figure."""
import os

SOME_SECONDS = 0.25  # for how long a vendor library may take to appear before a log says what was found


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
        try:
            self._session = _core.Session(name=name, project=project, tags={}, place=place or "", pue=pue, epochs=float(epochs), keep=keep)
        except _core.Error as error:
            raise ValueError(f"place: {error}") from None
        self._pid = os.getpid()
        self._last = {}

    @property
    def id(self):
        return self._session.id

    def mark(self, kind, **values):
        if self._session is not None and os.getpid() == self._pid:
            self._session.mark(kind, **values)

    def channels(self):
        if self._session is None or os.getpid() != self._pid:
            return []
        return [c for c in self._session.snapshot().get("channels", ()) if c.get("counted")]

    def read(self):
        """(devices, joules by device key); a device that has given no figure yet has no entry in the second."""
        devices, joules = [], {}
        for channel in self.channels():
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
        figure = self._core.table_intensity(place if place is not None else self.place)
        return Grid(figure["g_per_kwh"], figure.get("zone", ""), figure.get("zone_name", ""), figure.get("provider", ""), figure.get("year", 0),
                    figure.get("place_known", True))

    def close(self):
        session, self._session = self._session, None
        if session is not None and os.getpid() == self._pid:
            session.finish(0)


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
