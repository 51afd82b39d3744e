"""What a yearly figure leaves open: the 90 % range of a table's figure for the hours of one run. docs/method/carbon.md explains.

Three independent parts, each as a 90 % half-width relative to the figure, combined in quadrature:
hours   a run sees some hours, the table the mean of a year
drift   the run's year is not the table's
spread  the place is known to be in the country, not where in it
"""
import math

# 5th and 95th percentile of the hours of 2020-21 against the two-year mean, mean of twelve grids (DE ES NL PL SE, CISO FPL PJM
# ISNE BPAT NYIS ERCO; hourly lifecycle series from EIA-930 and ENTSO-E generation): 0.68 and 1.30.
HOURS_LOW, HOURS_HIGH = 0.32, 0.30
NORMAL_90 = 1.645
USED_IN = 2026  # the year the tables are made for
TYPICAL_DRIFT = 0.06  # where a grid has no history of its own: the median country of the table


def yearly_drift(history: dict[int, float]) -> float:
    """Root mean square of the relative change from one year to the next, over the last ten years there are."""
    years = sorted(history)[-11:]
    steps = [math.log(history[b] / history[a]) / math.sqrt(b - a) for a, b in zip(years, years[1:]) if history[a] > 0 and history[b] > 0]
    if len(steps) < 3:
        return TYPICAL_DRIFT
    return math.sqrt(sum(step * step for step in steps) / len(steps))


def bounds(value: float, year: int, drift: float, spread_low: float = 0, spread_high: float = 0) -> tuple[float, float]:
    age = max(1, USED_IN - year)
    aged = NORMAL_90 * drift * math.sqrt(age)
    low = value * (1 - math.sqrt(HOURS_LOW**2 + aged**2 + spread_low**2))
    high = value * (1 + math.sqrt(HOURS_HIGH**2 + aged**2 + spread_high**2))
    return max(0.0, low), high
