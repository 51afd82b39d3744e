"""One record of a run, in the columns of emissions.csv and in their order."""
from dataclasses import dataclass, field, fields, make_dataclass


class _Record:
    @property
    def values(self):
        """A fresh dict each time: callers add to it."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def toJSON(self):
        import json

        return json.dumps(self, default=lambda record: record.__dict__, sort_keys=True, indent=4)


@dataclass
class EmissionsData(_Record):
    timestamp: str = ""
    project_name: str = ""
    run_id: str = ""
    experiment_id: str = ""
    duration: float = 0.0           # s
    emissions: float = 0.0          # kg CO2e
    emissions_rate: float = 0.0     # kg/s
    cpu_power: float = 0.0          # W, mean
    gpu_power: float = 0.0
    ram_power: float = 0.0
    cpu_energy: float = 0.0         # kWh, PUE contained
    gpu_energy: float = 0.0
    ram_energy: float = 0.0
    energy_consumed: float = 0.0
    water_consumed: float = 0.0     # litres
    country_name: str = ""
    country_iso_code: str = ""
    region: str = ""
    cloud_provider: str = ""
    cloud_region: str = ""
    os: str = ""
    python_version: str = ""
    codecarbon_version: str = ""
    cpu_count: float = None
    cpu_model: str = ""
    gpu_count: float = None
    gpu_model: str = ""
    longitude: float = None
    latitude: float = None
    ram_total_size: float = None    # GB
    tracking_mode: str = "machine"
    cpu_utilization_percent: float = None
    gpu_utilization_percent: float = None
    ram_utilization_percent: float = None
    ram_used_gb: float = None
    on_cloud: str = "N"
    pue: float = 1.0
    wue: float = 0.0

    def compute_delta_emission(self, previous_emission):
        """Turns the totals into what came since `previous_emission`."""
        for name in ("duration", "emissions", "cpu_energy", "gpu_energy", "ram_energy", "energy_consumed", "water_consumed"):
            setattr(self, name, getattr(self, name) - getattr(previous_emission, name))
        self.emissions_rate = self.emissions / self.duration if self.duration > 0 else 0.0


COLUMNS = [one.name for one in fields(EmissionsData)]
TASK_COLUMNS = ["task_name"] + [name for name in COLUMNS if name not in ("experiment_id", "pue", "wue")]
_TYPES = {one.name: one for one in fields(EmissionsData)}
TaskEmissionsData = make_dataclass(
    "TaskEmissionsData",
    [("task_name", str, field(default=""))] + [(name, _TYPES[name].type, field(default=_TYPES[name].default)) for name in TASK_COLUMNS[1:]],
    bases=(_Record,), namespace={"__module__": __name__})
TaskEmissionsData.__module__ = __name__


def task_record(name, data):
    return TaskEmissionsData(name, **{column: getattr(data, column) for column in TASK_COLUMNS[1:]})
