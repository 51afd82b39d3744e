"""Reads the logs of CarbonTracker: those of this package and of the Python carbontracker 1.x and 2.x.

Energy here is without PUE in `parse_logs` (joules by device) and with it in `get_consumption` (kWh, as the run printed it)."""
import os

from carbontracker import _logtext
from carbontracker._arrays import array
from carbontracker.exceptions import MismatchedEpochsError, MismatchedLogFilesError

_OUTPUT = "_output.log"


def _read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def parse_all_logs(log_dir):
    """One dict a run, ordered by file name."""
    return [_parse_pair(log_dir, output, standard) for output, standard in zip(*get_all_logs(log_dir))]


def _parse_pair(log_dir, output, standard):
    standard_text, output_text = _read(standard), _read(output)
    actual, pred = get_consumption(output_text)
    if actual is not None and not _logtext.counts_are_told(output_text):
        actual["epochs"] = _logtext.epoch_count(standard_text) or actual["epochs"]
    return {
        "output_filename": output,
        "standard_filename": standard,
        "components": parse_logs(log_dir, standard, output),
        "early_stop": get_early_stop(standard_text),
        "actual": actual,
        "pred": pred,
    }


def parse_logs(log_dir, std_log_file=None, output_log_file=None):
    """By component: watts and joules (epochs x devices), seconds by epoch, and the devices' names. Without file names: the newest
    logs of the folder. MismatchedEpochsError where powers and durations do not fit together."""
    if std_log_file is None or output_log_file is None:
        newest = get_most_recent_logs(log_dir)
        std_log_file, output_log_file = std_log_file or newest[0], output_log_file or newest[1]
    text = _read(std_log_file)
    devices, epochs = get_devices(text), _logtext.epochs(text)
    names = list(dict.fromkeys(list(devices) + [name for _, powers in epochs for name in powers]))
    return {name: _component(name, devices.get(name, []), epochs) for name in names}


def _component(name, devices, epochs):
    rows = [powers.get(name) for _, powers in epochs]
    missing = [number for number, (_, powers) in enumerate(epochs, 1) if name not in powers]
    if missing and len(missing) < len(epochs):
        raise MismatchedEpochsError(f"{name}: epochs {missing} have a duration and no power; the log is damaged")
    result = {"avg_power_usages (W)": None, "avg_energy_usages (J)": None, "epoch_durations (s)": None, "devices": devices}
    if epochs:
        result["epoch_durations (s)"] = array([duration for duration, _ in epochs])
    if any(row is not None for row in rows):
        width = max(len(row) for row in rows if row is not None)
        nan = float("nan")
        watts = [(row + [nan] * (width - len(row))) if row is not None else [nan] * width for row in rows]
        result["avg_power_usages (W)"] = array(watts)
        result["avg_energy_usages (J)"] = array([[w * duration for w in row] for row, (duration, _) in zip(watts, epochs)])
    return result


def get_consumption(output_log_data):
    """(actual, pred): each None, or a dict."""
    return _logtext.blocks(output_log_data)


def get_early_stop(std_log_data):
    return "Training was interrupted" in std_log_data


def get_time(time_str):
    """Seconds of "H:MM:SS" or "H:MM:SS.ss"."""
    return _logtext.seconds(time_str)


def get_stats(groups):
    """The dict of a consumption from (epochs, time, energy, co2eq[, equivalents' lines]) as text."""
    epochs, time, energy, co2eq, *rest = groups
    return {"epochs": int(epochs), "duration (s)": get_time(time), "energy (kWh)": float(energy), "co2eq (g)": float(co2eq),
            "equivalents": parse_equivalents(rest[0]) if rest and rest[0] else None}


def parse_equivalents(lines):
    """Unit -> value, or None where there is none."""
    return _logtext.equivalents(lines if isinstance(lines, str) else "\n".join(lines or ()))


def extract_measurements(match):
    """The dict of the consumption in a match of the text (or in the text itself), or None."""
    if match is None:
        return None
    actual, pred = get_consumption(match if isinstance(match, str) else match.group(0))
    return actual or pred


def get_devices(std_log_data):
    return _logtext.devices(std_log_data)


def get_epoch_durations(std_log_data):
    return _logtext.durations(std_log_data)


def get_avg_power_usages(std_log_data):
    """Component -> one list an epoch, one number a device; what the log gives as None is [0.0] here, as it always was."""
    return {name: [row if row is not None else [0.0] for row in rows] for name, rows in _logtext.powers(std_log_data).items()}


def _chosen(run):
    """The consumption that a run stands for: what was measured where it ended or was stopped, what was predicted where it was
    monitored in part."""
    actual, pred = run["actual"], run["pred"]
    if actual is None or pred is None:
        return actual or pred
    return actual if run["early_stop"] or actual["epochs"] == pred["epochs"] else pred


def aggregate_consumption(log_dir):
    """(kWh, g CO2e, equivalents by unit) over all runs of a folder, PUE included."""
    energy, co2eq, equivalents = 0, 0, {}
    for run in parse_all_logs(log_dir):
        chosen = _chosen(run)
        if chosen is None:
            continue
        energy += chosen["energy (kWh)"]
        co2eq += chosen["co2eq (g)"] or 0
        for unit, value in (chosen["equivalents"] or {}).items():
            equivalents[unit] = equivalents.get(unit, 0) + value
    return energy, co2eq, equivalents


def print_aggregate(log_dir):
    """One sentence for a paper."""
    energy, co2eq, equivalents = aggregate_consumption(log_dir)
    text = (f"The training of models in this work is estimated to use {energy:.16f} kWh of electricity contributing to "
            f"{co2eq / 1000:.16f} kg of CO2eq. ")
    if equivalents:
        text += f"This is equivalent to {' or '.join(f'{value:.16f} {unit}' for unit, value in equivalents.items())}. "
    print(text + "Measured by carbontracker (https://github.com/lfwa/carbontracker).")


def get_all_logs(log_dir):
    """(output logs, standard logs), each sorted by name, in pairs; empty files and files without their other half are left out.
    MismatchedLogFilesError where there are logs and no two belong together."""
    log_dir = os.fspath(log_dir)
    names = sorted(name for name in os.listdir(log_dir) if name.endswith(".log"))
    held = {name for name in names if os.path.getsize(os.path.join(log_dir, name)) > 0}
    outputs = [name for name in names if name in held and name.endswith(_OUTPUT) and name[: -len(_OUTPUT)] + ".log" in held]
    if not outputs and any(name.endswith("carbontracker.log") or name.endswith(_OUTPUT) for name in held):
        raise MismatchedLogFilesError(f"{log_dir}: no standard log (…_carbontracker.log) has its output log (…_carbontracker_output.log)")
    return ([os.path.join(log_dir, name) for name in outputs],
            [os.path.join(log_dir, name[: -len(_OUTPUT)] + ".log") for name in outputs])


def get_most_recent_logs(log_dir):
    """(standard log, output log) that were written to last; FileNotFoundError where there are none."""
    pairs = list(zip(*get_all_logs(log_dir)))
    if not pairs:
        raise FileNotFoundError(f"{os.fspath(log_dir)}: no carbontracker logs here")
    output, standard = max(pairs, key=lambda pair: (os.path.getmtime(pair[1]), pair[1]))
    return standard, output
