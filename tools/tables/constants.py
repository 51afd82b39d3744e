"""pue.csv and equivalents.csv: single figures, each with its source."""
import pathlib

from .common import write

PUE = [
    ["workstation", 1.0, "", "no data centre around it"],
    ["industry", 1.54, 2025, "Uptime Institute Global Data Center Survey 2025"],
    ["aws", 1.14, 2025, "AWS fleet figure for 2025"],
    ["gcp", 1.09, 2025, "Google fleet figure for 2025"],
    ["azure", 1.17, 2025, "Microsoft fleet figure for FY2025"],
]
# set; what, per: grams of CO2e ("g") or facility energy ("kWh") for one unit
EQUIVALENTS = [
    ["current", "km by new EU car", "km", 106.8, "g/km", 2024, "EEA, provisional WLTP mean of new cars"],
    ["current", "EU households for a day", "household days", round(3600 / 365, 3), "kWh/day", 2025, "ODYSSEE-MURE, 3600 kWh a year per dwelling"],
    ["current", "phone charges", "charges", 0.019, "kWh/charge", 2026, "US EPA equivalencies calculator"],
    ["2020", "km by new EU car", "km", 120.4, "g/km", 2018, "EEA, mean of new cars, as used by Anthony, Kanding and Selvan 2020"],
    ["2020", "Danish homes for a year", "home years", 1500, "kWh/year", 2020, "implied by the 126 homes published for their 188702 kWh (University of Copenhagen 2020)"],
]


def make(out: pathlib.Path) -> None:
    write(out / "pue.csv", "Power usage effectiveness where the site's own is not known.", ["id", "pue", "year", "source"], PUE)
    write(out / "equivalents.csv", "Everyday equivalents of one run: factor is what one unit stands for. `set`: current, or the factors of a publication, to repeat its figures.",
          ["set", "what", "unit", "factor", "factor_unit", "year", "source"], EQUIVALENTS)
