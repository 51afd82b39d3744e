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


def _tile(page, x, value, below):
    page.colour(0.93, 0.96, 0.94)
    page.rectangle(x, 610, 160, 62)
    page.colour(0.05, 0.25, 0.15)
    page.text(x + 80, 646, fitted(value, 16, 150), 16, bold=True, align="centre")
    page.colour(0.35, 0.35, 0.35)
    page.text(x + 80, 624, fitted(below, 9, 150), 9, align="centre")


def _heading(page, log):
    page.colour(0.05, 0.25, 0.15)
    page.text(54, 720, "Carbon Emissions Report", 22, bold=True)
    page.colour(0.35, 0.35, 0.35)
    page.text(54, 700, f"{log.start_time or time.strftime('%Y-%m-%d')}   carbontracker {log.version or '(version not stated)'}", 10)
    intensity = "no carbon intensity" if log.carbon_intensity is None else f"at {log.carbon_intensity:.2f} gCO2eq/kWh"
    mean = log.mean_power()
    _tile(page, 54, _figure(log.co2eq, "kg CO2eq"), intensity)
    _tile(page, 226, _figure(log.energy, "kWh"), "no power" if mean is None else f"mean {mean:.1f} W, PUE {log.pue:g} included")
    _tile(page, 398, format_duration(log.duration), f"{len(log.epochs)} epoch(s)")
    page.colour(0.2, 0.2, 0.2)
    page.text(54, 586, fitted(f"Location: {log.location or 'not known'}", 10, 504), 10)


def _table(page, log):
    page.colour(0.05, 0.25, 0.15)
    page.text(54, 554, "System Power", 13, bold=True)
    page.colour(0.2, 0.2, 0.2)
    y = 534
    for name in dict.fromkeys(list(log.components) + [n for epoch in log.epochs for n in epoch["power"]]):
        watts = log.mean_power(name)
        page.text(54, y, name.upper(), 10, bold=True)
        page.text(190, y, "no data" if watts is None else f"{watts:.2f} W", 10, align="right")
        page.text(206, y, fitted(", ".join(log.components.get(name, [])), 10, 350), 10)
        y -= 16
    mean = log.mean_power()
    page.text(54, y, "Mean", 10, bold=True)
    page.text(190, y, "no data" if mean is None else f"{mean:.2f} W", 10, align="right")
    page.text(206, y, f"PUE {log.pue:g}", 10)


def _bars(page, top, title, values, unit):
    """A bar an epoch; more than 60 epochs are joined in groups, and a group shows its mean."""
    page.colour(0.05, 0.25, 0.15)
    page.text(54, top, title, 13, bold=True)
    group = -(-len(values) // 60)
    bars = []
    for start in range(0, len(values), group or 1):
        known = [v for v in values[start:start + group] if v is not None]
        bars.append(sum(known) / len(known) if known else None)
    highest = max((bar for bar in bars if bar is not None), default=0)
    page.colour(0.4, 0.4, 0.4)
    page.line(54, top - 122, 558, top - 122)
    page.text(558, top, f"highest {highest:.4g} {unit}", 9, align="right")
    page.text(54, top - 134, "epoch 1", 8)
    page.text(558, top - 134, f"epoch {len(values)}", 8, align="right")
    page.colour(0.2, 0.55, 0.35)
    step = 504 / max(len(bars), 1)
    for number, bar in enumerate(bars):
        if bar is not None and highest > 0:
            page.rectangle(54 + number * step + step * 0.1, top - 122, step * 0.8, 105 * bar / highest)


def generate_report_from_log(log_path, output_path):
    """Writes the PDF. CarbonTrackerError where the log holds no epoch; OSError where a file cannot be read or written."""
    with open(log_path, encoding="utf-8", errors="replace") as file:
        log = LogParser(file.read())
    if not log.epochs and not log.partial:
        raise CarbonTrackerError(f"{os.fspath(log_path)}: no epoch in this log; a report is made from a standard log (…_carbontracker.log)")
    page = Page()
    _heading(page, log)
    _table(page, log)
    powers = [None if not (known := [w for w in epoch["power"].values() if w is not None]) else sum(known) for epoch in log.epochs]
    _bars(page, 420, "Power by epoch", powers, "W")
    _bars(page, 240, "Energy by epoch", [epoch["energy"] for epoch in log.epochs], "kWh")
    page.write(os.fspath(output_path), "Carbon Emissions Report")
