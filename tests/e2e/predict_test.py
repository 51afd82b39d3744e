"""carbontracker predict: figures that were published, what is assumed, an earlier run scaled, a command that is probed."""
import json
import os
import subprocess

import pytest

KEYS = {"joules", "low", "high", "facility_joules", "seconds", "seconds_low", "seconds_high", "grams", "assumptions"}


def predicted(ct, *words, **how):
    done = ct("predict", "--format", "json", *words, **how)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert KEYS <= set(told) and all(set(each) == {"what", "value", "from"} for each in told["assumptions"])
    return told


def assumed(told):
    return {each["what"]: each for each in told["assumptions"]}


def test_the_2020_papers_gpt3_comes_out_of_its_inputs(ct):
    """Anthony, Kanding, Selvan 2020: about 190,000 kWh, 85 t, 700,000 km, 126 Danish homes for a year."""
    told = predicted(ct, "--flops", "3.14e23", "--flops-per-second", "130e12", "--watts", "250", "--pue", "1.125", "--intensity", "449.06", "--equivalents", "2020")
    assert told["facility_joules"] / 3.6e6 == pytest.approx(190_000, rel=0.01)
    assert told["grams"] / 1e6 == pytest.approx(85, rel=0.01)
    km, homes = (each["value"] for each in told["equivalents"])
    assert km == pytest.approx(700_000, rel=0.01) and homes == pytest.approx(126, rel=0.01)
    assert told["low"] == told["joules"] == told["high"]


def test_pattersons_gpt3_comes_out_of_his(ct):
    told = predicted(ct, "--flops", "3.14e23", "--flops-per-second", "24.6e12", "--watts", "330", "--pue", "1.1", "--intensity", "429", "--count", "10000")
    assert told["facility_joules"] / 3.6e9 == pytest.approx(1287, rel=0.001)
    assert told["grams"] / 1e6 == pytest.approx(552, rel=0.001)
    assert told["seconds"] / 86400 == pytest.approx(14.8, rel=0.01)


def test_what_was_not_told_is_said_and_what_was_is_not(ct):
    told = assumed(predicted(ct, "--gpu", "h100-sxm", "--count", "8", "--hours", "24", "--place", "DK"))
    assert {"power of one h100-sxm", "host for each", "PUE", "grid"} == set(told)
    assert "not told" in told["PUE"]["from"]
    told = assumed(predicted(ct, "--watts", "800", "--hours", "24", "--pue", "1", "--intensity", "100"))
    assert told == {}


@pytest.mark.parametrize("words, named", [
    (("--hours", "0"), "--hours"), (("--hours", "-1"), "--hours"), (("--hours", "nan"), "--hours"), (("--hours", "inf"), "--hours"), (("--hours", "1e308"), "--hours"), (("--hours", "ten"), "--hours"),
    (("--hours", "1", "--count", "0"), "--count"), (("--hours", "1", "--count", "-8"), "--count"), (("--flops", "1e20", "--mfu", "0"), "--mfu"), (("--flops", "1e20", "--mfu", "1.5"), "--mfu"),
    (("--flops", "1e20", "--mfu", "nan"), "--mfu"), (("--hours", "1", "--pue", "0.9"), "--pue"), (("--hours", "1", "--intensity", "-1"), "--intensity"), (("--hours", "1", "--flops", "1e20"), "--flops"),
    (("--hours", "1e299", "--count", "1e299"), "more than a number can hold"), (("--params", "7e9"), "--tokens"), (("--flops", "1e20", "--precision", "fp8"), "fp8")])
def test_values_that_make_no_sense_are_named(ct, words, named):
    done = ct("predict", "--gpu", "a100", *words)
    assert done.returncode == 2 and named in done.stderr and done.stdout == "", done.stderr


def test_a_gpu_that_is_not_known_brings_those_that_come_near(ct):
    done = ct("predict", "--gpu", "h101", "--hours", "1")
    assert done.returncode == 2 and "no accelerator is called h101" in done.stderr and "h100-sxm" in done.stderr and "--watts" in done.stderr


WIDE = {"CARBONTRACKER_SYNTHETIC": "gpu0=const:300 gpu1=const:300 package-0=const:100"}
FOUR = "for i in 1 2 3 4; do sleep 0.4; echo epoch $i/4 loss 0.5; done"


def test_an_earlier_run_is_scaled_by_epochs_and_gpus(ct):
    report = ct.measured("--name", "wide", "--place", "DK", "--pue", "1.2", "--", "sh", "-c", FOUR, env=WIDE)
    joules, seconds = report["energy"]["total"]["joules"], report["run"]["duration_s"]
    told = predicted(ct, "--like", "wide", "--scale", "epochs=100,gpus=4")
    # 25 times the epochs; twice the GPUs: their energy (600 of 700 W) stays, the rest halves with the time
    assert told["joules"] == pytest.approx(joules * 25 * (600 + 100 / 2) / 700, rel=0.01)
    assert told["seconds"] == pytest.approx(seconds * 25 / 2, rel=1e-6)
    assert told["high"] > 1.3 * told["joules"] > told["joules"] > told["low"]
    assert told["facility_joules"] == pytest.approx(1.2 * told["joules"])  # as that run's site
    said = assumed(told)
    assert "without loss" in said["GPUs"]["from"] and said["GPUs"]["value"] == "4.00 instead of 2" and said["epochs"]["value"] == "100 instead of 4.00"
    assert said["PUE"]["value"] == "1.20" and "of that run" in said["PUE"]["from"] and "Denmark" in said["grid"]["value"]
    assert predicted(ct, "--like", "wide", "--scale", "epochs=8")["seconds"] == pytest.approx(2 * seconds, rel=1e-6)


@pytest.mark.parametrize("scale", ["epochs=0", "epochs=-1", "gpus=0", "gpus=1.5", "batch=64", "epochs", "epochs=1,epochs=2", "epochs=nan", "epochs=1e308"])
def test_a_scale_that_makes_no_sense_is_named(ct, scale):
    ct("run", "-q", "--name", "wide", "--", "sh", "-c", FOUR, env=WIDE)
    done = ct("predict", "--like", "wide", "--scale", scale)
    assert done.returncode == 2 and "--scale" in done.stderr and "epochs=100,gpus=4" in done.stderr


def test_a_run_that_tells_too_little_is_not_scaled_by_it(ct):
    ct("run", "-q", "--name", "bare", "--", "sleep", "0.3")
    for scale, named in (("epochs=100", "tells no epochs"), ("gpus=4", "shows no GPU"), ("steps=9", "tells no steps")):
        done = ct("predict", "--like", "bare", "--scale", scale)
        assert done.returncode == 1 and named in done.stderr
    ct("run", "-q", "--name", "failed", "--", "sh", "-c", "sleep 0.3; exit 3")
    done = ct("predict", "--like", "failed")
    assert done.returncode == 1 and "failed with exit code 3 and has no forecast of the whole" in done.stderr


def left_running(word):
    return subprocess.run(["pgrep", "-f", word], stdout=subprocess.PIPE, text=True, check=False).stdout.split()


def test_a_probe_counts_the_steps_within_epochs_and_stops_the_command(ct):
    """Ten steps of 0.05 s an epoch, a line at every second: 20 steps are the second epoch's end, and a fraction of the thousand epochs."""
    marker = f"probe-{os.getpid()}"
    code = (f"import time  # {marker}\nfor e in range(1000):\n  for s in range(10):\n    time.sleep(0.05)\n"
            "    if s % 2: print(f'Epoch [{e + 1}/1000], Step [{s + 1}/10], Loss: 0.5', flush=True)")
    done = ct("predict", "--place", "DK", "--format", "json", "--probe", "20", "--", "python3", "-c", code)
    told = json.loads(done.stdout)
    assert told["seconds"] == pytest.approx(1000 * 10 * 0.05, rel=0.25) and told["low"] < told["joules"] < told["high"]
    assert done.stderr.count("Epoch [3/1000]") <= 3 and "Epoch [2/1000], Step [10/10]" in done.stderr  # the output is stderr's
    assert left_running(marker) == []


def test_a_command_that_ends_before_the_probe_has_told_its_whole(ct):
    told = predicted(ct, "--probe", "200", "--", "sh", "-c", "for i in 1 2 3; do sleep 0.4; echo epoch $i/3 loss 0.5; done; sleep 0.4")
    assert told["joules"] == told["low"] == told["high"] == pytest.approx(160, rel=0.1)  # 1.6 s of 100 W, with what came after the last epoch
    assert "measured to its end" in assumed(told)
    told = predicted(ct, "--probe", "200", "--", "sh", "-c", "for i in 1 2 3; do sleep 0.4; echo epoch $i/10 loss 0.5; done; exit 7")
    assert assumed(told)["the command failed before it was stopped"]["from"] == "exit code 7"


@pytest.mark.parametrize("script, code", [("exit 7", 7), ("sleep 0.3", 0), ("echo nothing of note; exit 3", 3)])
def test_a_command_that_tells_nothing_has_no_forecast(ct, script, code):
    done = ct("predict", "--probe", "200", "--", "sh", "-c", script)
    assert done.returncode == 1 and "no forecast" in done.stderr and f"exit code {code}" in done.stderr and done.stdout == ""


def test_a_probed_command_that_heeds_no_sigterm_is_killed_with_all_it_started(ct):
    marker = f"71{os.getpid()}"
    script = f"trap '' TERM; sleep {marker} & i=0; while :; do i=$((i + 1)); echo epoch $i/1000 loss 0.5; sleep 0.1; done"
    told = predicted(ct, "--probe", "5", "--", "sh", "-c", script)
    assert told["seconds"] > 50
    assert left_running(f"sleep {marker}") == []


def test_a_program_that_is_not_there_is_wrong_usage(ct):
    done = ct("predict", "--probe", "5", "--", "no-such-program")
    assert done.returncode == 2 and "not found" in done.stderr


def test_the_range_of_the_grams_is_that_of_energy_and_grid(ct):
    """100 W for 10 h is 1 kWh; Denmark's 114.4 g/kWh (62.3 to 165.0, data/grid_countries.csv) alone leaves it open."""
    told = predicted(ct, "--watts", "100", "--hours", "10", "--place", "DK")
    assert told["grams"] == pytest.approx(114.4, rel=1e-3) and told["grams_low"] == pytest.approx(62.3, rel=1e-3) and told["grams_high"] == pytest.approx(165.0, rel=1e-3)
    assert "carbon     114 g CO2e (62.3 g to 165 g) at 114 g/kWh" in ct("predict", "--watts", "100", "--hours", "10", "--place", "DK").stdout
    exact = predicted(ct, "--watts", "100", "--hours", "10", "--intensity", "300g", "--pue", "1.5")
    assert exact["grams_low"] == pytest.approx(450) and exact["grams_high"] == pytest.approx(450)
