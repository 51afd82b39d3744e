"""Where a tracker stands: from CodeCarbon's settings to what the core calls a place, and from the grid's zone to CodeCarbon's columns."""
from carbontracker import _meter
from carbontracker.codecarbon.external.geography import GeoMetadata, countries

# The provinces and states whose grids have figures of their own, by the names that are written to CodeCarbon.
_CANADA = {"alberta": "AB", "british columbia": "BC", "manitoba": "MB", "new brunswick": "NB", "newfoundland and labrador": "NL", "nova scotia": "NS",
           "northwest territories": "NT", "nunavut": "NU", "ontario": "ON", "prince edward island": "PE", "quebec": "QC", "québec": "QC",
           "saskatchewan": "SK", "yukon": "YT"}
_STATES = dict(zip(
    "alabama,alaska,arizona,arkansas,california,colorado,connecticut,delaware,district of columbia,florida,georgia,hawaii,idaho,illinois,indiana,iowa,"
    "kansas,kentucky,louisiana,maine,maryland,massachusetts,michigan,minnesota,mississippi,missouri,montana,nebraska,nevada,new hampshire,new jersey,"
    "new mexico,new york,north carolina,north dakota,ohio,oklahoma,oregon,pennsylvania,rhode island,south carolina,south dakota,tennessee,texas,utah,"
    "vermont,virginia,washington,west virginia,wisconsin,wyoming".split(","),
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA "
    "WV WI WY".split()))


def _subdivision(alpha2, region):
    name = str(region or "").strip().lower()
    code = {"CA": _CANADA, "US": _STATES}.get(alpha2, {}).get(name)
    return f"{alpha2}-{code}" if code else ""


def offline_place(conf):
    """The place that the settings name; empty where they name none. ValueError for one that does not exist."""
    if conf["cloud_provider"] and conf["cloud_region"]:
        place = f"{conf['cloud_provider']}:{conf['cloud_region']}"
        try:
            open_grid(place)
        except ValueError as error:
            raise ValueError(f"cloud_provider = {conf['cloud_provider']!r}, cloud_region = {conf['cloud_region']!r}: {error}") from None
        return place
    table = countries()
    code = conf["country_iso_code"]
    if not code and conf["country"]:
        code = next((alpha3 for alpha3, (_, name) in table.items() if name.lower() == str(conf["country"]).lower()), conf["country"])
    if not code and conf["country_2letter_iso_code"]:
        code = next((alpha3 for alpha3, (alpha2, _) in table.items() if alpha2 == str(conf["country_2letter_iso_code"]).upper()), conf["country_2letter_iso_code"])
    if not code:
        if conf["region"]:
            raise ValueError(f"region = {conf['region']!r} needs country_iso_code beside it")
        return ""
    code = str(code).upper()
    if code not in table:
        raise ValueError(f"country_iso_code = {code!r} is no country; ISO 3166 codes of three letters are needed, like DNK")
    return _subdivision(table[code][0], conf["region"]) or code


def open_grid(place):
    """The grid's figure without starting to measure."""
    if _meter.factory is not _meter.Meter:
        return _meter.factory(keep=False).grid(place)
    from carbontracker import _core

    return _meter.grid_of(_core, place)


def geography(grid, region):
    """The columns of a row; empty where the place is not known. `region`: as the user names it, which goes first."""
    table = countries()
    zone = (grid.zone if grid and grid.known else "").replace("egrid:", "US-")
    by_alpha2 = {alpha2: alpha3 for alpha3, (alpha2, _) in table.items()}
    alpha3 = by_alpha2.get(zone.split("-")[0], "")
    name = table[alpha3][1] if alpha3 else ""
    region = (region or (grid.name if "-" in zone else "")) if alpha3 else ""
    return GeoMetadata(alpha3, name, (region or "").lower(), country_2letter_iso_code=zone.split("-")[0])
