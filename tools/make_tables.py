#!/usr/bin/env python3
"""Makes data/*.csv from the collected sources. The same inputs give the same bytes.

usage: make_tables.py STATIC_DIR [--hourly DIR] [--out DIR] [--zoneinfo DIR] [--world-atlas countries-50m.json]

STATIC_DIR holds the files named in data/SOURCES.md; the hourly series stand in `hourly` beside it unless --hourly says otherwise. country_polygons.csv is made only where the atlas is given; time_zones.csv depends
on the release of tzdata, which its first line names.
"""
import argparse
import pathlib

from tables import beyond, constants, countries, north_america, places, polygons, profiles, ranges

HERE = pathlib.Path(__file__).resolve().parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("static", type=pathlib.Path)
    parser.add_argument("--hourly", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=HERE.parent / "data")
    parser.add_argument("--zoneinfo", type=pathlib.Path, default=pathlib.Path("/usr/share/zoneinfo"))
    parser.add_argument("--world-atlas", type=pathlib.Path)
    parser.add_argument("--iso-codes", type=pathlib.Path, default=pathlib.Path("/usr/share/iso-codes/json/iso_3166-1.json"))
    return parser.parse_args()


def main() -> None:
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    history = countries.histories(given.static)
    subregions = north_america.egrid(given.static, given.out, ranges.yearly_drift(history["USA"]))
    north_america.us_states(given.static, given.out, subregions, ranges.yearly_drift(history["USA"]))
    provinces = north_america.canada(given.static, given.out, ranges.yearly_drift(history["CAN"]))
    inside = {"US": [figures["lifecycle"] for code, figures in subregions.items() if code != "US"], "CA": provinces}
    countries.make(given.static, given.out, given.zoneinfo, inside)
    alpha2_of = {alpha3: alpha2 for alpha2, alpha3 in countries.alpha3_codes(given.static).items()}
    places.cloud_regions(given.static, given.out, alpha2_of)
    places.time_zones(given.out, given.zoneinfo)
    constants.make(given.out)
    beyond.make(given.out)
    polygons.egrid(given.static, given.out)
    profiles.make(given.hourly or given.static.parent / "hourly", given.static, given.out)
    if given.world_atlas:
        polygons.countries(given.world_atlas, given.iso_codes, given.out)


if __name__ == "__main__":
    main()
