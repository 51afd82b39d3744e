#!/usr/bin/env python3
"""Checks that the sources include downwards only.

A file in src/FOLDER may include its own folder, folders of a lower rank, and the public headers; a public header
includes public headers alone. A third-party header is included in the sources of the one folder that may have it, and
in no header of ours.

usage: check_layers.py [SOURCE_TREE]       prints one line for each fault; exits with 1 if there is any
"""
import pathlib
import re
import sys

RANKS = {
    "base": 0,
    "data": 1, "net": 1, "launch": 1,
    "hardware": 2, "progress": 2,
    "metering": 3,
    "carbon": 4, "prediction": 4, "storage": 4,
    "advice": 5,
    "report": 6,
    "tracker": 7,
    "web": 8, "agent": 8, "cli": 8,
}
ANYWHERE = set(RANKS)

# What the header's path begins with -> the folders whose .cpp files may include it.
THIRD_PARTY = {
    "fmt/": ANYWHERE,
    "nlohmann/": ANYWHERE,
    "CLI/": {"cli"},
    "toml++/": {"cli"},
    "sqlite3.h": {"storage"},
    "pqxx/": {"storage"},
    "libpq-fe.h": {"storage"},
    "curl/": {"net"},
    "httplib.h": {"web"},
    "prometheus/": {"web"},
    "Eigen/": {"carbon", "prediction"},
    "date/": {"carbon"},
    "ncurses.h": {"cli"},
    "notcurses/": {"cli"},
}
# A header with a folder or an extension is the operating system's if it begins like this; the C++ library's have neither.
SYSTEM = re.compile(r"(sys|linux|asm|net|netinet|arpa)/|[a-z0-9_]+\.h$")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def third_party(path):
    """The folders that may include this header, or None if it is not a third party's."""
    return next((folders for start, folders in THIRD_PARTY.items() if path.startswith(start)), None)


def fault_of_ours(folder, path):
    """What is wrong with including `path`, a header of this tree, from `folder` (None: the public headers)."""
    target = path.split("/")[0]
    if target == "carbontracker":
        return None
    if folder is None:
        return "a public header includes public headers alone"
    if target not in RANKS:
        return f'no folder "{target}" has a rank; add it to tools/check_layers.py or write a system header with <>'
    if target != folder and RANKS[target] >= RANKS[folder]:
        return f"{folder} (rank {RANKS[folder]}) may not see {target} (rank {RANKS[target]})"
    return None


def fault_of_others(folder, is_header, path):
    """What is wrong with including `path`, a header that is not of this tree."""
    folders = third_party(path)
    if folders is None:
        known = "/" not in path and "." not in path or SYSTEM.match(path)
        return None if known else "a third party that tools/check_layers.py does not know"
    if is_header:
        return "a third party's header in a header of ours"
    if folder not in folders:
        return f"only {', '.join(sorted(folders))} may include it"
    return None


def is_ours(tree, quote, path):
    if third_party(path) is not None:
        return False
    return quote == '"' or (tree / "include" / path).exists() or (tree / "src" / path).exists()


def faults_of(tree, file):
    """(line, header, what is wrong) for each faulty include of a file."""
    relative = file.relative_to(tree)
    folder = relative.parts[1] if relative.parts[0] == "src" else None
    if folder is not None and folder not in RANKS:
        yield 1, relative.name, f'the folder "{folder}" has no rank in tools/check_layers.py'
        return
    text = COMMENT.sub(lambda found: "\n" * found.group().count("\n"), file.read_text(encoding="utf-8"))
    for found in INCLUDE.finditer(text):
        quote, path = found.groups()
        if is_ours(tree, quote, path):
            wrong = fault_of_ours(folder, path)
        else:
            wrong = fault_of_others(folder, file.suffix == ".h", path)
        if wrong:
            yield text.count("\n", 0, found.start()) + 1, path, wrong


def check(tree):
    """All faults of a tree, as printable lines, and the number of files that were read."""
    files = sorted(file for top in ("src", "include") for kind in ("*.h", "*.cpp") for file in (tree / top).rglob(kind))
    lines = [f"{file.relative_to(tree)}:{line}: {path}: {wrong}" for file in files for line, path, wrong in faults_of(tree, file)]
    return lines, len(files)


def main():
    tree = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    faults, files = check(tree)
    for line in faults:
        print(line)
    if files == 0:
        print(f"{tree}: no sources in src/ or include/")
    print(f"{files} files, {len(faults)} faults")
    return 1 if faults or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
