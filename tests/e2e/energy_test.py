"""Energy that is known beforehand: declared waveforms, scripted GPUs behind the real loader, and a fake machine's counters."""
import os
import re
import threading
import time

import pytest


def total(report):
    return report["energy"]["total"]


def channel(report, name):
    found = [c for c in report["energy"]["channels"] if c["name"] == name]
    assert found, [c["name"] for c in report["energy"]["channels"]]
    return found[0]


def headline(report):
    return [c for c in report["energy"]["channels"] if c["counted"]]


def assert_holds(energy, truth, tolerance=0.02):
    assert energy["joules"] == pytest.approx(truth, rel=tolerance)
    assert energy["low"] <= truth * (1 + 1e-3) and truth * (1 - 1e-3) <= energy["high"]


def test_constant_power_is_power_times_time(ct):
    report = ct.measured("--", "sleep", "1", env={"CARBONTRACKER_SYNTHETIC": "gpu0=const:300 package-0=const:90 dram-0=const:10"})
    seconds = report["run"]["duration_s"]
    for name, watts in (("gpu0", 300), ("package-0", 90), ("dram-0", 10)):
        assert_holds(channel(report, name), watts * seconds)
    assert_holds(total(report), 400 * seconds)
    assert total(report)["joules"] == pytest.approx(sum(c["joules"] for c in headline(report)))
    assert total(report)["coverage"] > 0.99


def test_a_square_wave_over_whole_periods(ct):
    report = ct.measured("--", "sleep", "2", env={"CARBONTRACKER_SYNTHETIC": "gpu0=square:100:400:0.5s"})
    # Four whole periods of 125 J, and what is left of the time in the low half.
    assert_holds(total(report), 4 * 125 + 100 * (report["run"]["duration_s"] - 2), 0.005)


def test_psys_and_platform_are_shown_and_never_added(ct):
    report = ct.measured("--", "sleep", "0.5", env={"CARBONTRACKER_SYNTHETIC": "package-0=const:100 psys=const:150 platform=const:300"})
    assert_holds(total(report), 100 * report["run"]["duration_s"])
    assert [c["name"] for c in headline(report)] == ["package-0"]


def test_shares_sum_to_the_whole_and_an_idle_run_takes_little(ct):
    busy = ct.measured("--", "sh", "-c", "end=$(($(date +%s)+2)); while [ $(date +%s) -lt $end ]; do :; done")
    run = busy["energy"]["run"]
    assert run["joules"] <= total(busy)["joules"] * 1.0001
    assert "process" in run["method"]
    idle = ct.measured("--", "sleep", "1")
    # How much of the machine's busy time that is depends on who else is busy; a run that sleeps has next to none.
    share = [report["energy"]["run"]["joules"] / total(report)["joules"] for report in (busy, idle)]
    assert share[0] > 3 * share[1]


def test_regions_are_epochs_and_what_lies_between_counts_to_the_run(ct):
    code = "import time\nfor i in (1, 2, 3):\n  time.sleep(1)\n  print(f'epoch {i}/3 loss 0.5', flush=True)\n  print(time.monotonic(), file=open('times', 'a'))\ntime.sleep(1)"
    report = ct.measured("--", "python3", "-c", code)
    assert [r["name"] for r in report["regions"]] == ["epoch 1", "epoch 2", "epoch 3"]
    times = [float(line) for line in (ct.work / "times").read_text().split()]
    for region, begin, end in zip(report["regions"][1:], times, times[1:]):
        assert region["seconds"] == pytest.approx(end - begin, abs=0.3)
        assert_holds(region, 100 * region["seconds"])
    assert sum(r["joules"] for r in report["regions"]) < total(report)["joules"] - 80  # the last second


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_unequal_gpus_through_the_loader(ct, nvml, count):
    watts = [100 + 50 * i for i in range(count)]
    env = nvml.env(*(f"gpu power=const:{w}" for w in watts), CARBONTRACKER_HOST_ROOT="/nonexistent")
    report = ct.measured("--", "sleep", "1.5", env=env)
    gpus = [c for c in report["energy"]["channels"] if c["domain"] == "gpu"]
    assert len(gpus) == count and all(c["origin"] == "counter" and c["counted"] for c in gpus)
    # The library opens beside the child: the run's first milliseconds are not seen. Hence watts over the time that is covered.
    for gpu, power in zip(sorted(gpus, key=lambda c: c["name"]), watts):
        assert gpu["joules"] == pytest.approx(power * report["run"]["duration_s"], rel=0.06), gpu["name"]
        assert gpu["low"] <= power * report["run"]["duration_s"] * gpu["coverage"] <= gpu["high"]


@pytest.mark.parametrize("visible, counted", [("1", [1]), ("0,2", [0, 2]), ("2,1", [1, 2]), ("0,2,-1,1", [0, 2]), ("", []), ("GPU-c0de0003", [3])])
def test_B037_the_gpus_that_the_child_may_see(ct, nvml, visible, counted):
    env = nvml.env("gpu power=const:200 repeat=4", CARBONTRACKER_HOST_ROOT="/nonexistent", CUDA_VISIBLE_DEVICES=visible, CUDA_DEVICE_ORDER="PCI_BUS_ID")
    report = ct.measured("--", "sleep", "0.6", env=env)
    seen = sorted(c["device"] for c in headline(report) if c["domain"] == "gpu")
    assert seen == [f"GPU-c0de000{i}-0000-4000-8000-000000000000" for i in counted]


def test_B033_no_energy_counter_means_integrated_power_and_says_so(ct, nvml):
    report = ct.measured("--", "sleep", "1.5", env=nvml.env("gpu power=const:200 fail=energy:3", CARBONTRACKER_HOST_ROOT="/nonexistent"))
    gpu = [c for c in report["energy"]["channels"] if c["domain"] == "gpu"][0]
    assert gpu["origin"] == "power"
    assert gpu["joules"] == pytest.approx(200 * 1.5, rel=0.08)


def test_B047_mismatched_driver_is_one_plain_line_and_the_cpu_goes_on(ct, nvml):
    report = ct.measured("--", "sleep", "0.5", env=nvml.env("nvml init=18"))
    gap = [g for g in report["gaps"] if "nvml" in g["what"].lower()]
    assert len(gap) == 1 and "version" in gap[0]["reason"] and gap[0]["remedy"]
    assert total(report)["joules"] > 0


@pytest.mark.parametrize("script", [["nvml hang=init:30", "gpu"], ["gpu hang=energy:30", "gpu"], ["gpu hang=handle:30"], ["gpu hang=processes:30:0.5"]])
def test_a_hung_library_costs_its_own_line_and_never_delays_the_exit(ct, nvml, powercap, script):
    powercap.zone("intel-rapl:0", "package-0", 1_000_000)
    env = {**nvml.env(*script), **powercap.env()}
    with Counter(powercap.root / "sys/class/powercap/intel-rapl:0/energy_uj", 50):
        began = time.monotonic()
        report = ct.measured("--", "sh", "-c", "sleep 1.2; exit 3", env=env)
        took = time.monotonic() - began
    assert took < 20  # the library hangs for 30 s
    assert report["run"]["exit_code"] == 3
    assert channel(report, "package-0")["joules"] == pytest.approx(50 * 1.2, rel=0.1)


class Counter:
    """Plays a RAPL counter: writes the energy of `watts` every few milliseconds until it leaves."""

    def __init__(self, path, watts, base=1_000_000, wrap=None, rename=False, rate=0.002):
        self.path, self.watts, self.base, self.wrap, self.rename, self.rate = path, watts, base, wrap, rename, rate
        self.stop, self.begun = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.play, daemon=True)

    def play(self):
        began = time.monotonic()
        while not self.stop.is_set():
            value = self.base + int(self.watts * 1e6 * (time.monotonic() - began))
            if self.wrap:
                value %= self.wrap
            self.write(f"{value}\n")
            self.begun.set()
            self.stop.wait(self.rate)

    def write(self, text):
        if self.rename:
            fresh = self.path.with_name("fresh")
            fresh.write_text(text)
            os.replace(fresh, self.path)
        else:
            with open(self.path, "r+b", buffering=0) as file:
                file.write(text.encode().ljust(24))

    def __enter__(self):
        self.thread.start()
        assert self.begun.wait(5)
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


@pytest.mark.parametrize("rename", [False, True])
def test_powercap_counters_that_move(ct, powercap, rename):
    package = powercap.zone("intel-rapl:0", "package-0", 1_000_000)
    dram = powercap.zone("intel-rapl:0/intel-rapl:0:0", "dram", 1_000_000)
    with Counter(package, 80, rename=rename), Counter(dram, 8, rename=rename):
        report = ct.measured("--", "sleep", "2.5", env=powercap.env())
    assert channel(report, "package-0")["origin"] == "counter"
    assert channel(report, "package-0")["joules"] == pytest.approx(80 * report["run"]["duration_s"], rel=0.03)
    assert channel(report, "dram-0")["joules"] == pytest.approx(8 * report["run"]["duration_s"], rel=0.03)


def test_B014_a_counter_that_wraps_while_the_run_lasts(ct, powercap):
    package = powercap.zone("intel-rapl:0", "package-0", 0, wrap=300_000_000)  # 300 J: at 100 W a wrap after 1 s
    with Counter(package, 100, base=200_000_000, wrap=300_000_000):
        report = ct.measured("--", "sleep", "2", env=powercap.env())
    assert channel(report, "package-0")["joules"] == pytest.approx(100 * report["run"]["duration_s"], rel=0.04)


def test_a_zone_that_vanishes_is_a_gap_and_not_a_zero(ct, powercap):
    package = powercap.zone("intel-rapl:0", "package-0", 1_000_000)
    dram = powercap.zone("intel-rapl:0/intel-rapl:0:0", "dram", 1_000_000)
    with Counter(package, 80), Counter(dram, 8) as gone:
        threading.Timer(1.5, lambda: (gone.stop.set(), gone.thread.join(), os.truncate(dram, 0), os.unlink(dram))).start()
        report = ct.measured("--", "sleep", "4", env=powercap.env())
    assert channel(report, "package-0")["joules"] == pytest.approx(80 * report["run"]["duration_s"], rel=0.03)
    lost = channel(report, "dram-0")
    assert lost["coverage"] < 0.7
    assert any(g["what"] == "dram-0" for g in report["gaps"])
    assert total(report)["coverage"] == pytest.approx(lost["coverage"], abs=0.01)


def test_B024_counters_for_root_alone_fall_to_the_model_and_say_so(ct, powercap, as_nobody):
    powercap.zone("intel-rapl:0", "package-0", 1_000_000).chmod(0o400)
    ct.store.mkdir()
    ct.store.chmod(0o777)
    done = ct("run", "--", "sleep", "0.5", env=powercap.env(), prefix=as_nobody)
    report = ct.report(env=powercap.env())
    cpu = [c for c in headline(report) if c["domain"] == "package"]
    assert [c["origin"] for c in cpu] == ["model"] and cpu[0]["joules"] > 0
    gap = [g for g in report["gaps"] if "energy_uj" in g["reason"]]
    assert len(gap) == 1 and "only root" in gap[0]["reason"] and "chmod 0440" in gap[0]["remedy"]
    assert "modelled" in done.stderr and "no data" in done.stderr


def test_strict_refuses_to_start_where_nothing_can_be_measured(ct):
    done = ct("run", "--strict", "--", "touch", "started", env={"CARBONTRACKER_SYNTHETIC": "psys=const:90"})
    assert done.returncode == 125 and not (ct.work / "started").exists()
    assert "--strict" in done.stderr and "carbontracker sources" in done.stderr
    assert ct.runs() == []


def test_strict_starts_where_something_can(ct):
    assert ct("run", "--strict", "--", "sh", "-c", "exit 3").returncode == 3


def test_without_strict_a_run_without_sensors_still_runs_and_says_so(ct):
    done = ct("run", "--", "sh", "-c", "exit 3", env={"CARBONTRACKER_SYNTHETIC": "psys=const:90"})
    assert done.returncode == 3 and "no data" in done.stderr
    assert re.search(r"energy +no data", done.stderr)


def test_a_declaration_that_does_not_parse(ct):
    done = ct("run", "--", "sh", "-c", "exit 3", env={"CARBONTRACKER_SYNTHETIC": "gpu0=triangle:1:2"})
    assert done.returncode == 3 and "triangle" in done.stderr


def test_epochs_printed_into_a_file_are_seen_when_they_are_written(ct):
    code = "import time\nfor i in (1, 2, 3):\n  time.sleep(0.7)\n  print(f'epoch {i}/3 loss 0.5', flush=True)\n  print(time.monotonic(), file=open('times', 'a'))"
    with open(ct.folder / "log", "w") as log:
        report = ct.measured("--", "python3", "-c", code, stdout=log)
    times = [float(line) for line in (ct.work / "times").read_text().split()]
    for region, begin, end in zip(report["regions"][1:], times, times[1:]):
        assert region["seconds"] == pytest.approx(end - begin, abs=0.25)
