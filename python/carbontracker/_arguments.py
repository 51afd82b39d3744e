"""CarbonTracker's arguments, checked: every ValueError names the argument, what was given and what is wanted."""
import operator
import os

PROVIDERS = ("electricitymaps", "carbonintensityGB", "energidataservice")
COMPONENTS = ("gpu", "cpu")
# What people write, and what it is called.
OTHER_NAMES = {"output_dir": "log_dir", "output_file": "log_file_prefix", "epoch": "epochs", "num_epochs": "epochs", "n_epochs": "epochs",
               "measure_power_secs": "update_interval", "api_key": "api_keys", "project_name": "log_file_prefix"}


def refuse(name, value, wanted):
    raise ValueError(f"{name} = {value!r}: {wanted} is needed")


def whole(name, value, lowest=None):
    """An int from an int, a numpy integer or a float without a fraction."""
    wanted = "a whole number" + (f" of at least {lowest}" if lowest is not None else "")
    if isinstance(value, (bool, str, bytes)) or value is None:
        refuse(name, value, wanted)
    try:
        number = operator.index(value)
    except TypeError:
        try:
            number = int(value)
            exact = number == value
        except (TypeError, ValueError, OverflowError):
            exact = False
        if not exact:
            refuse(name, value, wanted)
    if lowest is not None and number < lowest:
        refuse(name, value, wanted)
    return number


def real(name, value, lowest=0.0, highest=None):
    wanted = f"a number of at least {lowest:g}" if highest is None else f"a number from {lowest:g} to {highest:g}"
    if isinstance(value, (bool, str, bytes)) or value is None:
        refuse(name, value, wanted)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        refuse(name, value, wanted)
    if not lowest <= number <= (float("inf") if highest is None else highest):  # a NaN fails too
        refuse(name, value, wanted)
    return number


def flag(name, value):
    """True or False; 0, 1 and numpy's truth values are read as such, text is not."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, (str, bytes)):
        try:
            if value in (0, 1):
                return bool(value)
        except Exception:
            pass
    refuse(name, value, "True or False")


def verbosity(value):
    return int(value) if isinstance(value, bool) else whole("verbose", value, 0)


def components(value):
    """The wanted components in the order given; "all" is gpu, then cpu."""
    from carbontracker.exceptions import ComponentNameError

    if not isinstance(value, str):
        refuse("components", value, '"all", "gpu", "cpu" or a comma list of them')
    names = [name for name in value.replace(" ", "").lower().split(",") if name]
    if names == ["all"]:
        return list(COMPONENTS)
    for name in names or [value]:
        if name not in COMPONENTS:
            raise ComponentNameError(f'components = {value!r}: no component is called {name!r}; there are "all", "gpu" and "cpu"')
    return list(dict.fromkeys(names))


def path(name, value):
    if value is None:
        return None
    try:
        text = os.fspath(value)
    except TypeError:
        refuse(name, value, "a path")
    text = os.fsdecode(text)
    if not text or "\0" in text:
        refuse(name, value, "a path")
    return text


def text(name, value):
    if value is None:
        return ""
    if not isinstance(value, (str, os.PathLike)):
        refuse(name, value, "text")
    return os.fspath(value)


def keys(value):
    """The API keys that say something, by provider: an absent value (an unset variable) is no key."""
    if value is None:
        return {}
    if not hasattr(value, "items"):
        refuse("api_keys", "(hidden)", "a dict from provider to key")
    for name in value:
        if name not in PROVIDERS:
            raise ValueError(f"api_keys: no provider is called {name!r}; there are {', '.join(PROVIDERS)}")
    return {name: key for name, key in value.items() if key}


def simulated(kind, name, watts_name, watts, util_name, util):
    """(name, watts) of a pretended device, or None."""
    if name is None:
        return None
    if not isinstance(name, str) or not name:
        refuse(f"sim_{kind}", name, "a name")
    if watts is None:
        raise ValueError(f"{watts_name} is needed where sim_{kind} is given: the watts of {name!r}")
    return name, real(watts_name, watts) * (0.5 if util is None else real(util_name, util, 0.0, 1.0))


def no_others(unknown):
    """Arguments that do not exist: a TypeError that names the right spelling where one is known."""
    for name in unknown:
        known = OTHER_NAMES.get(name)
        raise TypeError(f"CarbonTracker has no argument {name!r}" + (f"; it is called {known!r}" if known else ""))
