"""What a tracker says of itself and of its machine: the private names that programs read, and the columns of a row that are no figures."""
import os
import platform

from carbontracker.codecarbon._version import __version__
from carbontracker.codecarbon.external.hardware import CPU, GPU, RAM


def _memory():
    """GB, or None."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError):
        return None


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        return ""


class Settings(dict):
    """With what the machine says without a sensor, looked up where somebody asks: some of it takes milliseconds."""

    _LOOK = {"os": platform.platform, "python_version": platform.python_version, "cpu_model": _processor, "ram_total_size": _memory,
             "cpu_count": os.cpu_count, "cpu_physical_count": os.cpu_count}

    def __missing__(self, name):
        if name not in self._LOOK:
            raise KeyError(name)
        value = self[name] = self._LOOK[name]()
        return value


class Described:
    """For a class with _conf, _account (None before it begins and after it has ended), _geo and _cloud."""

    def _describe_settings(self):
        """Each setting under `_its_name` too, and in _conf what the machine says."""
        vars(self).update({"_" + name: value for name, value in self._conf.items()})
        self._hardware = [CPU(), RAM()]
        self._conf = Settings(self._conf, codecarbon_version=__version__, gpu_count=None, gpu_model="")

    def _describe_hardware(self):
        """What the sensors are of, from the start on."""
        self._hardware = [{"cpu": CPU, "gpu": GPU, "ram": RAM}[d.component](d.name) for d in self._account.devices] or self._hardware
        gpus = [d.name for d in self._account.devices if d.component == "gpu"]
        self._conf.update(cpu_model=next((d.name for d in self._account.devices if d.component == "cpu"), ""), gpu_count=len(gpus) or None,
                          gpu_model=", ".join(f"{gpus.count(name)} x {name}" for name in dict.fromkeys(gpus)))

    def _describe(self, data):
        """The columns of a row that are no figures."""
        if self._account is not None:
            self._describe_hardware()  # a sensor may have come since
        data.country_name, data.country_iso_code, data.region = self._geo.country_name, self._geo.country_iso_code, self._geo.region
        data.cloud_provider, data.cloud_region = self._cloud.provider or "", self._cloud.region or ""
        data.on_cloud = "Y" if self._cloud.provider else "N"
        for name in ("os", "python_version", "codecarbon_version", "cpu_count", "cpu_model", "gpu_count", "gpu_model", "ram_total_size"):
            setattr(data, name, self._conf[name])

    def get_detected_hardware(self):
        """Before the start too: then the sensors are looked for now."""
        if self._account is None and self._start_time is None:
            from carbontracker import _core

            seen = [(c["domain"], c["label"] or c["name"]) for family in _core.sources() for c in family["channels"]]
            gpus = [name for domain, name in seen if domain == "gpu"]
            self._conf.update(gpu_count=len(gpus) or None, gpu_model=", ".join(f"{gpus.count(name)} x {name}" for name in dict.fromkeys(gpus)))
        names = ("ram_total_size", "cpu_count", "cpu_physical_count", "cpu_model", "gpu_count", "gpu_model", "gpu_ids", "tracking_mode")
        return {**{name: self._conf[name] for name in names}, "devices": [d.name for d in self._account.devices] if self._account else []}

    def _set_from_conf(self, var, name, default=None, return_type=None, prevent_setter=False):
        """A subclass's own setting, from its argument, else from the files and the environment, else `default`."""
        from carbontracker.codecarbon import _settings

        value = var if var is not None else _settings.outside(name, self._conf.get(name, default))
        if value is not None and return_type is not None:
            value = str(value).strip().lower() in ("1", "true", "yes", "on") if return_type is bool else return_type(value)
        self._conf[name] = value
        if not prevent_setter:
            setattr(self, "_" + name, value)
        return value

    def __getitem__(self, name):
        raise TypeError(f"a tracker has no items; the figures are in tracker.final_emissions_data (its .emissions, .energy_consumed, …), not ['{name}']")

    def __getattr__(self, name):
        if name == "_emissions":
            raise AttributeError("a tracker has no '_emissions'; it is tracker.final_emissions after stop(), and what flush() returns before")
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
