#!/usr/bin/env python3
"""Writes data/cpu_models.csv and data/cpu_microarchitectures.csv.

usage: make_cpu_tables.py SHARED_DIR [OUTPUT_DIR]

SHARED_DIR/data/hardware holds the upstream lists (codecarbon/cpu_power.csv, green_algorithms/TDP_cpu.csv, ccf/*.csv).
The key of a model is its name as src/hardware/cpu_table.cpp normalises it: both must change together.
"""
import csv
import io
import pathlib
import re
import sys

# Cores per package of server parts that guests meet (a guest does not see its host's cores), from the vendors' specifications.
# Two threads a core unless listed in ONE_THREAD.
CORES = {
    "epyc": """7251 8 7261 8 7281 16 7301 16 7351 16 7351p 16 7371 16 7401 24 7401p 24 7451 24 7501 32 7551 32 7551p 32 7601 32
        7571 32 7232p 8 7252 8 7262 8 7272 12 7282 16 7302 16 7302p 16 7352 24 7402 24 7402p 24 7452 32 7502 32 7502p 32 7532 32
        7542 32 7552 48 7642 48 7662 64 7702 64 7702p 64 7742 64 7h12 64 7f32 8 7f52 16 7f72 24 7r32 48 7b12 64 7v12 64
        72f3 8 73f3 16 74f3 24 75f3 32 7313 16 7313p 16 7343 16 7373x 16 7413 24 7443 24 7443p 24 7453 28 7473x 24 7513 32
        7543 32 7543p 32 7573x 32 7643 48 7663 56 7713 64 7713p 64 7763 64 7773x 64 7r13 48 7b13 64 7v13 64 7v73x 64 7j13 64
        9124 16 9174f 16 9184x 16 9224 24 9254 24 9274f 24 9334 32 9354 32 9354p 32 9374f 32 9384x 32 9454 48 9454p 48 9474f 48
        9534 64 9554 64 9554p 64 9634 84 9654 96 9654p 96 9684x 96 9734 112 9754 128 9r14 96 9b14 96 9v74 80 9j14 96
        8024p 8 8124p 16 8224p 24 8324p 32 8434p 48 8534p 64
        9015 8 9115 16 9135 16 9175f 16 9255 24 9275f 24 9335 32 9355 32 9355p 32 9375f 32 9365 36 9455 48 9455p 48 9475f 48
        9535 64 9555 64 9555p 64 9575f 64 9565 72 9655 96 9655p 96 9745 128 9755 128 9825 144 9845 160 9965 192""",
    "xeon platinum": """8124m 18 8151 12 8160 24 8164 26 8168 24 8170 26 8175m 24 8176 28 8176m 28 8180 28 8171m 26 8173m 28
        8252c 12 8259cl 24 8260 24 8268 24 8270 26 8272cl 26 8275cl 24 8276 28 8280 28 8280l 28
        8352y 32 8358 32 8360y 36 8362 32 8368 38 8369b 32 8370c 32 8375c 32 8373c 36 8380 40 8380h 28
        8452y 36 8462y+ 32 8468 48 8470 52 8473c 52 8480+ 56 8480c 56 8481c 56 8488c 48 8490h 60
        8558 48 8562y+ 32 8568y+ 48 8570 56 8580 60 8581c 60 8581v 60 8592+ 64""",
    "xeon gold": """5115 10 5117 14 5118 12 5120 14 5122 4 5215 10 5217 8 5218 16 5218r 20 5220 18 5220r 24 5222 4 5318y 24 5317 12
        5320 26 6126 12 6130 16 6132 14 6134 8 6136 12 6138 20 6140 18 6142 16 6144 8 6146 12 6148 20 6150 18 6152 22 6154 18
        6226 12 6226r 16 6230 20 6230r 26 6234 8 6238 22 6238r 28 6240 18 6240r 24 6242 16 6242r 20 6244 8 6246 12 6246r 16
        6248 20 6248r 24 6252 24 6254 18 6258r 28 6326 16 6330 28 6334 8 6336y 24 6338 32 6338n 32 6342 24 6346 16 6348 28
        6354 18 6426y 16 6430 32 6434 8 6438y+ 32 6442y 24 6444y 16 6448y 32 6454s 32 6530 32 6538y+ 32 6548y+ 32""",
    "xeon silver": """4108 8 4110 8 4114 10 4116 12 4208 8 4210 10 4210r 10 4214 12 4214r 12 4216 16 4309y 8 4310 12 4314 16 4316 20
        4410y 12 4416+ 20 4510 12 4514y 16""",
    "xeon e5-": """2650 8 2660 8 2665 8 2670 8 2680 8 2690 8|v2 2650 8 2660 10 2670 10 2680 10 2690 10 2695 12 2697 12
        |v3 2620 6 2630 8 2640 8 2650 10 2660 10 2666 10 2670 12 2676 12 2680 12 2683 14 2690 12 2695 14 2697 14 2698 16 2699 18
        |v4 2620 8 2630 10 2640 10 2650 12 2660 14 2667 8 2673 20 2680 14 2683 16 2686 18 2687w 12 2690 14 2695 18 2696 22 2697 18
        2698 20 2699 22""",
    "xeon": "6756e 128 6766e 144 6780e 144 6787p 86 6960p 72 6972p 96 6979p 120 6980p 128 6975p-c 96",
}
ONE_THREAD = {"epyc 9r14", "xeon 6756e", "xeon 6766e", "xeon 6780e"}
# Wrong or missing TDP upstream; the value is the vendor's specification.
TDP = {"epyc 9654": 360, "epyc 9754": 360, "epyc 9965": 500, "epyc 9755": 500, "epyc 9655": 400, "xeon 6980p": 500, "xeon platinum 8480+": 350,
       "xeon platinum 8490h": 350, "xeon platinum 8592+": 350, "xeon platinum 8380": 270, "xeon platinum 8260": 165, "xeon platinum 8280": 205,
       "xeon platinum 8180": 205, "xeon gold 6230": 125, "xeon gold 6248": 150, "epyc 7742": 225, "epyc 7763": 280, "xeon 6780e": 330}

# microarchitecture, vendor, words of a hypervisor's CPU name, CPUID/MIDR ids, CCF's name, year.
# ids: vendor-family-model[..model][s stepping..stepping] for x86 (decimal, as /proc/cpuinfo prints them), arm-implementer-part (hex).
# Sources: Linux arch/x86/include/asm/intel-family.h and arch/x86/kernel/cpu/amd.c (Zen model ranges), util-linux sys-utils/lscpu-arm.c.
ARCHITECTURES = [
    ("Westmere", "intel", "nehalem westmere", "intel-6-26 intel-6-30 intel-6-37 intel-6-44 intel-6-46 intel-6-47", None, 2010),
    ("Sandy Bridge", "intel", "sandybridge", "intel-6-45", "Sandy Bridge", 2012),
    ("Sandy Bridge client", "intel", "", "intel-6-42", None, 2011),
    ("Ivy Bridge", "intel", "ivybridge", "intel-6-62", "Ivy Bridge", 2013),
    ("Ivy Bridge client", "intel", "", "intel-6-58", None, 2012),
    ("Haswell", "intel", "haswell", "intel-6-63", "Haswell", 2014),
    ("Haswell client", "intel", "", "intel-6-60 intel-6-69..70", None, 2013),
    ("Broadwell", "intel", "broadwell", "intel-6-79 intel-6-86", "Broadwell", 2016),
    ("Broadwell client", "intel", "", "intel-6-61 intel-6-71", None, 2015),
    ("Skylake", "intel", "skylake", "intel-6-85s0..4", "Skylake", 2017),
    ("Skylake client", "intel", "", "intel-6-78 intel-6-94 intel-6-142 intel-6-158 intel-6-165..166", "Coffee Lake", 2017),
    ("Cascade Lake", "intel", "cascadelake", "intel-6-85s5..9", "Cascade Lake", 2019),
    ("Cooper Lake", "intel", "cooperlake", "intel-6-85s10..15", None, 2020),
    ("Ice Lake", "intel", "icelake", "intel-6-106 intel-6-108", "Ice Lake", 2021),
    ("Ice Lake client", "intel", "", "intel-6-125..126 intel-6-140..141 intel-6-167", None, 2020),
    ("Sapphire Rapids", "intel", "sapphirerapids", "intel-6-143", "Sapphire Rapids", 2023),
    ("Emerald Rapids", "intel", "emeraldrapids", "intel-6-207", "Emerald Rapids", 2023),
    ("Granite Rapids", "intel", "graniterapids", "intel-6-173..174", "Granite Rapids", 2024),
    ("Sierra Forest", "intel", "sierraforest", "intel-6-175", None, 2024),
    ("Alder Lake", "intel", "", "intel-6-151 intel-6-154 intel-6-183 intel-6-186 intel-6-190..191", None, 2022),
    ("Meteor Lake", "intel", "", "intel-6-170 intel-6-172 intel-6-181 intel-6-189 intel-6-197..198", None, 2024),
    ("Zen", "amd", "naples", "amd-23-0..7 hygon-24-0..255", "EPYC 1st Gen", 2017),
    ("Zen client", "amd", "", "amd-23-8..47", None, 2018),
    ("Zen 2", "amd", "rome", "amd-23-48..63", "EPYC 2nd Gen", 2019),
    ("Zen 2 client", "amd", "", "amd-23-64..175", None, 2019),
    ("Zen 3", "amd", "milan", "amd-25-0..15", "EPYC 3rd Gen", 2021),
    ("Zen 3 client", "amd", "", "amd-25-32..95", None, 2021),
    ("Zen 4", "amd", "genoa", "amd-25-16..31 amd-25-160..175", "EPYC 4th Gen", 2022),
    ("Zen 4 client", "amd", "", "amd-25-96..127", None, 2022),
    ("Zen 5", "amd", "turin", "amd-26-0..31", "EPYC 5th Gen", 2024),
    ("Zen 5 client", "amd", "", "amd-26-32..127", None, 2024),
    ("Neoverse-N1", "arm", "neoverse-n1", "arm-0x41-0xd0c", None, 2020),
    ("Neoverse-V1", "arm", "neoverse-v1", "arm-0x41-0xd40", None, 2022),
    ("Neoverse-N2", "arm", "neoverse-n2", "arm-0x41-0xd49", None, 2023),
    ("Neoverse-V2", "arm", "neoverse-v2", "arm-0x41-0xd4f", None, 2024),
    ("AmpereOne", "arm", "", "arm-0xc0-0xac3 arm-0xc0-0xac4", None, 2024),
    ("A64FX", "arm", "a64fx", "arm-0x46-0x001", None, 2019),
    ("Kunpeng 920", "arm", "", "arm-0x48-0xd01", None, 2019),
    ("ThunderX2", "arm", "", "arm-0x43-0x0af arm-0x42-0x516", None, 2018),
    ("Cortex-A72", "arm", "cortex-a72", "arm-0x41-0xd08", None, 2016),
    ("Cortex-A76", "arm", "cortex-a76", "arm-0x41-0xd0b", None, 2019),
]
# TDP per thread where the model list has no member with a known thread count, from the named part's specification.
TDP_PER_THREAD = {
    "Westmere": (95 / 12, "Xeon X5650: 95 W, 12 threads"),
    "Sandy Bridge client": (95 / 8, "Core i7-2600: 95 W, 8 threads"),
    "Ivy Bridge client": (77 / 8, "Core i7-3770: 77 W, 8 threads"),
    "Haswell client": (84 / 8, "Core i7-4770: 84 W, 8 threads"),
    "Broadwell client": (65 / 8, "Core i7-5775C: 65 W, 8 threads"),
    "Skylake client": (95 / 12, "Core i7-8700K: 95 W, 12 threads"),
    "Cooper Lake": (250 / 56, "Xeon Platinum 8380H: 250 W, 56 threads"),
    "Ice Lake client": (125 / 16, "Core i9-11900K: 125 W, 16 threads"),
    "Granite Rapids": (500 / 256, "Xeon 6980P: 500 W, 256 threads"),
    "Sierra Forest": (330 / 144, "Xeon 6780E: 330 W, 144 threads"),
    "Alder Lake": (125 / 24, "Core i9-12900K: 125 W, 24 threads"),
    "Meteor Lake": (125 / 24, "Core Ultra 9 285K: 125 W, 24 threads"),
    "Zen client": (105 / 16, "Ryzen 7 2700X: 105 W, 16 threads"),
    "Zen 2 client": (105 / 24, "Ryzen 9 3900X: 105 W, 24 threads"),
    "Zen 3 client": (105 / 24, "Ryzen 9 5900X: 105 W, 24 threads"),
    "Zen 4 client": (170 / 32, "Ryzen 9 7950X: 170 W, 32 threads"),
    "Zen 5 client": (170 / 32, "Ryzen 9 9950X: 170 W, 32 threads"),
    "Neoverse-N1": (210 / 80, "Ampere Altra Q80-30: 210 W, 80 threads"),
    "Neoverse-V1": (100 / 64, "AWS Graviton3: 100 W class, 64 threads (re:Invent 2021)"),
    "Neoverse-N2": (2.2, "no part with a published TDP and core count: between Neoverse-N1 and Neoverse-V1"),
    "Neoverse-V2": (500 / 2 / 72, "NVIDIA Grace superchip: 500 W with memory, 144 threads"),
    "AmpereOne": (276 / 192, "AmpereOne A192-32X: 276 W usage power, 192 threads"),
    "A64FX": (170 / 48, "A64FX: 170 W, 48 cores"),
    "Kunpeng 920": (180 / 64, "Kunpeng 920-6426: 180 W, 64 cores"),
    "ThunderX2": (180 / 128, "ThunderX2 CN9980: 180 W, 128 threads"),
    "Cortex-A72": (6.4 / 4, "Raspberry Pi 4: 6.4 W, 4 cores (Green Algorithms TDP_cpu.csv)"),
    "Cortex-A76": (12 / 4, "Raspberry Pi 5: 12 W board, 4 cores"),
}
CCF_LISTS = {"amd-epyc-gen1": "Zen", "amd-epyc-gen2": "Zen 2", "amd-epyc-gen3": "Zen 3", "amd-epyc-gen4": "Zen 4", "amd-epyc-gen5": "Zen 5",
             "intel-broadwell": "Broadwell", "intel-cascadelake": "Cascade Lake", "intel-emeraldrapids": "Emerald Rapids",
             "intel-haswell": "Haswell", "intel-icelake": "Ice Lake", "intel-sapphirerapids": "Sapphire Rapids",
             "intel-skylake-server": "Skylake", "intel-skylake": "Skylake", "intel-ivybridge": "Ivy Bridge", "intel-sandybridge": "Sandy Bridge"}
CCF_FIX = {"EPYC 5th Gen": (0.264, 1.464)}  # upstream's row matches a 2009 Opteron too; recomputed from the EPYC results alone
FILLER = {"cpu", "processor", "apu", "intel", "amd", "genuine", "mobile", "desktop", "x-series", "gen", "generation", "0"}


def normalise(name: str) -> str:
    """The key of a name: lower case, no marks, no frequency, no core count; the model's own words in their order."""
    text = name.lower().replace("(r)", " ").replace("(tm)", " ").replace("\u00ae", " ").replace("\u2122", " ")
    text = re.sub(r"\([^)]*\)?", " ", text)
    text = re.split(r"@| with | w/|,", text)[0]
    words = []
    for word in text.split():
        if word in FILLER or re.fullmatch(r"\S+-core(s|tm)?", word) or re.fullmatch(r"\d+(th|st|nd|rd)", word):
            continue
        words.append(word)
    key = re.sub(r"^core (i\d) ", r"core \1-", " ".join(words))
    return re.sub(r"(?<=[0-9lw])v(\d)$", r" v\1", key) if key.startswith("xeon e") else key


def family_known(key: str) -> bool:
    """A bare number ("6140") names an Opteron in one list and a Xeon in another: only a key with its family counts."""
    return " " in key or bool(re.match(r"(a\d+|e[12]|fx)-", key))


def read_models(base: pathlib.Path) -> dict:
    models = {}

    def offer(name, tdp, source, vendor):
        key = normalise(name)
        if re.fullmatch(r"\d{4}( (he|se|ee))?", key) and vendor == "amd":
            key = "opteron " + key  # the list gives AMD's server parts of 2010 to 2013 by their bare number
        try:
            watts = float(tdp)
        except ValueError:
            return  # ranges such as 33.34.8
        if watts > 0 and family_known(key) and key.isascii() and key not in models:
            models[key] = {"vendor": vendor, "tdp": watts, "source": source}

    def vendor_of(name):
        return "intel" if re.search(r"intel|xeon|core i|celeron|pentium|atom", name, re.I) else \
            "arm" if re.search(r"rasp|arm|apple", name, re.I) else "amd"

    with open(base / "green_algorithms/TDP_cpu.csv", encoding="utf-8-sig") as file:
        for row in list(csv.reader(file))[2:]:
            offer(row[0].replace("AMD 7552", "AMD EPYC 7552"), row[1], "green_algorithms", vendor_of(row[0]))
    upstream = {key: model["tdp"] for key, model in models.items()}
    with open(base / "codecarbon/cpu_power.csv", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if len(row) == 2 and row["Name"]:
                key = normalise(row["Name"])
                if key in upstream:  # the larger list, copied from the vendors, wins over the hand-typed one
                    models.pop(key, None)
                    upstream.pop(key)
                offer(row["Name"], row["TDP"] or "", "codecarbon", vendor_of(row["Name"]))
    return models


def core_counts() -> dict:
    cores = {}
    for family, text in CORES.items():
        for part in text.split("|"):
            words = part.split()
            version = words.pop(0) if words and words[0].startswith("v") else ""
            for number, count in zip(words[::2], words[1::2]):
                key = family + number if family.endswith("-") else f"{family} {number}"
                cores[f"{key} {version}".strip()] = int(count)
    return cores


def ccf_architectures(base: pathlib.Path) -> dict:
    known = {}
    for name, architecture in CCF_LISTS.items():
        for line in (base / f"ccf/{name}.csv").read_text(encoding="utf-8-sig").splitlines():
            line = line.split(",")[0].strip()
            if not line:
                continue
            if not re.match(r"(?i)xeon|epyc|core|pentium|celeron", line) and re.match(r"(?i)(platinum|gold|silver|bronze|e[357]-)", line):
                line = "Xeon " + line
            key = normalise(line)
            if key.startswith(("xeon ", "epyc ")):
                known.setdefault(key, architecture)
            elif re.fullmatch(r"84\d\dc|9\d{3}[a-z]?", key) and architecture == "Sapphire Rapids":
                known.setdefault("xeon platinum " + key, architecture)
    known["xeon platinum 8481c"] = known["xeon platinum 8480c"] = known["xeon platinum 8473c"] = "Sapphire Rapids"
    known["xeon platinum 8581c"] = "Emerald Rapids"
    for number in ("7b13", "7r13", "7j13", "7v73x", "7v13"):
        known[f"epyc {number}"] = "Zen 3"
    known["epyc 7b12"] = known["epyc 7v12"] = "Zen 2"
    return known


def architecture_of(key: str, known: dict) -> str:
    """CCF's list first, then the vendors' numbering: the generation is the second digit of a Xeon Scalable, the last of an EPYC."""
    if key in known:
        return known[key]
    if match := re.match(r"xeon (?:platinum|gold|silver|bronze) \d([1-5])\d\d(\S*)", key):
        if match[1] == "3" and match[2].startswith("h"):
            return "Cooper Lake"
        return {"1": "Skylake", "2": "Cascade Lake", "3": "Ice Lake", "4": "Sapphire Rapids", "5": "Emerald Rapids"}[match[1]]
    if match := re.match(r"epyc (?:7\w\w([123])|[98]\w\w(4)|9\w\w(5))", key):
        return {"1": "Zen", "2": "Zen 2", "3": "Zen 3", "4": "Zen 4", "5": "Zen 5"}[match[1] or match[2] or match[3]]
    if match := re.match(r"xeon (?:e5-\d{4}\S*( v[234])?|e7-\d{4}\S* (v[234]))$", key):
        return {None: "Sandy Bridge", " v2": "Ivy Bridge", " v3": "Haswell", " v4": "Broadwell"}[match[1] or (match[2] and " " + match[2])]
    if match := re.match(r"xeon 6\d{3}(p|e)", key):
        return {"p": "Granite Rapids", "e": "Sierra Forest"}[match[1]]
    return ""


def write_models(models, cores, known, output) -> None:
    for key in set(cores) | set(known):
        models.setdefault(key, {"vendor": "amd" if key.startswith("epyc") else "intel", "tdp": None, "source": "ccf" if key in known else "vendor"})
    lines = io.StringIO()
    lines.write("# CPU models by normalised name: TDP and, for server parts, cores. Made by tools/make_cpu_tables.py; sources and licences: SOURCES.md\n")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["model", "vendor", "tdp_w", "cores", "threads", "microarchitecture", "source"])
    for key, model in sorted(models.items()):
        if key in TDP:
            model.update(tdp=TDP[key], source="vendor")
        count = cores.get(key)
        model["threads"] = count * (1 if key in ONE_THREAD else 2) if count else None
        if model["tdp"] is None and not count and key not in known:
            continue
        tdp = "" if model["tdp"] is None else f"{model['tdp']:g}"
        writer.writerow([key, model["vendor"], tdp, count or "", model["threads"] or "", architecture_of(key, known), model["source"]])
    (output / "cpu_models.csv").write_text(lines.getvalue(), encoding="utf-8")


def write_architectures(models, known, base, output) -> None:
    with open(base / "ccf/coefficients-aws-use.csv", encoding="utf-8-sig") as file:
        server = {row["Architecture"]: (float(row["Min Watts"]), float(row["Max Watts"])) for row in csv.DictReader(file)} | CCF_FIX
    lines = io.StringIO()
    lines.write("# Watts a thread by microarchitecture, and how to tell it. Made by tools/make_cpu_tables.py; sources and licences: SOURCES.md\n")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["microarchitecture", "vendor", "words", "ids", "tdp_w_per_thread", "idle_w_per_thread", "full_w_per_thread",
                     "server_idle_w_per_thread", "server_full_w_per_thread", "year", "source"])
    for name, vendor, words, ids, ccf, year in ARCHITECTURES:
        members = [m for key, m in models.items() if architecture_of(key, known) == name and m["tdp"] and m["threads"]]
        members = [m for m in members if 2 * m["threads"] >= max(other["threads"] for other in members)]
        if len(members) > 2:  # the large parts, weighted by threads: guests live there
            watts = sum(m["tdp"] for m in members) / sum(m["threads"] for m in members)
            source = f"sum of TDP over sum of threads of the {len(members)} largest models in cpu_models.csv"
        else:
            watts, source = TDP_PER_THREAD[name]
        idle, full = server.get(ccf, ("", ""))
        writer.writerow([name, vendor, words, ids, f"{watts:.3f}", f"{0.12 * watts:.3f}", f"{1.02 * watts:.3f}",
                         f"{idle:.3f}" if ccf else "", f"{full:.3f}" if ccf else "", year, source])
    (output / "cpu_microarchitectures.csv").write_text(lines.getvalue(), encoding="utf-8")


def main() -> None:
    base = pathlib.Path(sys.argv[1]) / "data/hardware"
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(__file__).resolve().parent.parent / "data"
    models, known = read_models(base), ccf_architectures(base)
    write_models(models, core_counts(), known, output)
    write_architectures(models, known, base, output)


if __name__ == "__main__":
    main()
