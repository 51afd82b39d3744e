"""cloud_regions.csv and time_zones.csv."""
import pathlib
import re

from .common import read, write

# The input's rows marked "low" are guesses of the subregion. Each was checked against EPA's ZIP code table by the ZIP prefix of the
# named place; where that disagrees (Las Vegas, 891) EPA wins, and where no ZIP can be named the subregion is left out.
CHECKED_BY_ZIP = {"us-central2": "743", "us-west2": "900", "us-west4": "891", "westcentralus": "820", "westus2": "988", "westus3": "850"}
# PUE of 2022: design figures (1.12 for eight regions at once), not measurements. The provider's fleet figure is used instead.
OLDEST_PUE = 2023


def zip_subregions(shared: pathlib.Path) -> dict[str, str]:
    return {row["zip3"]: row["egrid_subregion"] for row in read(shared / "us_zip3_egrid_subregion.csv")}


def subregion_of(row: dict[str, str], by_zip: dict[str, str]) -> tuple[str, str]:
    if row["confidence"] != "low":
        return row["egrid_subregion"], "normal"
    prefix = CHECKED_BY_ZIP.get(row["region"])
    return (by_zip[prefix], "zip") if prefix else ("", "low")


def cloud_regions(shared: pathlib.Path, out: pathlib.Path, alpha2_of: dict[str, str]) -> None:
    by_zip, rows = zip_subregions(shared), []
    for row in read(shared / "cloud_region_zone_map.csv"):
        alpha2 = alpha2_of[row["iso3"]]
        egrid, confidence = subregion_of(row, by_zip)
        province = row["em_zone"] if re.fullmatch(r"CA-[A-Z]{2}", row["em_zone"]) else ""
        measured = row["pue"] and int(row["pue_year"]) >= OLDEST_PUE
        rows.append([f"{row['provider']}:{row['region']}", row["location"], alpha2, province, egrid, row["em_zone"],
                     row["pue"] if measured else "", row["pue_year"] if measured else "", confidence])
    write(out / "cloud_regions.csv", "Cloud regions: where they stand and their own PUE where one is published.",
          ["id", "location", "alpha2", "subdivision", "egrid", "zone", "pue", "pue_year", "confidence"], sorted(rows))


# Time zones that lie in one state or province (comments of tzdata's zone.tab); all other zones of US and CA span several.
SUBDIVISIONS = {
    "America/Detroit": "US-MI", "America/Menominee": "US-MI", "America/Phoenix": "US-AZ", "Pacific/Honolulu": "US-HI",
    "America/St_Johns": "CA-NL", "America/Goose_Bay": "CA-NL", "America/Glace_Bay": "CA-NS", "America/Moncton": "CA-NB",
    "America/Blanc-Sablon": "CA-QC", "America/Iqaluit": "CA-NU", "America/Resolute": "CA-NU", "America/Rankin_Inlet": "CA-NU",
    "America/Cambridge_Bay": "CA-NU", "America/Regina": "CA-SK", "America/Swift_Current": "CA-SK", "America/Inuvik": "CA-NT",
    "America/Creston": "CA-BC", "America/Dawson_Creek": "CA-BC", "America/Fort_Nelson": "CA-BC", "America/Vancouver": "CA-BC",
    "America/Whitehorse": "CA-YT", "America/Dawson": "CA-YT"}
SUBDIVISION_PREFIXES = {"America/Indiana/": "US-IN", "America/Kentucky/": "US-KY", "America/North_Dakota/": "US-ND"}
ALASKA = {"America/Anchorage", "America/Juneau", "America/Sitka", "America/Metlakatla", "America/Yakutat", "America/Nome", "America/Adak"}
# Old names whose target was merged with another country's zone: what the name says.
OLD_NAMES = {"Africa/Asmera": "ER", "Africa/Timbuktu": "ML", "America/Coral_Harbour": "CA", "America/Montreal": "CA",
             "America/Nipigon": "CA", "America/Thunder_Bay": "CA", "America/Virgin": "VI", "Antarctica/South_Pole": "AQ",
             "Asia/Rangoon": "MM", "Atlantic/Jan_Mayen": "SJ", "Canada/Eastern": "CA", "Europe/Belfast": "GB", "GB": "GB",
             "GB-Eire": "GB", "Iceland": "IS", "Japan": "JP", "NZ": "NZ", "Pacific/Ponape": "FM", "Pacific/Samoa": "AS",
             "Pacific/Truk": "FM", "Pacific/Yap": "FM", "Singapore": "SG", "US/Arizona": "US", "US/Samoa": "AS"}
OLD_SUBDIVISIONS = {"America/Montreal": "CA-QC", "America/Nipigon": "CA-ON", "America/Thunder_Bay": "CA-ON", "US/Arizona": "US-AZ"}
# Offsets and abbreviations name no country, whatever tzdata links them to.
NO_COUNTRY = re.compile(r"Etc/.*|[A-Z]{3}|[A-Z]{3}\d[A-Z]{3}|GMT.*|Universal|Greenwich|Zulu|Factory")


def zone_tab(zoneinfo: pathlib.Path) -> dict[str, str]:
    lines = (zoneinfo / "zone.tab").read_text(encoding="utf-8").splitlines()
    fields = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {parts[2]: parts[0] for parts in fields}


def links(zoneinfo: pathlib.Path) -> dict[str, str]:
    lines = (zoneinfo / "tzdata.zi").read_text(encoding="utf-8").splitlines()
    return {line.split()[2]: line.split()[1] for line in lines if line.startswith("L ")}


def subdivision_of(zone: str) -> str:
    for prefix, code in SUBDIVISION_PREFIXES.items():
        if zone.startswith(prefix):
            return code
    return "US-AK" if zone in ALASKA else SUBDIVISIONS.get(zone, "")


def release(zoneinfo: pathlib.Path) -> str:
    return (zoneinfo / "tzdata.zi").read_text(encoding="utf-8").split("\n", 1)[0].split()[-1]


def time_zones(out: pathlib.Path, zoneinfo: pathlib.Path) -> None:
    countries = zone_tab(zoneinfo)
    rows = {zone: [zone, country, subdivision_of(zone)] for zone, country in countries.items()}
    for name, target in links(zoneinfo).items():
        if name in rows or NO_COUNTRY.fullmatch(name) and name not in OLD_NAMES:
            continue
        if name in OLD_NAMES:
            rows[name] = [name, OLD_NAMES[name], OLD_SUBDIVISIONS.get(name, "")]
        elif target in countries:
            rows[name] = [name, countries[target], subdivision_of(target)]
    write(out / "time_zones.csv", f"IANA time zone to country (and state or province where it lies in one); tzdata {release(zoneinfo)}.",
          ["zone", "alpha2", "subdivision"], [rows[zone] for zone in sorted(rows)])
