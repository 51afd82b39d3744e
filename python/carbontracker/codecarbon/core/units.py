"""Quantities with the names and units that CodeCarbon's users read."""
from dataclasses import dataclass

JOULES_PER_KWH = 3.6e6


class _Quantity:
    """One float; sums, differences and scalings give a new one, so that a value once taken stays what it was."""

    def _value(self):
        return next(iter(vars(self).values()))

    def __float__(self):
        return float(self._value())

    def __add__(self, other):
        return type(self)(float(self) + float(other))

    def __sub__(self, other):
        return type(self)(float(self) - float(other))

    def __mul__(self, factor):
        return type(self)(float(self) * float(factor))

    def __truediv__(self, other):
        return float(self) / float(other) if isinstance(other, type(self)) else type(self)(float(self) / float(other))

    __radd__ = __add__
    __rmul__ = __mul__


@dataclass(frozen=True)
class Time(_Quantity):
    seconds: float

    @property
    def minutes(self):
        return self.seconds / 60

    @property
    def hours(self):
        return self.seconds / 3600

    @classmethod
    def from_seconds(cls, seconds):
        return cls(seconds)


@dataclass(frozen=True)
class Power(_Quantity):
    kW: float

    @property
    def W(self):
        return self.kW * 1000

    @classmethod
    def from_watts(cls, watts):
        return cls(watts / 1000)

    @classmethod
    def from_milli_watts(cls, milliwatts):
        return cls(milliwatts / 1e6)


@dataclass(frozen=True)
class Energy(_Quantity):
    kWh: float

    @property
    def kwh(self):
        return self.kWh

    @classmethod
    def from_energy(cls, kWh):
        return cls(kWh)

    @classmethod
    def from_joules(cls, joules):
        return cls(joules / JOULES_PER_KWH)

    @classmethod
    def from_power_and_time(cls, *, power, time):
        return cls(power.kW * time.hours)

    @classmethod
    def from_millijoules(cls, mj):
        return cls(mj / 1000 / JOULES_PER_KWH)


@dataclass(frozen=True)
class Water(_Quantity):
    litres: float


@dataclass(frozen=True)
class EmissionsPerKWh(_Quantity):
    kgs_per_kWh: float

    @classmethod
    def from_g_per_kWh(cls, g_per_kWh):
        return cls(g_per_kWh / 1000)
