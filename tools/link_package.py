#!/usr/bin/env python3
"""Links every file of a Python package into another directory, and removes links whose file is gone.

usage: link_package.py PACKAGE DIRECTORY
"""
import pathlib
import sys


def link(package, into):
    for old in into.rglob("*"):
        if old.is_symlink() and not old.exists():
            old.unlink()
    for file in package.rglob("*"):
        if file.is_dir() or "__pycache__" in file.parts:
            continue
        place = into / file.relative_to(package)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.is_symlink():
            place.symlink_to(file)


if __name__ == "__main__":
    link(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
