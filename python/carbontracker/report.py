"""A one-page PDF of one standard log: `generate_report_from_log(log_path, output_path)`. Reads logs of every version; prints nothing."""
import os
import re
import time

from carbontracker import _logtext
from carbontracker._pdf import Page, fitted
from carbontracker.exceptions import CarbonTrackerError

REPORTLAB_AVAILABLE = True  # asked by programs before they call; no library is needed
_STAMP = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) - ", re.M)
_JOULES_PER_KWH = 3.6e6


def format_duration(seconds):
    seconds = round(seconds)
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


class LogParser:
    """`epochs`: dicts with "duration" (s), "power" (component -> W or None), "energy" (kWh, PUE included). Energies here are
    those of the run's own output: sums over devices, with PUE, a partial epoch included."""

    def __init__(self, log_content):
        self._text = log_content
        self.version = self._find(r"carbontracker version (\S+)")
        pue = self._find(r"PUE coefficient of ([\d.]+\d)")
        self.pue = float(pue) if pue else 1.0
        self.components = _logtext.devices(log_content)
        stamps = _STAMP.findall(log_content)
        self.start_time, self.end_time = (stamps[0], stamps[-1]) if stamps else (None, None)
        self.carbon_intensity = self._intensity()
        self.location = self._find(r"detected location:? (.+?)(?::| is |\.?\s*$)")
        self.epochs = [self._epoch(seconds, powers) for seconds, powers in _logtext.epochs(log_content)]
        self.partial = _logtext.partial(log_content)

    def _find(self, pattern):
        match = re.search(pattern, self._text, re.M)
        return match.group(1).strip() if match else None

    def _intensity(self):
        """The mean over the training where the log states one, else the last figure that was fetched; None where there is none."""
        for pattern in (r"Average carbon intensity during training was ([\d.]+\d) gCO2", r"[Cc]arbon intensity[^\n]*?([\d.]+\d) gCO2"):
            found = re.findall(pattern, self._text)
            if found:
                return float(found[-1])
        return None

    def _epoch(self, seconds, powers):
        sums = {name: None if row is None else sum(row) for name, row in powers.items()}
        known = [watts for watts in sums.values() if watts is not None]
        return {"duration": seconds, "power": sums, "energy": sum(known) * seconds * self.pue / _JOULES_PER_KWH if known else None}

    @property
    def duration(self):
        return sum(epoch["duration"] for epoch in self.epochs) + (self.partial[0] if self.partial else 0)

    @property
    def energy(self):
        """kWh with PUE; None where nothing was measured."""
        known = [epoch["energy"] for epoch in self.epochs if epoch["energy"] is not None]
        if self.partial:
            known += [joules * self.pue / _JOULES_PER_KWH for joules in self.partial[1].values() if joules is not None]
        return sum(known) if known else None

    @property
    def co2eq(self):
        """kg; None where energy or intensity is unknown."""
        return None if self.energy is None or self.carbon_intensity is None else self.energy * self.carbon_intensity / 1000

    def mean_power(self, component=None):
        """W without PUE, weighted by time; None where nothing was measured."""
        joules = seconds = 0.0
        for epoch in self.epochs:
            values = [w for name, w in epoch["power"].items() if w is not None and component in (None, name)]
            if values:
                joules, seconds = joules + sum(values) * epoch["duration"], seconds + epoch["duration"]
        return joules / seconds if seconds else None


def _figure(value, unit):
    if value is None:
        return f"no data ({unit})"
    places = 3 if value >= 0.1 else 6
    return f"{value:.{places}f} {unit}"


def _count(number, word):
    return f"{number} {word}" + ("" if number == 1 else "s")


def _joined(names):
    """ "2 x NVIDIA A100, Tesla T4"."""
    return ", ".join(f"{names.count(name)} x {name}" if names.count(name) > 1 else name for name in dict.fromkeys(names))


_DARK, _GREY, _INK = (0.05, 0.25, 0.15), (0.4, 0.4, 0.4), (0.2, 0.2, 0.2)
_COLOURS = {"gpu": (0.20, 0.55, 0.35), "cpu": (0.93, 0.66, 0.22)}
_LEFT, _RIGHT = 54, 558


def _tile(page, x, value, below):
    page.colour(0.93, 0.96, 0.94)
    page.rectangle(x, 610, 160, 62)
    page.colour(*_DARK)
    page.text(x + 80, 646, fitted(value, 16, 150, True), 16, bold=True, align="centre")
    page.colour(*_GREY)
    page.text(x + 80, 624, fitted(below, 9, 150), 9, align="centre")


def _heading(page, log):
    page.colour(*_DARK)
    page.text(_LEFT, 720, "Carbon Emissions Report", 22, bold=True)
    page.colour(*_GREY)
    page.text(_LEFT, 700, f"{log.start_time or time.strftime('%Y-%m-%d')}   carbontracker {log.version or '(version not stated)'}", 10)
    intensity = "no carbon intensity" if log.carbon_intensity is None else f"at {log.carbon_intensity:.2f} gCO2eq/kWh"
    mean = log.mean_power()
    _tile(page, _LEFT, _figure(log.co2eq, "kg CO2eq"), intensity)
    _tile(page, 226, _figure(log.energy, "kWh"), "nothing was measured" if mean is None else f"mean {mean:.1f} W, PUE {log.pue:g} included")
    _tile(page, 398, format_duration(log.duration), _count(len(log.epochs), "epoch") + (" and a part of one" if log.partial else ""))
    page.colour(*_INK)
    page.text(_LEFT, 586, fitted(f"Location: {log.location or 'not known'}", 10, 504), 10)


def _names(log):
    return list(dict.fromkeys(list(log.components) + [name for epoch in log.epochs for name in epoch["power"]]))


def _row(page, y, name, watts, what, colour=None):
    if colour:
        page.colour(*colour)
        page.rectangle(_LEFT, y, 7, 7)
    page.colour(*_INK)
    page.text(_LEFT + 14, y, name, 10, bold=True)
    page.text(190, y, "no data" if watts is None else f"{watts:.2f} W", 10, align="right")
    page.text(206, y, fitted(what, 10, _RIGHT - 206), 10)


def _table(page, log):
    page.colour(*_DARK)
    page.text(_LEFT, 554, "System Power", 13, bold=True)
    page.colour(*_GREY)
    page.text(_RIGHT, 554, "mean over the epochs, without PUE", 9, align="right")
    y, names = 534, _names(log)
    for name in names:
        _row(page, y, name.upper(), log.mean_power(name), _joined(log.components.get(name, [])), _COLOURS.get(name, _GREY))
        y -= 17
    page.colour(0.8, 0.8, 0.8)
    page.line(_LEFT, y + 12, _RIGHT, y + 12, 0.5)
    _row(page, y - 2, "Together", log.mean_power(), f"times PUE {log.pue:g}" if log.pue != 1 else "")


def _grouped(epochs):
    """At most 60 bars: further epochs are joined, and a bar shows their mean."""
    size = max(1, -(-len(epochs) // 60))
    groups = [epochs[start:start + size] for start in range(0, len(epochs), size)]
    mean = lambda values: sum(values) / len(values) if values else None  # noqa: E731
    names = {name for epoch in epochs for name in epoch}
    return [{name: mean([epoch[name] for epoch in group if epoch.get(name) is not None]) for name in names} for group in groups]


def _bars(page, top, title, epochs, unit):
    """A bar an epoch, stacked by component. `epochs`: component -> value or None."""
    bars = _grouped(epochs)
    sums = [sum(value for value in bar.values() if value is not None) for bar in bars]
    highest, floor, height = max(sums, default=0), top - 126, 105
    page.colour(*_DARK)
    page.text(_LEFT, top, title, 13, bold=True)
    page.colour(*_GREY)
    if highest <= 0:
        page.text(_LEFT, top - 24, "no data", 10)
        return
    for part in (0.5, 1):
        page.colour(0.85, 0.85, 0.85)
        page.line(_LEFT, floor + part * height, _RIGHT, floor + part * height, 0.5)
        page.colour(*_GREY)
        page.text(_LEFT, floor + part * height + 2, f"{part * highest:.4g} {unit}", 8)
    step = (_RIGHT - _LEFT - 50) / max(len(bars), 6)
    for number, bar in enumerate(bars):
        y = floor
        for name in sorted(bar, key=lambda name: name != "gpu"):
            if bar[name] is not None:
                page.colour(*_COLOURS.get(name, _GREY))
                page.rectangle(_LEFT + 50 + number * step + step * 0.1, y, step * 0.8, height * bar[name] / highest)
                y += height * bar[name] / highest
    page.colour(*_GREY)
    page.line(_LEFT, floor, _RIGHT, floor)
    page.text(_LEFT + 50 + step * 0.1, floor - 12, "epoch 1", 8)
    if len(epochs) > 1:
        page.text(_LEFT + 50 + len(bars) * step - step * 0.1, floor - 12, f"epoch {len(epochs)}" if step > 40 or len(bars) > 4 else str(len(epochs)), 8, align="right")


def generate_report_from_log(log_path, output_path):
    """Writes the PDF. CarbonTrackerError where the log holds no epoch; OSError where a file cannot be read or written."""
    with open(log_path, encoding="utf-8", errors="replace") as file:
        log = LogParser(file.read())
    if not log.epochs and not log.partial:
        raise CarbonTrackerError(f"{os.fspath(log_path)}: no epoch in this log; a report is made from a standard log (…_carbontracker.log)")
    page = Page()
    _heading(page, log)
    _table(page, log)
    _bars(page, 430, "Power by epoch", [epoch["power"] for epoch in log.epochs], "W")
    energies = [{name: None if watts is None else watts * epoch["duration"] * log.pue / _JOULES_PER_KWH for name, watts in epoch["power"].items()} for epoch in log.epochs]
    _bars(page, 260, "Energy by epoch" + (", PUE included" if log.pue != 1 else ""), energies, "kWh")
    page.colour(*_GREY)
    page.text(_LEFT, 60, "Energy is of the devices named above, times PUE. CO2eq is energy times the mean carbon intensity of the training.", 8)
    page.write(os.fspath(output_path), "Carbon Emissions Report")
