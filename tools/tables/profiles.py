"""grid_profiles.csv: what a usual day of a month looks like against the year's mean, by zone. docs/method/intensity.md explains.

No recorded hour is in it: month x hour means of one year (about 30 days each), and how far single hours lie from them.
"""
import collections
import datetime
import math
import pathlib
import statistics

from . import countries, ranges
from .common import percentile, read, write

# One year says as much of its weather as of its season: half of what a month's mean differs from the year's (in logarithms) is taken for season.
SEASON_SHARE = 0.5
# Spread over the months around, and wider by this factor: what differs from year to year is not seen in one. Chosen on years up to 2020.
MONTHS_AROUND, WIDER = 2, 1.15
BLOCK = 3  # hours that share a spread
# g/kWh at the stack, and the lifecycle medians, of EIA-930's fuels (mostly geothermal, biomass and storage under "other").
DIRECT = {"coal": 760, "gas": 370, "oil": 406}
LEAST_OF_A_DAY = 0.3  # an hour with less than this of the day's median generation was not reported in full

CARBONCAST = "CarbonCast (Apache-2.0); data: {}"
EIA_930 = "US EIA Form EIA-930"
# zone: name, country of the yearly drift, year, file, hours by which the file's stamps are late, source
ZONES = {
    "DE": ("Germany", "DEU", 2020, "carboncast_DE_2020_2021.csv", 1, CARBONCAST.format("ENTSO-E")),
    "ES": ("Spain", "ESP", 2020, "carboncast_ES_2020_2021.csv", 0, CARBONCAST.format("ENTSO-E")),
    "PL": ("Poland", "POL", 2020, "carboncast_PL_2020_2021.csv", 0, CARBONCAST.format("ENTSO-E")),
    "US-CAL-CISO": ("California ISO", "USA", 2022, "eia930_US-CAL-CISO_2022.csv", 1, EIA_930),
    "US-MIDA-PJM": ("PJM", "USA", 2022, "eia930_US-MIDA-PJM_2022.csv", 0, EIA_930),
    "US-NE-ISNE": ("ISO New England", "USA", 2020, "carboncast_US-NE-ISNE_2020_2021.csv", 1, CARBONCAST.format(EIA_930)),
    "US-TEX-ERCO": ("ERCOT", "USA", 2022, "eia930_US-TEX-ERCO_2022.csv", 1, EIA_930),
}

Series = dict[datetime.datetime, float]


def when(row: dict[str, str], late: int) -> datetime.datetime:
    return datetime.datetime.fromisoformat(row["utc_start"].replace("Z", "+00:00")) - datetime.timedelta(hours=late)


def of_generation(rows: list[dict[str, str]], late: int) -> dict[str, Series]:
    """Intensity from generation by fuel; hours that were not reported, or in part, are left out."""
    mixes = {when(row, late): ({fuel.removesuffix("_mwh"): float(value) for fuel, value in row.items() if fuel.endswith("_mwh")}, row)
             for row in rows if row["avg_ci_g_per_kwh"]}
    totals = collections.defaultdict(list)
    for hour, (mix, _) in mixes.items():
        totals[hour.date()].append(sum(mix.values()))
    whole = {hour: both for hour, both in mixes.items() if sum(both[0].values()) > LEAST_OF_A_DAY * statistics.median(totals[hour.date()])}
    return {"lifecycle": {hour: float(row["avg_ci_g_per_kwh"]) for hour, (_, row) in whole.items()},
            "direct": {hour: sum(mix[fuel] * g for fuel, g in DIRECT.items()) / sum(mix.values()) for hour, (mix, _) in whole.items()}}


def series_of(path: pathlib.Path, late: int, bases: tuple[str, ...]) -> dict[str, Series]:
    rows = read(path)
    if "avg_ci_g_per_kwh" in rows[0]:
        return of_generation(rows, late)
    column = {"lifecycle": "lifecycle_gco2eq_per_kwh", "direct": "direct_gco2_per_kwh"}
    return {basis: {when(row, late): float(row[column[basis]]) for row in rows} for basis in bases}


def shape(series: Series) -> dict[tuple[int, int], float]:
    """Mean of each hour of each month against the year's, which stays 1."""
    cells = collections.defaultdict(list)
    for hour, value in series.items():
        cells[hour.month, hour.hour].append(value)
    means = {cell: statistics.fmean(values) for cell, values in cells.items()}
    year = statistics.fmean(series.values())
    for month in range(1, 13):
        level = statistics.fmean(means[month, hour] for hour in range(24)) / year
        for hour in range(24):
            means[month, hour] *= level ** (SEASON_SHARE - 1)
    scale = statistics.fmean(means[hour.month, hour.hour] for hour in series)
    return {cell: value / scale for cell, value in means.items()}


def spread(series: Series, means: dict[tuple[int, int], float], month: int, block: int) -> tuple[float, float]:
    """90 % of the hours against the shape, as factors."""
    year = statistics.fmean(series.values())
    errors = [math.log(value / year / means[hour.month, hour.hour]) for hour, value in series.items()
              if hour.hour // BLOCK == block and min((hour.month - month) % 12, (month - hour.month) % 12) <= MONTHS_AROUND]
    return math.exp(WIDER * percentile(errors, 0.05)), math.exp(WIDER * percentile(errors, 0.95))


def rows_of(zone: str, basis: str, series: Series, drift: float) -> list[list]:
    name, _, year, _, _, source = ZONES[zone]
    year_only = {hour: value for hour, value in series.items() if hour.year == year}
    means, rows = shape(year_only), []
    for month in range(1, 13):
        bounds = [spread(year_only, means, month, block) for block in range(24 // BLOCK)]
        rows.append([f"{zone}:{basis}:{month:02}", name, " ".join(f"{1000 * means[month, hour]:.0f}" for hour in range(24)),
                     " ".join(f"{100 * low:.0f}" for low, _ in bounds), " ".join(f"{100 * high:.0f}" for _, high in bounds),
                     f"{100 * drift:.1f}", year, source])
    return rows


def make(hourly: pathlib.Path, static: pathlib.Path, out: pathlib.Path) -> None:
    history, rows = countries.histories(static), []
    for zone, (_, country, _, file, late, _) in ZONES.items():
        bases = ("direct", "lifecycle") if country == "USA" else ("lifecycle",)  # as the yearly tables have them
        series = series_of(hourly / file, late, bases)
        for basis in bases:
            rows += rows_of(zone, basis, series[basis], ranges.yearly_drift(history[country]))
    write(out / "grid_profiles.csv",
          "A usual day of each month by hour of UTC: mean against the year's mean in permille; low and high: 90 % of single hours against that mean in percent, by three hours.",
          ["key", "name", "mean_permille", "low_percent", "high_percent", "drift_percent_a_year", "year", "source"], rows)
