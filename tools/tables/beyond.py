"""embodied.csv and water.csv: what stands beside the carbon of operation. Figures typed from the sources that each row names."""
import pathlib

from .common import write

CCF = "Teads / Cloud Carbon Footprint 150 kg for any GPU"
ECOINFO = "EcoInfo Ecodiag 60 kg"
BOAVIZTA = "Boavizta's formula (docs of 2026-08)"
HOTCARBON = "an eighth of a server, Chien et al., HotCarbon 2023: 318 kg"
LARGE = f"{CCF}; range: {ECOINFO} to {BOAVIZTA} for the H100, 575 kg"
DATA_CENTRE = f"{CCF}; range: {ECOINFO} to {HOTCARBON}"
CARD = f"mean of {BOAVIZTA} for the GTX 1080 Ti (89) and the RTX A4500 (141); range: {ECOINFO} to {CCF}"


def own(kg: int, name: str) -> list:
    return [kg, 60, 150, 2026, f"{BOAVIZTA} for the {name}; range: {ECOINFO} to {CCF}"]


def die(kg: float, low: float, high: float, area: str) -> list:
    return [kg, low, high, 2026, f"Boavizta: 9.14 kg + 0.0197 kg per mm2 of die, {area}"]


# All words of a row must be among the words of the device's name; the first row that fits is taken.
EMBODIED = [
    ["h100", "gpu", "h100", 164, 150, 575, 2025, f"NVIDIA product carbon footprint of an HGX H100 board, an eighth, as EcoLogits cites it; range: {CCF} to {BOAVIZTA} 575 kg"],
    ["a100", "gpu", "a100", 274, 150, 318, 2026, f"{BOAVIZTA} for the A100 40 GB, 273 to 276 kg; range: {CCF} to {HOTCARBON}"],
    ["p100", "gpu", "p100", *own(129, "P100")],
    ["l4", "gpu", "l4", *own(114, "L4")],
    ["a4500", "gpu", "a4500", *own(141, "RTX A4500")],
    ["1080-ti", "gpu", "1080 ti", *own(89, "GTX 1080 Ti")],
    *[[name, "gpu", name, 150, 60, 575, 2026, LARGE] for name in ("h200", "gh200", "h800", "h20", "b200", "b300", "gb200", "mi300x", "mi300a", "mi325x", "mi250x", "mi250")],
    *[[name, "gpu", name, 150, 60, 318, 2026, DATA_CENTRE] for name in ("v100", "v100s", "a800", "a40", "a30", "a10", "a10g", "a16", "a2", "l40", "l40s", "t4", "k80", "p40", "p4", "mi210", "mi100")],
    *[[name, "gpu", name, 115, 60, 150, 2026, CARD] for name in ("geforce", "rtx", "quadro", "titan")],
    *[[name, "package", name, *die(28.8, 17.0, 100, "taken as 1000 mm2; least: 400 mm2; most: Cloud Carbon Footprint 100 kg a server CPU")] for name in ("xeon", "epyc", "graviton", "neoverse")],
    *[[name.split()[-1], "package", name, *die(13.1, 11.1, 17.0, "taken as 200 mm2; 100 to 400 mm2")] for name in ("ryzen", "intel core")],
]

WRI = "Reig et al., WRI 2020, as in EcoLogits; half to twice: the spread of a technology's factors in Macknick et al. 2012"
SITE = "; range: AWS and Azure regions, 0 to 2.75"
# Litres a kWh: of IT energy for a site (evaporated for cooling), of facility energy for a grid (in power stations and reservoirs).
WATER = [
    ["site:none", 0, 0, 0, "", "no data centre around it: nothing is evaporated for cooling"],
    ["site:aws", 0.15, 0.01, 2.75, 2024, "AWS fleet figure; range: its regions"],
    ["site:azure", 0.27, 0, 2.24, 2025, "Microsoft, own sites, FY2025; range: Azure regions of 2022"],
    ["site:gcp", 0.99, 0, 2.75, 2024, "Google, as used by EcoLogits" + SITE],
    ["site:industry", 0.4, 0, 1.8, 2023, "newer mean of US data centres; above: the often quoted 1.8"],
    *[[f"grid:{key}", value, round(value / 2, 3), round(value * 2, 3), 2020, WRI] for key, value in
      (("US", 3.13), ("DK", 3.19), ("DE", 1.95), ("GB", 2.33), ("FR", 3.67), ("SE", 6.03), ("NO", 6.66), ("CN", 6.01))],
    ["grid:WORLD", 3.91, 1.95, 6.66, 2020, "world mean, Reig et al., WRI 2020, as in EcoLogits; range: the countries of this table"],
]


def make(out: pathlib.Path) -> None:
    write(out / "embodied.csv", "Making of one device, kg CO2e, cradle to gate or to grave as the source has it.", ["id", "kind", "words", "kg", "low_kg", "high_kg", "year", "source"], EMBODIED)
    write(out / "water.csv", "Water consumed for one kWh.", ["id", "l_per_kwh", "low_l_per_kwh", "high_l_per_kwh", "year", "source"], WATER)
