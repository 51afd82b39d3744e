"""Arguments left open are filled from ~/.codecarbon.config, ./.codecarbon.config and CODECARBON_* (any case), later ones winning."""
import os

from carbontracker.codecarbon.external.logger import logger

DEFAULTS = {
    "project_name": "codecarbon", "measure_power_secs": 15.0, "api_call_interval": 8, "api_endpoint": None, "api_key": None, "output_dir": ".",
    "output_file": "emissions.csv", "save_to_file": True, "save_to_api": False, "save_to_logger": False, "save_to_prometheus": False,
    "save_to_logfire": False, "output_methods": None, "logging_logger": None, "prometheus_url": None, "output_handlers": None, "gpu_ids": None,
    "emissions_endpoint": None, "experiment_id": None, "experiment_name": "base", "electricitymaps_api_token": None, "co2_signal_api_token": None,
    "tracking_mode": "machine", "log_level": "info", "on_csv_write": "append", "logger_preamble": "", "force_cpu_power": None,
    "default_cpu_power": None, "force_ram_power": None, "pue": 1.0, "wue": 0.0, "force_carbon_intensity_g_co2e_kwh": None, "metadata": None,
    "force_mode_cpu_load": False, "allow_multiple_runs": True, "rapl_include_dram": False, "rapl_prefer_psys": False, "country_iso_code": None,
    "region": None, "cloud_provider": None, "cloud_region": None, "country_2letter_iso_code": None, "country": None, "organization_id": None,
    "project_id": None,
}
_NUMBERS = ("measure_power_secs", "api_call_interval", "force_cpu_power", "default_cpu_power", "force_ram_power", "pue", "wue",
            "force_carbon_intensity_g_co2e_kwh")
_FLAGS = [name for name, value in DEFAULTS.items() if isinstance(value, bool)]


def _read(path, into, troubles):
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        troubles.append(f"{path}: {error.strerror}; going on without it")
        return
    section = "codecarbon"
    for line in (line.strip() for line in lines):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip().lower()
        elif line and line[0] not in "#;" and section == "codecarbon":
            name, sign, value = line.partition("=") if "=" in line else line.partition(":")
            if sign:
                into[name.strip().lower()] = (value.strip(), path)


def _outside():
    found, troubles = {}, []
    _read(os.path.join(os.path.expanduser("~"), ".codecarbon.config"), found, troubles)
    _read(".codecarbon.config", found, troubles)
    for name, value in os.environ.items():
        if name.upper().startswith("CODECARBON_"):
            found[name[len("CODECARBON_"):].lower()] = (value, name)
    return found, troubles


def outside(name, default):
    """What the files and the environment say of a setting that may be none of CodeCarbon's."""
    return _outside()[0].get(name, (default,))[0]


def _number(name, value, source):
    try:
        number = float(value)
        lowest = {"pue": 1.0, "api_call_interval": -1.0}.get(name, 0.0)
        if lowest <= number < float("inf") and (name != "measure_power_secs" or number > 0):
            return number
    except (TypeError, ValueError):
        pass
    if source is None:
        raise ValueError(f"{name} = {value!r} is not a number that makes sense here")
    logger.warning("%s = %r (from %s) is not a number that makes sense here; %r is used", name, value, source, DEFAULTS[name])
    return DEFAULTS[name]


def _flag(name, value, source):
    if isinstance(value, str):
        word = value.strip().lower()
        if word in ("1", "true", "yes", "on", "0", "false", "no", "off", ""):
            return word in ("1", "true", "yes", "on")
        logger.warning("%s = %r is neither true nor false; %r is used", name, value, DEFAULTS[name])
        return DEFAULTS[name]
    return bool(value)


def settle(given):
    """Every setting. ValueError (naming it) for an argument that makes no sense, TypeError for one that does not exist."""
    for name in given:
        if name not in DEFAULTS:
            raise TypeError(f"there is no argument {name!r}")
    outside, troubles = _outside()
    # This one counts before anything is said.
    level = given.get("log_level")
    from carbontracker.codecarbon.external.logger import set_logger_level

    set_logger_level(level if level is not None else outside.get("log_level", (DEFAULTS["log_level"],))[0])
    for trouble in troubles:
        logger.warning("%s", trouble)
    settings = dict(DEFAULTS)
    for name, (value, source) in outside.items():
        if name not in DEFAULTS:
            logger.warning("%s: there is no setting %r", source, name)
        elif value != "":
            settings[name] = _typed(name, value, source)
    for name, value in given.items():
        if value is not None:
            settings[name] = _typed(name, value, None)
    return settings


def _typed(name, value, source):
    if name in _NUMBERS:
        return _number(name, value, source)
    return _flag(name, value, source) if name in _FLAGS else value


def gpu_list(value):
    """None: all; else the wanted indices (as text) and UUID prefixes."""
    if value is None or value == "":
        return None
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple, set)) else [value]
    return [str(part).strip() for part in parts if str(part).strip()] or None
