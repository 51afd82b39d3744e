"""Reading the inputs, writing our tables: CSV with LF ends, a comment line first, rows in a fixed order."""
import csv
import io
import pathlib


def read(path: pathlib.Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: pathlib.Path, comment: str, columns: list[str], rows: list[list]) -> None:
    text = io.StringIO()
    text.write(f"# {comment} Made by tools/make_tables.py; sources and licences: SOURCES.md\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def figure(value: float) -> str:
    """A figure with as many decimals as it deserves: tenths of a gram."""
    return f"{value:.1f}"


def percentile(values: list[float], share: float) -> float:
    """Linear interpolation between the order statistics."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])
