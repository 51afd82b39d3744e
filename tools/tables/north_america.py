"""grid_egrid.csv, grid_us_states.csv, grid_canada.csv."""
import json
import math
import pathlib

from . import ranges
from .common import figure, read, write

EGRID_SOURCE = "US EPA eGRID2023 rev 2"
GRAMS_PER_POUND = 453.59237
# g/kWh lifecycle by fuel: IPCC AR5 WG3 annex III medians; oil, other fossil and unknown are not in that table (650 and 700 are the
# values usual in grid models built on it; waste heat and the like are few tenths of a per cent of these mixes).
OIL, OTHER = 650.0, 700.0
STATES = dict(item.split(":") for item in (
    "AK:Alaska AL:Alabama AR:Arkansas AZ:Arizona CA:California CO:Colorado CT:Connecticut DC:District_of_Columbia DE:Delaware FL:Florida "
    "GA:Georgia HI:Hawaii IA:Iowa ID:Idaho IL:Illinois IN:Indiana KS:Kansas KY:Kentucky LA:Louisiana MA:Massachusetts MD:Maryland "
    "ME:Maine MI:Michigan MN:Minnesota MO:Missouri MS:Mississippi MT:Montana NC:North_Carolina ND:North_Dakota NE:Nebraska "
    "NH:New_Hampshire NJ:New_Jersey NM:New_Mexico NV:Nevada NY:New_York OH:Ohio OK:Oklahoma OR:Oregon PA:Pennsylvania PR:Puerto_Rico "
    "RI:Rhode_Island SC:South_Carolina SD:South_Dakota TN:Tennessee TX:Texas UT:Utah VA:Virginia VT:Vermont WA:Washington WI:Wisconsin "
    "WV:West_Virginia WY:Wyoming").split())
PROVINCES = {"AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick", "NL": "Newfoundland and Labrador",
             "NS": "Nova Scotia", "NT": "Northwest Territories", "NU": "Nunavut", "ON": "Ontario", "PE": "Prince Edward Island",
             "QC": "Quebec", "SK": "Saskatchewan", "YT": "Yukon"}


def fuel_factors(shared: pathlib.Path) -> dict[str, float]:
    ipcc = {row["technology"]: float(row["lifecycle_median"]) for row in read(shared / "ipcc_ar5_lifecycle_factors.csv")}
    return {"coal": ipcc["coal_pc"], "gas": ipcc["gas_cc"], "oil": OIL, "nuclear": ipcc["nuclear"], "hydro": ipcc["hydro"],
            "biomass": ipcc["biomass_dedicated"], "wind": ipcc["wind_onshore"], "solar": ipcc["solar_pv_utility"],
            "geothermal": ipcc["geothermal"], "tidal": ipcc["ocean"], "other": OTHER}


def lifecycle(mix_percent: dict[str, float], factors: dict[str, float]) -> float:
    total = sum(mix_percent.values())
    return sum(share * factors[fuel] for fuel, share in mix_percent.items()) / total


def egrid_mix(row: dict[str, str]) -> dict[str, float]:
    mix = {fuel: float(row[f"mix_pct_{fuel}"]) for fuel in
           ("coal", "oil", "gas", "nuclear", "hydro", "biomass", "wind", "solar", "geothermal")}
    return {**mix, "other": float(row["mix_pct_other_fossil"]) + float(row["mix_pct_other_unknown"])}


def egrid(shared: pathlib.Path, out: pathlib.Path, drift: float) -> dict[str, dict[str, float]]:
    factors, rows, by_code = fuel_factors(shared), [], {}
    for row in read(shared / "egrid2023rev2_subregions.csv"):
        direct = float(row["co2e_lb_per_mwh"]) * GRAMS_PER_POUND / 1000
        whole_life = lifecycle(egrid_mix(row), factors)
        year = int(row["data_year"])
        low, high = ranges.bounds(direct, year, drift)
        by_code[row["subregion"]] = {"direct": direct, "lifecycle": whole_life, "low": low, "high": high}
        rows.append([row["subregion"], row["name"], figure(direct), figure(low), figure(high), figure(whole_life),
                     row["grid_loss_fraction"], year, EGRID_SOURCE])
    write(out / "grid_egrid.csv",
          "US eGRID subregions: direct CO2e output rate; lifecycle is the same year's mix by IPCC AR5 medians; low and high are 90 % of the direct figure.",
          ["subregion", "name", "direct_g_per_kwh", "low_g_per_kwh", "high_g_per_kwh", "lifecycle_g_per_kwh", "grid_loss_share", "year",
           "source"], rows)
    return by_code


def us_states(shared: pathlib.Path, out: pathlib.Path, by_code: dict[str, dict[str, float]], drift: float) -> None:
    rows = []
    for row in read(shared / "us_state_egrid_subregion_by_zipcount.csv"):
        shares = {part.split(":")[0]: float(part.split(":")[1]) for part in row["subregion_shares_of_zip_codes"].split()}
        total = sum(shares.values())
        mean = {basis: sum(share * by_code[code][basis] for code, share in shares.items()) / total for basis in ("direct", "lifecycle")}
        variance = sum(share / total * (by_code[code]["direct"] - mean["direct"])**2 for code, share in shares.items())
        spread = ranges.NORMAL_90 * math.sqrt(variance) / mean["direct"]
        low, high = ranges.bounds(mean["direct"], 2023, drift, spread, spread)
        low, high = max(low, min(by_code[code]["low"] for code in shares)), min(high, max(by_code[code]["high"] for code in shares))
        largest = max(shares, key=lambda code: shares[code])
        only = largest if shares[largest] / total > 0.995 else ""
        rows.append([f"US-{row['state']}", STATES[row["state"]].replace("_", " "), figure(mean["direct"]), figure(low), figure(high),
                     figure(mean["lifecycle"]), only, 2023, f"{EGRID_SOURCE}, subregions by ZIP codes of the state"])
    write(out / "grid_us_states.csv",
          "US states: mean of the eGRID subregions by their share of the state's ZIP codes; egrid: the subregion where there is but one.",
          ["code", "name", "direct_g_per_kwh", "low_g_per_kwh", "high_g_per_kwh", "lifecycle_g_per_kwh", "egrid", "year", "source"], rows)


def percent_mix(mix: dict[str, float]) -> dict[str, float]:
    keys = {"naturalGas": "gas", "petroleum": "oil"}
    return {keys.get(fuel, fuel): share for fuel, share in mix.items() if fuel != "total"}


def canada(shared: pathlib.Path, out: pathlib.Path, drift: float) -> list[float]:
    mixes = json.loads((shared / "codecarbon_canada_energy_mix_2023.json").read_text(encoding="utf-8"))
    factors, rows, figures = fuel_factors(shared), [], []
    imported_from = {"PE": "New Brunswick"}  # the island takes most of its electricity by cable; its own generation is wind
    for code, name in PROVINCES.items():
        value = lifecycle(percent_mix(mixes[name.lower()]), factors)
        figures.append(value)
        low, high = ranges.bounds(value, 2023, drift)
        if code in imported_from:
            high = ranges.bounds(lifecycle(percent_mix(mixes[imported_from[code].lower()]), factors), 2023, drift)[1]
        rows.append([f"CA-{code}", name, figure(value), figure(low), figure(high), 2023, "generation mix 2023 by IPCC AR5 medians"])
    write(out / "grid_canada.csv", "Canadian provinces and territories: generation mix of 2023 by IPCC AR5 lifecycle medians; low and high are 90 %.",
          ["code", "name", "g_per_kwh", "low_g_per_kwh", "high_g_per_kwh", "year", "source"], rows)
    return figures
