#!/usr/bin/env python3
"""Writes a C++ source that holds the given CSV files as text, for src/data/tables.h.

usage: embed_tables.py OUTPUT.cpp TABLE.csv...
"""
import pathlib
import sys

CHUNK = 8000  # characters; compilers need not take longer string literals than 64 KiB, and short ones compile faster


def literal(text: str) -> str:
    parts = [text[i:i + CHUNK] for i in range(0, len(text), CHUNK)] or [""]
    return "\n".join(f'R"~~~({part})~~~"' for part in parts)


def main() -> None:
    output = pathlib.Path(sys.argv[1])
    tables = sorted(pathlib.Path(name) for name in sys.argv[2:])
    lines = ['#include "data/tables.h"', "", "namespace carbontracker {", "namespace {"]
    for table in tables:
        lines.append(f"constexpr char k_{table.stem}[] = {literal(table.read_text(encoding='utf-8'))};")
    lines += ["}  // namespace", "", "std::string_view table_text([[maybe_unused]] std::string_view name) {"]
    lines += [f'  if (name == "{table.stem}") return {{k_{table.stem}, sizeof k_{table.stem} - 1}};' for table in tables]
    lines += ["  return {};", "}", "", "}  // namespace carbontracker", ""]
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
