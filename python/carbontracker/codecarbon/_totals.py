"""The private totals that programs read while a tracker runs: each reads the meter at once."""
from carbontracker.codecarbon.core.units import Energy, Power, Water


def _energy(component=None):
    def read(self):
        self._read_now()
        return Energy(self._kwh(component))

    return property(read)


def _power(component):
    def read(self):
        seconds, joules = self._read_now()
        return Power.from_watts(joules[component] / seconds if seconds > 0 else 0.0)

    return property(read)


class Totals:
    """For a class with _read_now() -> (seconds, joules by component), _kwh(component or None), _kg_per_kwh(), _pue and _wue."""

    _total_energy = _energy()
    _total_cpu_energy, _total_gpu_energy, _total_ram_energy = _energy("cpu"), _energy("gpu"), _energy("ram")
    _cpu_power, _gpu_power, _ram_power = _power("cpu"), _power("gpu"), _power("ram")

    @property
    def _total_emissions(self):
        self._read_now()
        return self._kwh() * self._kg_per_kwh()

    @property
    def _total_water(self):
        return Water(float(self._total_energy) / self._pue * self._wue)
