"""What the README shows is what the program prints: its commands and options exist, and its output has the lines shown."""
import os
import pathlib
import re
import subprocess

TREE = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get("CARBONTRACKER_PROGRAM", str(TREE / "build" / "release" / "carbontracker"))
README = (TREE / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.S)
VERBS = {"run", "report", "predict", "forecast", "intensity", "plan", "advise", "sources", "rename", "delete", "prune", "import", "man", "completions"}


def commands():
    return [line[2:].split("#")[0].strip() for block in BLOCKS for line in block.splitlines() if line.startswith("$ carbontracker")]


def call(*words, home, **environment):
    env = {**os.environ, "CARBONTRACKER_HOME": str(home), **environment}
    return subprocess.run([PROGRAM, *words], env=env, capture_output=True, text=True, timeout=120)


def label(line):
    return re.split(r"  |\s\d", line)[0].strip()


def block_of(command):
    return next(block.splitlines()[1:] for block in BLOCKS if block.startswith("$ " + command))


def test_every_verb_and_option_shown_exists(tmp_path):
    assert len(commands()) >= 8
    for command in commands():
        words = command.split()
        verb = words[1] if words[1] in VERBS else "run"
        shown = call(verb, "--help", home=tmp_path).stdout
        assert shown, verb
        ours = command.split(" -- ")[0] if verb == "run" else command
        for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", ours):
            assert option in shown, f"{option} of: {command}"


def test_the_summary_has_the_lines_that_the_readme_shows(tmp_path):
    script = "for i in 1 2 3; do echo epoch $i/3 loss 0.1; done"
    ran = call("run", "--place", "DK", "--name", "digits", "--", "sh", "-c", script, home=tmp_path,
               CARBONTRACKER_SYNTHETIC="package-0=const:900 dram-0=const:900")
    printed = {label(line) for line in ran.stderr.splitlines()}
    readme = {label(line) for line in block_of("carbontracker run --place DK --name digits") if not line.startswith(("epoch", "trained"))}
    assert {"digits", "energy", "this run", "carbon", "forecast"} <= readme
    assert readme - printed <= {"no data", "equals"}  # a synthetic machine lacks nothing, and this run is over in a moment


def test_the_comparison_has_the_rows_that_the_readme_shows(tmp_path):
    for name in ("digits", "narrow"):
        call("run", "--place", "DK", "--name", name, "--", "true", home=tmp_path)
    printed = call("report", "digits", "narrow", home=tmp_path).stdout
    assert [line.split()[0] for line in printed.splitlines()] == [line.split()[0] for line in block_of("carbontracker report digits narrow")]
