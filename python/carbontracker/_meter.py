"""The one place of the Python tools' interfaces that talks to the core: devices, their joules so far, and the grid's figure."""
import os
import time

from carbontracker._checks import plain

PATIENCE = 0.02  # s to wait at most for readings taken now
LOOKS = 20  # how often a channel without any figure makes the sensors be read at once


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
    """Joules since it was made. Every member may be called from any thread; none raises but the constructor (ValueError: the place).

    Inside `carbontracker run` the run is the wrapper's: it is told of our marks and asked for its figures, and nothing is measured here."""

    exit_code = 0  # what the run is ended with

    def __init__(self, name="", project="", place="", pue=None, epochs=0, keep=False, tags=None):
        from carbontracker import _core, _log, _resume

        self._core = _core
        self.place = place
        self._pid = os.getpid()
        self._names, self._devices, self._keys, self._last = [], [], [], {}
        self._looks, self._made = LOOKS, time.perf_counter()
        options = {"name": plain(name), "project": plain(project), "place": place or "", "pue": pue, "epochs": float(epochs), "tags": tags or {}}
        self._told, self._session = None, _resume.session(_core, {"keep": keep, **options, **(_shared() if keep else {})}, _log.warn)
        rows = self._session.channels(PATIENCE) if self._session.attached else []
        if rows is None:  # a wrapper that does not answer: our logs need figures all the same, from a measurement that is kept nowhere
            self._told, self._session = self._session, self._detached(options)
        # What the wrapper had counted before we came. A channel that is not there yet begins at 0.
        self._before = {row[0]: (row[3] or 0.0, row[4]) for row in rows or ()}

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
        self._session.mark(kind, **values)
        if self._told is not None:
            self._told.mark(kind, **values)

    def finish(self):
        """Ends the account; the next read() gives its last, settled figures."""
        if self._session is not None and os.getpid() == self._pid:
            if self._session.attached:
                self._session.channels(PATIENCE)
            else:
                self._session.finish(self.exit_code)

    moment = staticmethod(time.monotonic_ns)  # for read(at=…)

    def read(self, fresh=False, at=0):
        """(devices, joules by device key); a device that has given no figure yet has no entry in the second. `fresh`: from readings
        taken now (waited for so many seconds, or True), instead of going on from the last. `at`: up to an earlier moment. The list of
        devices is the same object for as long as its content is."""
        if self._session is None or os.getpid() != self._pid:
            return [], {}
        rows = self._session.channels(PATIENCE if fresh is True else fresh or None, at)
        if not rows:
            return [], {}
        if self._looks > 0 and not fresh and not at and any([row[3] is None for row in rows]) and time.perf_counter() - self._made > 0.01:
            self._looks -= 1
            rows = self._session.channels(PATIENCE)
        names = [row[0] for row in rows]
        if names != self._names:
            self._know(names, rows)
        last, before, joules = {} if at else self._last, self._before, {}
        for keys, (name, _, _, value, own) in zip(self._keys, rows):
            if keys is None or value is None:
                continue
            if before:
                past, past_own = before.get(name, (0.0, 0.0))
                value, own = value - past, max(0.0, own - past_own)
            key, own_key = keys
            if value < last.get(key, 0.0):
                value = last[key]
            last[key] = joules[key] = value
            joules[own_key] = own
        return self._devices, joules

    def _know(self, names, rows):
        devices, keys = [], []
        for name, domain, label, _, _ in rows:
            component = _component(domain)
            key = f"{component}:{name}"
            keys.append((key, "run:" + key) if component else None)
            if component:
                devices.append(Device(key, label or name, component))
        self._names, self._devices, self._keys = names, devices, keys

    def grid(self, place=None):
        return grid_of(self._core, place if place is not None else self.place)

    def ask_live(self, keys):
        """A provider is asked about the grid from now on: by CarbonTracker's api_keys, else by the setting `live`. Whether one is."""
        from carbontracker import _live

        return self._session is not None and os.getpid() == self._pid and _live.by_keys(self._core, self._session, keys)

    def told_grid(self):
        """The mean of what a provider has told while it lasts, or None."""
        seen = self._session.snapshot() if self._session is not None and os.getpid() == self._pid else None
        if seen is None:
            return None
        grid = seen["carbon"]["grid"]
        if grid["provider"] == (self._core.table_intensity(seen["carbon"]["place"] or "")["provider"] or ""):
            return None
        return Grid(grid["g_per_kwh"], grid["zone"] or "", grid["zone_name"] or "", grid["provider"] or "", grid["year"] or 0)

    def close(self):
        session, self._session = self._session, None
        told, self._told = self._told, None
        for held in (told, session):
            if held is not None and os.getpid() == self._pid:
                held.finish(self.exit_code)


def _shared():
    """What nodes and restarts of one training have in common, for a run that is kept."""
    from carbontracker import _processes

    run_id = _processes.shared_run_id() or ""
    return {"run_id": run_id, "attempt": _processes.attempt() if run_id else 0, "visible": _processes.visible_devices()}


def grid_of(core, place):
    """ValueError where there is no such place; an empty one is looked for on the machine."""
    figure = core.table_intensity(place)
    return Grid(figure["g_per_kwh"], figure["zone"] or "", figure["zone_name"] or "", figure["provider"] or "", figure["year"] or 0, figure["place_known"])


def fold_memory(devices):
    """(devices, {channel's key: key of its device}): processor and memory of one socket are one device, as the Python tool's users know it."""
    processors = {_part(device.key): device for device in devices if device.component == "cpu"}
    folded, parts = [], {}
    for device in devices:
        owner = device
        if device.component == "ram":
            owner = processors.get(_part(device.key)) or next(iter(processors.values()), None) or Device(device.key, device.name, "cpu")
        if all(d.key != owner.key for d in folded):
            folded.append(owner)
        parts[device.key] = owner.key
    return folded, parts


# What the trackers open: tests put another one here.
factory = Meter
