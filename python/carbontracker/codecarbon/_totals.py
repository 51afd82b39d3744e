"""The private totals that programs read while a tracker runs: each reads the meter at once."""
from carbontracker.codecarbon.core.units import Energy, Power, Water


def _energy(component=None):
    def read(self):
        self._read_now()
        return Energy(self._kwh(component))

    return property(read)


def _power(component):
    """Of the last measuring period; once the run has ended, its mean."""
    def read(self):
        seconds, joules = self._read_now()
        if self._account is not None:
            watts = self._account.watts(self._measure_power_secs)[component]
        else:
            watts = joules[component] / seconds if seconds > 0 else 0.0
        return Power.from_watts(watts)

    return property(read)


def _power_sum(component):
    """With _power_measurement_count below: their quotient is the mean power."""
    def read(self):
        seconds, joules = self._read_now()
        return joules[component] / seconds * self._power_measurement_count if seconds > 0 else 0.0

    return property(read)


class Totals:
    """For a class with _read_now() -> (seconds, joules by component), _kwh(component or None), _kg_per_kwh(), _pue, _wue,
    _measure_power_secs and _account (an Account while it runs)."""

    _total_energy = _energy()
    _total_cpu_energy, _total_gpu_energy, _total_ram_energy = _energy("cpu"), _energy("gpu"), _energy("ram")
    _cpu_power, _gpu_power, _ram_power = _power("cpu"), _power("gpu"), _power("ram")
    _cpu_power_sum, _gpu_power_sum, _ram_power_sum = _power_sum("cpu"), _power_sum("gpu"), _power_sum("ram")

    @property
    def _power_measurement_count(self):
        return max(1, int(self._read_now()[0] / self._measure_power_secs))

    @property
    def _total_emissions(self):
        self._read_now()
        return self._kwh() * self._kg_per_kwh()

    @property
    def _total_water(self):
        return Water(float(self._total_energy) / self._pue * self._wue)
