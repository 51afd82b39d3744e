"""egrid_polygons.csv and country_polygons.csv: thinned outlines, for a place given as latitude and longitude."""
import json
import math
import pathlib

from .common import write

Ring = list[tuple[float, float]]  # (longitude, latitude) in degrees


def distance_to_chord(point, start, end) -> float:
    """In degrees of latitude; longitudes are shortened by the cosine of the latitude."""
    squeeze = math.cos(math.radians(start[1]))
    px, py = (point[0] - start[0]) * squeeze, point[1] - start[1]
    dx, dy = (end[0] - start[0]) * squeeze, end[1] - start[1]
    length = dx * dx + dy * dy
    along = max(0.0, min(1.0, (px * dx + py * dy) / length)) if length else 0.0
    return math.hypot(px - along * dx, py - along * dy)


def thin(ring: Ring, tolerance: float) -> Ring:
    """Douglas-Peucker, without recursion."""
    keep, stack = {0, len(ring) - 1}, [(0, len(ring) - 1)]
    while stack:
        first, last = stack.pop()
        inner = range(first + 1, last)
        if not inner:
            continue
        far = max(inner, key=lambda i: distance_to_chord(ring[i], ring[first], ring[last]))
        if distance_to_chord(ring[far], ring[first], ring[last]) > tolerance:
            keep.add(far)
            stack += [(first, far), (far, last)]
    return [ring[i] for i in sorted(keep)]


def hundredths(ring: Ring) -> list[tuple[int, int]]:
    points = [(round(lon * 100), round(lat * 100)) for lon, lat in ring]
    return [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]


def rows_of(key: str, rings: list[Ring], tolerance: float, smallest: float) -> list[list]:
    rows = []
    for ring in rings:
        points = hundredths(thin(ring, tolerance))
        if len(points) < 4:
            if len(rings) > 1 or smallest == 0:
                continue
            points = hundredths(ring)  # a country that is one small island stays
        lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
        if max(max(lons) - min(lons), max(lats) - min(lats)) < smallest * 100 and len(rings) > 1:
            continue
        rows.append([key, min(lons), min(lats), max(lons), max(lats), " ".join(f"{lon} {lat}" for lon, lat in points)])
    return rows


COLUMNS = ["key", "west", "south", "east", "north", "points"]


def egrid(shared: pathlib.Path, out: pathlib.Path) -> None:
    features = json.loads((shared / "epa_egrid2023_subregions_states.geojson").read_text(encoding="utf-8"))["features"]
    rows = []
    for feature in features:
        geometry = feature["geometry"]
        if feature["properties"].get("type") != "subregion" or not geometry:
            continue
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings = [[tuple(point[:2]) for point in ring] for polygon in polygons for ring in polygon]
        rows += rows_of(feature["properties"]["name"], rings, 0.01, 0.05)
    write(out / "egrid_polygons.csv", "Outlines of the eGRID2023 subregions; hundredths of a degree, longitude first; even-odd rule over the rows of a key.",
          COLUMNS, rows)


def arcs_of(topology: dict) -> list[Ring]:
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    decoded = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
        decoded.append(line)
    return decoded


def ring_of(indices: list[int], arcs: list[Ring]) -> Ring:
    ring: Ring = []
    for index in indices:
        line = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring += line if not ring else line[1:]
    return ring


def countries(atlas: pathlib.Path, iso_codes: pathlib.Path, out: pathlib.Path) -> None:
    """`atlas`: countries-50m.json of the npm package world-atlas 2.0.2 (Natural Earth); `iso_codes`: iso_3166-1.json of Debian's iso-codes."""
    numeric = {entry["numeric"]: entry["alpha_2"] for entry in json.loads(iso_codes.read_text(encoding="utf-8"))["3166-1"]}
    topology = json.loads(atlas.read_text(encoding="utf-8"))
    arcs, rows = arcs_of(topology), []
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = numeric.get(geometry.get("id", ""), "XK" if geometry["properties"]["name"] == "Kosovo" else "")
        if not code or code == "AQ" or not geometry.get("arcs"):
            continue
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        rings = [ring_of(ring, arcs) for polygon in polygons for ring in polygon]
        rows += rows_of(code, rings, 0.05, 0.2)
    write(out / "country_polygons.csv", "Outlines of the countries (Natural Earth 1:50m, thinned); hundredths of a degree, longitude first; even-odd rule over the rows of a key.",
          COLUMNS, sorted(rows, key=lambda row: row[0]))
