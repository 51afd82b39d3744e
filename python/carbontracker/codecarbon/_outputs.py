"""Where records go, checked: every ValueError names the argument, what was given and what is wanted."""
import os

from carbontracker.codecarbon.output_methods.base_output import OutputMethod


def methods(value):
    """Their names; None where the save_to_… settings decide."""
    if value is None:
        return None
    given = value.split(",") if isinstance(value, str) else [value] if isinstance(value, OutputMethod) else value
    known = [method.value for method in OutputMethod]
    try:
        names = [one.value if isinstance(one, OutputMethod) else str(one).strip().lower() for one in given]
    except TypeError:
        names = [repr(value)]
    for name in names:
        if name not in known:
            raise ValueError(f"output_methods = {value!r}: there is no method {name!r}; there are {', '.join(known)}")
    return names


def handlers(value):
    """Objects with `out`, `live_out` or `task_out`."""
    try:
        found = list(value or [])
    except TypeError:
        found = [value]
    for handler in found:
        if not any(callable(getattr(handler, call, None)) for call in ("out", "live_out", "task_out")):
            raise ValueError(f"output_handlers: {handler!r:.60} has no method out(total, delta); subclass BaseOutput")
    return found


def path(name, value):
    try:
        return os.fsdecode(os.fspath(value))
    except TypeError:
        raise ValueError(f"{name} = {value!r}: a path is needed") from None
