"""The Python tool's command line as the native program hands it over, on the real core. Golden outputs; figures are set apart."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

TREE = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("CARBONTRACKER_PROGRAM", str(TREE / "build" / "python" / "carbontracker"))

RAN = """\
CarbonTracker: The following components were found: GPU with device(s) gpu0. CPU with device(s) package-0.
{child}CarbonTracker: Average carbon intensity during training was # gCO2eq/kWh. 
CarbonTracker: 
Actual consumption:
\tTime:\t0:00:00
\tEnergy:\t# kWh
\tCO2eq:\t# g
\tThis is equivalent to:
\t# km travelled by car
CarbonTracker: Finished monitoring.
"""


@pytest.fixture
def old(machine):
    def run(*words, path=None, **env):
        path = path or f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
        return subprocess.run([PROGRAM, *map(str, words)], cwd=machine, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
                              env={**os.environ, "PATH": path, "CARBONTRACKER_SYNTHETIC": "gpu0=const:300 package-0=const:90", **env})
    return run


def masked(text):
    return re.sub(r"[\d.]+(?= gCO2eq/kWh|\skWh$|\sg$|\skm travelled)", "#", text, flags=re.M)


def test_log_dir_measures_the_command_and_writes_the_logs(old, machine):
    done = old("--log_dir=runs", sys.executable, "-c", "import time; time.sleep(0.2); print('child', flush=True)", "--log_dir", "its own", "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert masked(done.stdout).replace("child\n", "") == RAN.format(child="")
    assert sorted(re.sub(r"^\d+\.\d+_\d{4}-\d\d-\d\dT\d{6}Z", "*", path.name) for path in (machine / "runs").iterdir()) == [
        "*_carbontracker.log", "*_carbontracker_output.log"]


def test_the_run_is_in_the_store_under_the_scripts_name(old, machine, stored):
    (machine / "train.py").write_text("pass")
    assert old("--log_dir", "l", sys.executable, "train.py").returncode == 0
    assert [run["run"]["name"] for run in stored()] == ["train.py"]


def test_A33_the_logs_are_in_logs_unless_told_otherwise(old, machine):
    done = old("--api_keys", "{'electricitymaps': None}", "true")
    assert done.returncode == 0, done.stderr
    assert len(list((machine / "logs").glob("*_carbontracker.log"))) == 1


@pytest.mark.parametrize("command, code", [(("sh", "-c", "exit 3"), 3), (("no-such-program",), 127), (("/etc/passwd",), 126), (("sh", "-c", "kill -9 $$"), 137)])
def test_the_exit_code_is_the_commands(old, command, code):
    assert old("--log_dir", "l", "--", *command).returncode == code


def test_a_signal_to_the_tool_reaches_the_command(machine, old):
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    child = subprocess.Popen([PROGRAM, "--log_dir", "l", "sh", "-c", "trap 'exit 9' TERM; echo on; while :; do sleep 0.05; done"], cwd=machine,
                             env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, text=True)
    while "on\n" not in child.stdout.readline():
        pass
    time.sleep(0.1)
    child.send_signal(signal.SIGTERM)
    assert child.wait(20) == 9
    child.stdout.close()


def test_parse_prints_its_sentence(old, machine):
    logs = machine / "logs"
    logs.mkdir()
    (logs / "1.1_x_carbontracker.log").write_text("2024-05-01 10:00:00 - carbontracker version 2.0.0\n2024-05-01 10:00:10 - Epoch 1:\n2024-05-01 10:00:10 - Duration: 0:00:10.00\n")
    (logs / "1.1_x_carbontracker_output.log").write_text(
        "2024-05-01 10:00:10 - CarbonTracker: \nActual consumption for 1 epoch(s):\n\tTime:\t0:00:10\n\tEnergy:\t0.250000000000 kWh\n\tCO2eq:\t50.000000000000 g\n"
        "\tThis is equivalent to:\n\t0.468164794007 km travelled by car\n")
    done = old("--parse", "logs")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("The training of models in this work is estimated to use 0.2500000000000000 kWh of electricity contributing to 0.0500000000000000 kg of CO2eq. "
                           "This is equivalent to 0.4681647940070000 km travelled by car. Measured by carbontracker (https://github.com/lfwa/carbontracker).\n")


def test_report_writes_the_pdf(old, machine):
    assert old("--log_dir", "l", "sleep", "0.1").returncode == 0
    [log] = (machine / "l").glob("*_carbontracker.log")
    done = old("--output", "r.pdf", "--report", log)
    assert (done.returncode, done.stdout) == (0, f"carbontracker: report written to {machine / 'r.pdf'}\n"), done.stderr
    assert (machine / "r.pdf").read_bytes().startswith(b"%PDF-1.4")
    assert old("--report", log).returncode == 0 and (machine / "carbon_report.pdf").exists()
    missing = old("--report", "none.log")
    assert missing.returncode == 1 and "none.log" in missing.stderr and missing.stdout == ""


def test_pretended_devices(old):
    done = old("--sim-cpu", "Ideal", "--sim-cpu-tdp", "100", "--sim-cpu-util", "1", "--sim-gpu", "Big", "--sim-gpu-watts=400", "--log_dir", "l", "sleep", "0.2")
    assert done.returncode == 0, done.stderr
    assert "GPU with device(s) Big. CPU with device(s) Ideal." in done.stdout


@pytest.mark.parametrize("words, told", [(("--sim-cpu-tdp", "many", "true"), "--sim-cpu-tdp: 'many' is not a number"), (("--log_dir",), "--log_dir needs a value"),
                                         (("--log_dir", "l"), "no command was given"), (("--log_dir", "l", "--nonsense", "true"), "unknown option --nonsense"),
                                         (("--api_keys", "{", "true"), "--api_keys is a dict")])
def test_wrong_usage_is_told(old, words, told):
    done = old(*words)
    assert done.returncode == 2 and told in done.stderr and "usage: carbontracker" in done.stderr


def test_without_the_package_it_says_what_to_do(old, machine):
    (machine / "bin").mkdir()
    (machine / "bin" / "python3").symlink_to(sys.executable)
    for words, code in ((("--log_dir", "l", "true"), 125), (("--parse", "l"), 1)):
        done = old(*words, path=str(machine / "bin"), PYTHONPATH="", PYTHONHOME="")
        if "usage" in done.stdout or done.returncode == 0:
            pytest.fail("an interpreter beside the program has the package")
        assert done.returncode == code and "pip install carbontracker" in done.stderr and words[0] in done.stderr


def test_under_the_wrapper_the_old_command_line_tells_it_and_measures_nothing(machine, stored):
    done = subprocess.run([PROGRAM, "run", "--", PROGRAM, "--log_dir", "l", "sleep", "0.3"], cwd=machine, capture_output=True, text=True, timeout=120,
                          env={**os.environ, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}", "CARBONTRACKER_SYNTHETIC": "package-0=const:90", "CARBONTRACKER_PUE": "1"})
    assert done.returncode == 0 and "stands after the command" not in done.stderr
    [run] = stored()
    assert [region["name"] for region in run["regions"]] == ["epoch 1"]
    kwh = float(re.search(r"Energy:\t([\d.]+) kWh", done.stdout)[1])
    assert kwh * 3.6e6 == pytest.approx(run["regions"][0]["joules"], rel=0.05)


# --- the plain spelling: the native program measures, and leaves the tool's logs ---

def test_the_plain_spelling_leaves_logs_that_the_parser_reads(old, machine, stored):
    done = old(sys.executable, "-c", "import time; time.sleep(0.4); print('child')", CARBONTRACKER_PLACE="DK")
    assert (done.returncode, done.stdout) == (0, "child\n") and "energy" in done.stderr
    names = sorted(path.name for path in (machine / "logs").iterdir())
    assert [re.sub(r"^\d+\.\d{1,6}_\d{4}-\d\d-\d\dT\d{6}Z", "*", name) for name in names] == ["*_carbontracker.log", "*_carbontracker_output.log"]
    from carbontracker import parser
    [log] = parser.parse_all_logs(machine / "logs")
    [run] = stored()
    assert log["actual"]["epochs"] == 1 and log["pred"] is None and not log["early_stop"]
    assert log["actual"]["energy (kWh)"] * 3.6e6 == pytest.approx(1.58 * run["energy"]["total"]["joules"], rel=1e-6)  # the PUE that its logs state
    assert log["actual"]["co2eq (g)"] == pytest.approx(log["actual"]["energy (kWh)"] * run["carbon"]["intensity_g_per_kwh"], rel=1e-6)
    assert log["actual"]["equivalents"] == {"km travelled by car": pytest.approx(log["actual"]["co2eq (g)"] / 106.8, rel=1e-6)}
    assert log["components"]["gpu"]["avg_power_usages (W)"][0][0] == pytest.approx(300, rel=0.02) and log["components"]["gpu"]["devices"] == ["gpu0"]
    assert log["components"]["cpu"]["avg_power_usages (W)"][0][0] == pytest.approx(90, rel=0.02)
    assert log["components"]["cpu"]["epoch_durations (s)"][0] == pytest.approx(run["run"]["duration_s"], abs=0.02)


def test_the_plain_spellings_logs_have_the_lines_of_the_package(old, machine):
    """The same command by both ways: the same lines, but for figures and stamps."""
    for words in ((), ("--log_dir", "other")):
        assert old(*words, "sleep", "0.2", CARBONTRACKER_PLACE="DK", CARBONTRACKER_PUE="1.2").returncode == 0

    def lines(folder, end):
        [path] = (machine / folder).glob(end)
        return [re.sub(r"\d+\.\d+", "#", re.sub(r"^[\d-]+ [\d:]+ - ", "", line)) for line in path.read_text().splitlines()]
    for end in ("*_carbontracker.log", "*_output.log"):
        assert lines("logs", end) == lines("other", end)


def test_the_plain_spellings_logs_with_several_devices_and_with_none(old, machine):
    assert old("sleep", "0.2", CARBONTRACKER_SYNTHETIC="gpu0=const:100 gpu1=const:200 package-0=const:50 dram-0=const:10").returncode == 0
    from carbontracker import parser
    [log] = parser.parse_all_logs(machine / "logs")
    assert log["components"]["gpu"]["avg_power_usages (W)"][0] == pytest.approx([100, 200], rel=0.05)
    assert log["components"]["cpu"]["avg_power_usages (W)"][0] == pytest.approx([60], rel=0.05)  # memory is part of its processor


@pytest.mark.parametrize("words", [("run", "--", "true"), ("run", "true"), ("--epochs", "3", "true")])
def test_other_spellings_leave_no_logs(old, machine, words):
    assert old(*words).returncode == 0
    assert not (machine / "logs").exists()


def test_a_folder_for_the_plain_spellings_logs_that_cannot_be_made_is_said(old, machine):
    (machine / "logs").write_text("a file of the user's")
    done = old("sh", "-c", "exit 3")
    assert done.returncode == 3 and "./logs" in done.stderr and (machine / "logs").read_text() == "a file of the user's"


def test_a_plain_command_that_is_not_there_leaves_no_logs(old, machine):
    assert old("no-such-program").returncode == 127
    assert not (machine / "logs").exists()
