"""Constants under the names that programs import. PUE_2023 is the factor that a tracker made now applies and states in its log:
1.58 (Uptime Institute Global Data Center Survey 2023), or the configured one."""

JOULES_TO_KWH = 1 / 3.6e6
# g CO2 per km of a new car in the EU, 2024 (EEA, provisional WLTP mean of new cars).
CAR_G_PER_KM = 106.8
INTENSITY_INTERVAL_S = 900

_PUE = 1.58
_PUE_SOURCE = "Daniel Bizo, 2023, Uptime Institute Global Data Center Survey"


def pue_and_source():
    from carbontracker import _config

    value, source = _config.pue()
    return (_PUE, _PUE_SOURCE) if value is None else (value, f"set by {source}")


def __getattr__(name):
    if name in ("PUE_2023", "PUE"):
        return pue_and_source()[0]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
