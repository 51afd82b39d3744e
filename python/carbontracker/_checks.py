"""What a caller gives, checked before anything starts: InvalidInput names the argument."""
from ._errors import InvalidInput

_UNITS = {  # to joules, or to grams
    "j": (1.0, None), "wh": (3.6e3, None), "kwh": (3.6e6, None), "mwh": (3.6e9, None),
    "g": (None, 1.0), "kg": (None, 1e3), "t": (None, 1e6),
}


def text(value, argument):
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(f"{argument} must be a text, not {type(value).__name__}")
    return plain(value)


def plain(words):
    """Text that can be written as UTF-8: what a file name that is none has in it becomes question marks."""
    try:
        words.encode()
        return words
    except UnicodeEncodeError:
        return words.encode("utf-8", "replace").decode()


def path(value, argument):
    name = value.__fspath__() if hasattr(value, "__fspath__") else value
    if text(name, argument) != (name or ""):
        raise InvalidInput(f"{argument} must be a path that can be written as UTF-8, not {name!a}")
    return name or ""


def flag(value, argument):
    """True or False, also numpy's; 0 and 1 are taken as such, text is not."""
    try:
        if not isinstance(value, (str, bytes)) and value in (0, 1):
            return bool(value)
    except Exception:  # an array, say
        pass
    raise InvalidInput(f"{argument} must be True or False, not {value!r:.60}")


def live(value):
    """None, True, False or the name of a provider."""
    if value is None:
        return None
    if not isinstance(value, str):
        return flag(value, "live")
    from . import _core
    if not value or not _core.has_provider(value):
        raise InvalidInput(f"live: there is no provider {value!r:.40}", hint="electricity_maps, uk_carbon_intensity, energi_data_service, energy_charts, entsoe, eia, watttime or carbon_aware_sdk")
    return value


def verbosity(value):
    if value is not None and (isinstance(value, (str, bytes)) or not hasattr(value, "__index__") or value < 0):
        raise InvalidInput(f"verbose must be 0, 1 or None, not {value!r:.60}")
    return value


def sinks(value):
    """One or several, each a function of (figures, step) or with a method log(figures, step)."""
    if callable(value) or hasattr(value, "log"):
        value = (value,)
    try:
        found = tuple(value)
    except TypeError:
        found = (value,)
    for sink in found:
        if not callable(getattr(sink, "log", sink)):
            raise InvalidInput(f"sinks: {sink!r:.60} is no function of (figures, step), and has no method log")
    return found


def tags(value):
    if value is None:
        return {}
    if not hasattr(value, "items"):
        raise InvalidInput(f"tags must be a dict, not {type(value).__name__}")
    return {plain(str(key)): plain(str(item)) for key, item in value.items()}


def number(value, argument, above=None, low=None, high=None):
    """A float, also from numpy's scalars; None stays None."""
    if value is None:
        return None
    if isinstance(value, (bool, str, bytes)) or not hasattr(value, "__float__"):
        raise InvalidInput(f"{argument} must be a number, not {type(value).__name__}")
    try:
        result = float(value)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{argument} must be a number: {error}") from None
    wanted = f"above {above:g}" if above is not None else f"from {low:g} to {high:g}"
    if result != result or abs(result) == float("inf") or (result <= above if above is not None else not low <= result <= high):
        raise InvalidInput(f"{argument} must be a number {wanted}, not {value!r}")
    return result


def choice(value, argument, words):
    if value in words or callable(value):
        return value
    raise InvalidInput(f"{argument} must be one of {', '.join(words)} or a function, not {value!r}")


def function(value, argument):
    if value is not None and not callable(value):
        raise InvalidInput(f"{argument} must be a function, not {type(value).__name__}")
    return value


def stop_rule(metric, target, patience, min_delta=0.0, mode=None):
    """By which the training stops early, as the arguments of Session.follow(); None where none is given."""
    name = text(metric, "metric")
    target = number(target, "target", low=-1e300, high=1e300)
    patience = number(patience, "patience", low=0, high=1e300)
    min_delta = number(min_delta, "min_delta", low=-1e300, high=1e300) or 0.0
    if mode not in (None, "min", "max"):
        raise InvalidInput(f"mode must be 'min' or 'max', not {mode!r}")
    if not name:
        if target is not None or patience is not None or mode:
            raise InvalidInput("target, patience and mode go with metric", hint="metric='val_loss', patience=3")
        return None
    if target is None and patience is None:
        raise InvalidInput(f"metric {name!r}: what stops the training is not told", hint="patience=3 or target=0.1")
    if mode is None:
        from . import _core
        larger = _core.larger_is_better(name)
        if larger is None:
            raise InvalidInput(f"metric {name!r}: its name does not say whether smaller or larger is better", hint="mode='min' or mode='max'")
    else:
        larger = mode == "max"
    return {"metric": name, "target": target, "patience": patience, "min_delta": abs(min_delta), "larger": larger}


def place(value):
    """Asks the tables, so that a place that does not exist is told now."""
    if text(value, "place"):
        from . import _core
        _core.table_intensity(value)
    return value or ""


def budget(value):
    """'5 kWh' or '2 kg' as (joules, grams), one of them None."""
    if value is None:
        return None
    words = text(value, "budget").strip().lower().replace("co2e", "").replace("co2", "").strip()
    digits = words.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = words[len(digits):].strip()
    try:
        amount = float(digits)
    except ValueError:
        amount = -1.0
    if unit not in _UNITS or not 0 < amount < float("inf"):
        raise InvalidInput(f"budget {value!r} is no amount", hint="write it like '5 kWh', '500 Wh', '2 kg' or '300 g'")
    return tuple(factor and amount * factor for factor in _UNITS[unit])
