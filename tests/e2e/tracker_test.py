"""Trackers within a program: alone they measure, inside `run` they tell the wrapper; and what else may arrive at its socket."""
import json
import os
import subprocess

import pytest


@pytest.fixture(scope="module")
def example(tree, tmp_path_factory):
    """docs/examples/tracker.cpp, compiled as its first lines say."""
    from_build = pathlib_of(tree)
    out = tmp_path_factory.mktemp("example") / "tracker"
    os.chmod(out.parent, 0o755)
    subprocess.run(["c++", "-std=c++20", "-I", tree / "include", tree / "docs/examples/tracker.cpp", "-L", from_build, "-lcarbontracker",
                    f"-Wl,-rpath,{from_build}", "-pthread", "-o", out], check=True, timeout=120)
    return out


def pathlib_of(tree):
    program = os.environ.get("CARBONTRACKER_PROGRAM")
    return os.path.dirname(program) if program else tree / "build" / "release"


def test_alone_it_measures_itself(ct, example):
    done = subprocess.run([example], env=ct.env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["schema"], report["run"]["name"], report["run"]["tags"]) == (1, "example", {"model": "none"})
    assert [r["name"] for r in report["regions"]] == ["epoch 1", "validate", "epoch 2", "validate", "epoch 3", "validate"]
    assert [r["parent"] for r in report["regions"]][1::2] == ["epoch 1", "epoch 2", "epoch 3"]
    for region in report["regions"]:
        # the machine takes 100 W
        assert region["joules"] == pytest.approx(100 * region["seconds"], rel=0.05)
    assert report["energy"]["total"]["joules"] == pytest.approx(100 * report["run"]["duration_s"], rel=0.03)
    assert (report["forecast"]["done"], report["forecast"]["of"]) == (3, 3)
    assert "forecast" in done.stderr
    assert ct.report()["run"]["id"] == report["run"]["id"]


def test_inside_run_it_tells_the_wrapper_and_is_not_measured_twice(ct, example):
    report = ct.measured("--", str(example))
    assert [r["name"] for r in report["regions"]] == ["epoch 1", "validate", "epoch 2", "validate", "epoch 3", "validate"]
    assert (report["forecast"]["done"], report["forecast"]["of"], report["forecast"]["unit"]) == (3, 3, "epoch")
    assert len(ct.runs()) == 1


def test_a_wrapper_that_is_gone_is_no_fault_of_the_trackers(ct, example):
    done = subprocess.run([example], env={**ct.env, "CARBONTRACKER_SOCKET": str(ct.folder / "gone"), "CARBONTRACKER_RUN_ID": "x"}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and json.loads(done.stdout)["run"]["name"] == "example"


EARLY = """
#include <cstdio>
#include <thread>
#include "carbontracker/carbontracker.h"
#include "carbontracker/tracker.h"
int main() {
  if (carbontracker::Tracker::start({.name = "bad", .early_stopping = {{.metric = "val_loss"}}})) return 2;
  ct_metric(nullptr, "val_loss", 1);
  auto tracker = carbontracker::Tracker::start({.name = "early", .epochs = 40, .early_stopping = {{.metric = "val_loss", .patience = 2}}});
  for (const double loss : {0.9, 0.5, 0.4, 0.45, 0.41}) {
    const auto measured = tracker->epoch();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    tracker->metric("val_loss", loss);
  }
  std::fputs(tracker->stop().c_str(), stdout);
}
"""


@pytest.fixture(scope="module")
def early(tree, tmp_path_factory):
    from_build, folder = pathlib_of(tree), tmp_path_factory.mktemp("early")
    (folder / "early.cpp").write_text(EARLY)
    subprocess.run(["c++", "-std=c++20", "-I", tree / "include", folder / "early.cpp", "-L", from_build, "-lcarbontracker",
                    f"-Wl,-rpath,{from_build}", "-pthread", "-o", folder / "early"], check=True, timeout=120)
    return folder / "early"


@pytest.mark.parametrize("inside", [False, True])
def test_a_metric_and_its_rule_give_a_likely_end(ct, early, inside):
    if inside:
        forecast = ct.measured("--", str(early))["forecast"]
    else:
        forecast = json.loads(subprocess.run([early], env=ct.env, capture_output=True, text=True, timeout=120, check=True).stdout)["forecast"]
    assert forecast["of"] == 40 and (forecast["likely_end"]["units"], forecast["likely_end"]["patience"]) == (5, 2)


SENDER = """
import os, socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ["CARBONTRACKER_SOCKET"])
def tell(text):
    s.send(text if isinstance(text, bytes) else text.encode())
for junk in (b"", b"\\0" * 500, b"ct1", b"ct1 epoch_end x 1 2 epoch -", b"ct9 epoch_end 1 1 2 epoch -", b"\\xff\\xfe" * 200, b"ct1 step 1 -5 nan step -", b"ct1 epoch_end 1 1e308 1 epoch a\\x1b[2J"):
    tell(junk)
for i in (1, 2):
    time.sleep(0.3)
    tell(f"ct1 region_begin {time.monotonic_ns()} 0 0 - part {i}")
    time.sleep(0.3)
    tell(f"ct1 region_end {time.monotonic_ns()} 0 0 - part {i}")
    tell(f"ct1 epoch_end {time.monotonic_ns()} {i} 2 epoch -")
tell("ct1 region_end 1 0 0 - never begun")
"""


def test_raw_datagrams_as_the_format_says_and_junk_beside_them(ct):
    report = ct.measured("--", "python3", "-c", SENDER)
    assert report["run"]["exit_code"] == 0
    assert sorted(r["name"] for r in report["regions"]) == ["epoch 1", "epoch 2", "part 1", "part 2"]
    part = [r for r in report["regions"] if r["name"] == "part 2"][0]
    assert 0.29 < part["seconds"] < 10
    assert part["joules"] == pytest.approx(100 * part["seconds"], rel=0.05)
    assert report["forecast"]["done"] == 2


def test_marks_of_another_user_are_not_heard(ct, as_nobody):
    # The system's own: one that lies in somebody's home cannot be run by nobody.
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else "python3"
    report = ct.measured("--", *as_nobody, python, "-c", SENDER)
    assert report["run"]["exit_code"] == 1  # the socket's mode lets nobody in
    assert report["regions"] == []


def test_a_wrapper_inside_a_wrapper_marks_and_measures_nothing(ct):
    report = ct.measured("--name", "outer", "--", str(ct.program), "run", "--name", "inner", "--", "sh", "-c", "sleep 0.3; exit 4")
    assert report["run"]["exit_code"] == 4
    assert [region["name"] for region in report["regions"]] == ["inner"]
    assert 0.25 < report["regions"][0]["seconds"] < 30
    assert [run["name"] for run in ct.runs()] == ["outer"]
