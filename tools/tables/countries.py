"""grid_countries.csv: every ISO 3166-1 country, with the newest figure that it has."""
import collections
import pathlib

from . import ranges
from .common import figure, percentile, read, write

SOURCE = "Ember via Our World in Data"
# Alpha-3 of the countries that the intensity table does not know (ISO 3166-1).
MORE_ALPHA3 = dict(item.split(":") for item in (
    "AD:AND AI:AIA AQ:ATA AX:ALA BL:BLM BQ:BES BV:BVT CC:CCK CW:CUW CX:CXR FM:FSM GG:GGY GS:SGS HM:HMD IM:IMN IO:IOT JE:JEY LI:LIE "
    "MC:MCO MF:MAF MH:MHL MP:MNP NA:NAM NF:NFK NU:NIU PN:PCN PW:PLW SJ:SJM SM:SMR SX:SXM TF:ATF TK:TKL TV:TUV UM:UMI VA:VAT WF:WLF "
    "YT:MYT XK:XKX").split())
# tzdata's short names, where people would look for another one.
NAMES = {"GB": "United Kingdom", "US": "United States", "KR": "South Korea", "KP": "North Korea", "CZ": "Czechia", "VN": "Vietnam",
         "BQ": "Caribbean Netherlands", "VG": "British Virgin Islands", "VI": "US Virgin Islands", "TF": "French Southern Territories",
         "LA": "Laos", "SY": "Syria", "RU": "Russia", "IR": "Iran", "CD": "DR Congo", "CG": "Congo", "CI": "Ivory Coast"}


def iso_names(zoneinfo: pathlib.Path) -> dict[str, str]:
    lines = (zoneinfo / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    names = dict(line.split("\t")[:2] for line in lines if line and not line.startswith("#"))
    names["XK"] = "Kosovo"  # user-assigned code, in wide use
    return {code: NAMES.get(code, name) for code, name in names.items()}


def alpha3_codes(shared: pathlib.Path) -> dict[str, str]:
    known = {row["alpha-2"]: row["Code"] for row in read(shared / "carbontracker_owid_country_latest_2024.csv")}
    return {**known, **MORE_ALPHA3}


def histories(shared: pathlib.Path) -> dict[str, dict[int, float]]:
    by_code: dict[str, dict[int, float]] = collections.defaultdict(dict)
    for row in read(shared / "owid_carbon_intensity_electricity_by_country_year.csv"):
        value = float(row["Carbon intensity of electricity per kWh"])
        if row["Code"] and value > 0:  # no grid is 0 g on the lifecycle basis: such a row is a hole (Central African Republic)
            by_code[row["Code"].replace("OWID_KOS", "XKX")][int(row["Year"])] = value
    return by_code


def relative_spread(figures: list[float], mean: float) -> tuple[float, float]:
    return max(0.0, 1 - percentile(figures, 0.05) / mean), max(0.0, percentile(figures, 0.95) / mean - 1)


def make(shared: pathlib.Path, out: pathlib.Path, zoneinfo: pathlib.Path, parts: dict[str, list[float]]) -> None:
    """`parts`: figures of the subdivisions of the countries whose grids differ much inside (US, CA)."""
    names, alpha3, history = iso_names(zoneinfo), alpha3_codes(shared), histories(shared)
    rows, newest_of_all = [], []
    for alpha2 in sorted(names):
        series = history.get(alpha3[alpha2])
        if not series:
            rows.append([alpha2, alpha3[alpha2], names[alpha2], "", "", "", "", ""])
            continue
        year = max(series)
        newest_of_all.append(series[year])
        spread = relative_spread(parts[alpha2], sum(parts[alpha2]) / len(parts[alpha2])) if alpha2 in parts else (0, 0)
        low, high = ranges.bounds(series[year], year, ranges.yearly_drift(series), *spread)
        rows.append([alpha2, alpha3[alpha2], names[alpha2], figure(series[year]), figure(low), figure(high), year, SOURCE])
    world = history["OWID_WRL"]
    rows.append(["WORLD", "", "world average", figure(world[max(world)]), figure(percentile(newest_of_all, 0.05)),
                 figure(percentile(newest_of_all, 0.95)), max(world), SOURCE])
    write(out / "grid_countries.csv", "Newest yearly mean per country, lifecycle; low and high are 90 %; no figure: none published.",
          ["alpha2", "alpha3", "name", "g_per_kwh", "low_g_per_kwh", "high_g_per_kwh", "year", "source"], rows)
