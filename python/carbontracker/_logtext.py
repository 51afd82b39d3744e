"""What the lines of a carbontracker log say: of this version, of 1.x and of 2.x. Half a line, or none, is never an error."""
import re

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_TIME = r"(?:(?P<days>\d+) days?, )?(?P<time>\d+:\d{1,2}:\d{1,2}(?:\.\d+)?)"
_BLOCK = re.compile(
    r"(?P<kind>Actual|Predicted) consumption(?: for (?P<epochs>-?\d+) epoch\(s\))?:[ \t]*\r?\n"
    r"\s*Time:\s*" + _TIME + r"[ \t]*\r?\n"
    r"\s*Energy:\s*(?P<energy>" + _NUMBER + r") kWh"
    r"(?:[ \t]*\r?\n\s*CO2eq:\s*(?P<co2>" + _NUMBER + r") g\b)?"
    r"(?:[ \t]*\r?\n[ \t]*This is equivalent to:(?P<equivalents>(?:[ \t]*\r?\n[ \t]+" + _NUMBER + r" [^\r\n]+)*))?")
_EQUIVALENT = re.compile(r"^[ \t]*(" + _NUMBER + r") +(.*\S)", re.M)
_DEVICES = re.compile(r"\b([A-Z]+) with device\(s\) (.*?)\.(?= [A-Z]+ with device\(s\) |\s*$)", re.M)
_POWER = re.compile(r"Average power usage \(W\) for (\w+): (None|" + _NUMBER + r"|\[(?:[ ,]*(?:None|" + _NUMBER + r"))*[ ,]*\])[ \t]*\r?$", re.M)
_DURATION = re.compile(r"\bDuration: " + _TIME + r"[ \t]*\r?$", re.M)
_EPOCH = re.compile(r"\bEpoch (\d+):[ \t]*\r?$", re.M)
_PARTIAL = re.compile(r"Interrupted in epoch \d+ after " + _TIME + r" with energy \(J, without PUE\): (?P<parts>[^\n]*?)\.?\s*$", re.M)


def seconds(text, days=None):
    """Of H:MM:SS, with or without a fraction."""
    total = 0.0
    for part in text.split(":"):
        total = total * 60 + float(part)
    return total + 86400 * int(days or 0)


def equivalents(text):
    found = {unit: float(value) for value, unit in _EQUIVALENT.findall(text or "")}
    return found or None


def blocks(text):
    """The last actual and the last predicted consumption as (dict or None, dict or None)."""
    found = {"Actual": None, "Predicted": None}
    for match in _BLOCK.finditer(text):
        found[match["kind"]] = {
            "epochs": 1 if match["epochs"] is None else max(0, int(match["epochs"])),
            "duration (s)": seconds(match["time"], match["days"]),
            "energy (kWh)": float(match["energy"]),
            "co2eq (g)": None if match["co2"] is None else float(match["co2"]),
            "equivalents": equivalents(match["equivalents"]),
        }
    return found["Actual"], found["Predicted"]


def counts_are_told(text):
    """Whether the actual block states its number of epochs (where no prediction was asked for it does not)."""
    return re.search(r"Actual consumption for -?\d+ epoch", text) is not None


def devices(text):
    """Names by component. A name may contain dots; commas part names."""
    found = {}
    for line in text.splitlines():
        if "components were found:" in line:
            for name, listed in _DEVICES.findall(line):
                found[name.lower()] = [device.strip() for device in listed.split(",") if device.strip()]
    return found


def durations(text):
    return [seconds(match["time"], match["days"]) for match in _DURATION.finditer(text)]


def powers(text):
    """Watts by component, one list an epoch, one number a device; an epoch without a figure is None."""
    found = {}
    for name, written in _POWER.findall(text):
        found.setdefault(name.lower(), []).append(_watts(written))
    return found


def _watts(written):
    if written == "None":
        return None
    words = written.strip("[]").replace(",", " ").split()
    return [float("nan") if word == "None" else float(word) for word in words] or None


def epochs(text):
    """(seconds, {component: watts or None}) of each whole epoch: an epoch whose lines are still being written is left out."""
    pieces = _EPOCH.split(text)[2::2]
    found = []
    for piece in pieces:
        times = durations(piece)
        if times:
            found.append((times[0], {name: rows[0] for name, rows in powers(piece).items()}))
    if len(found) > 1 and len(found[-1][1]) < len(found[0][1]):
        found.pop()
    return found


def epoch_count(text):
    return len(_EPOCH.findall(text))


def partial(text):
    """(seconds, {component: joules or None}) of the epoch that was running when the tracker was stopped, or None."""
    match = _PARTIAL.search(text)
    if not match:
        return None
    parts = {}
    for part in match["parts"].split(","):
        name, _, value = part.strip().partition(" ")
        parts[name] = None if value in ("None", "") else float(value)
    return seconds(match["time"], match["days"]), parts
