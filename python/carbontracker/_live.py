"""The grid asked about while a training lasts: what the core needs for it. The asking is done by the program `carbontracker`, detached from this process."""
import os
import sys

from . import _resume

_KEYS = {"electricitymaps": ("ELECTRICITY_MAPS", "ELECTRICITY_MAPS_KEY"), "carbonintensityGB": ("UK_CARBON_INTENSITY", None), "energidataservice": ("ENERGI_DATA_SERVICE", None)}


def session(core, options, warn):
    """_resume.session(), and what its option `live` asks for."""
    live = options.pop("live")
    made = _resume.session(core, options, warn)
    begin(core, made, live)
    return made


def begin(core, session, live=None, settings=None):
    """`live`: True, False, the name of a provider, or None (the setting `live` decides). Whether somebody is going to be asked; never where the setting `offline`
    forbids it, or where another process measures."""
    if not session.measuring or not core.asks_live(None if live is None else bool(live)):
        return False
    session.ask_live(_program(core), live if isinstance(live, str) else "", settings or {})
    return True


def by_keys(core, session, keys):
    """The same from CarbonTracker's api_keys: the first provider that is named there is asked."""
    for name, (provider, variable) in _KEYS.items():
        if name in keys:
            return begin(core, session, provider, {variable: keys[name]} if variable and isinstance(keys[name], str) else None)
    return begin(core, session)


def _program(core):
    """The native program that came with this package; empty where there is none. One of that name which is a script is the old Python tool's."""
    package = os.path.dirname(os.path.abspath(core.__file__))
    above = os.path.dirname(package)
    for folder in _folders(above):
        path = os.path.join(folder, "carbontracker")
        try:
            with open(path, "rb") as file:
                if file.read(4) == b"\x7fELF" and os.access(path, os.X_OK):
                    return path
        except OSError:
            pass
    return ""


def _folders(above):
    yield os.path.dirname(above)  # of a build: build/python/carbontracker beside build/python/site
    yield os.path.join(above, "bin")  # pip install --target
    if sys.executable:
        yield os.path.dirname(sys.executable)
    import sysconfig
    for scheme in (sysconfig.get_default_scheme(), f"{os.name}_user"):
        yield sysconfig.get_path("scripts", scheme)
    yield from filter(None, os.environ.get("PATH", "").split(os.pathsep))
