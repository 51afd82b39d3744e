"""advise on runs that were made to show one thing each: it is seen, with its figure, and nothing else is said. Each run lasts minutes by a clock that the test moves on."""
import json
import re
import time

import pytest

CARD = "gpu0={}@label=NVIDIA_H100_80GB_HBM3,busy={},memory={}:80,limit=700 package-0=const:90"


def made(ct, clock, machine, minutes=4, code=0, name="made", command="while [ ! -e end ]; do sleep 0.05; done"):
    with ct.start("run", "--quiet", "--project", "p", "--name", name, "--place", "DK", "--", "sh", "-c", f"{command}; exit {code}", env={**clock.env, "CARBONTRACKER_SYNTHETIC": machine}, text=True) as process:
        for _ in range(6 * minutes):
            time.sleep(0.1)
            clock.move(seconds=10)
        (ct.work / "end").touch()
        _, err = process.communicate(timeout=60)
    (ct.work / "end").unlink()
    assert process.returncode == code, err


def advice(ct, name="made"):
    done = ct("advise", name, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["items"]


# Watts of the card by its limit of 700 W, how busy it is in percent, and GiB of its 80 in use.
@pytest.mark.parametrize("watts, busy, memory, kind, seen", [
    (350, 98, 70, "mixed-precision", "but drew 50 % of the power limit"),
    (500, 98, 20, "batch-size", "at 71 % of the power limit, with 75 % of the memory never used"),
    (680, 99, 70, "power-limit", "drew 680 W of a limit of 700 W (97 %), busy "),
    (180, 31, 70, "starved", "gpu0 was busy 3"),
])
def test_what_was_made_is_seen_and_nothing_else(ct, moved_clock, watts, busy, memory, kind, seen):
    made(ct, moved_clock, CARD.format(f"const:{watts}", busy, memory))
    (item,) = advice(ct)
    assert item["kind"] == kind and seen in item["seen"]
    assert float(re.search(r"busy (\d+) %", item["seen"])[1]) == pytest.approx(busy, abs=2)  # minutes are kept in 15 steps
    assert item["saving"]["source"] and item["try"] and item["saving"]["joules_high"] > 0


def test_a_card_far_too_large_is_seen(ct, moved_clock):
    made(ct, moved_clock, CARD.format("const:250", 40, 10))
    kinds = [item["kind"] for item in advice(ct)]
    assert set(kinds) == {"memory", "starved"}  # it waits, and several runs would fit


def test_idle_minutes_are_seen_and_measured(ct, moved_clock):
    """20 minutes at 680 W and 20 at 60 W; the processors' 90 W all the time: 20 minutes of 150 W are 180 kJ."""
    made(ct, moved_clock, "gpu0=square:60:680:2400s@label=NVIDIA_H100_80GB_HBM3 package-0=const:90", minutes=40)
    item = next(item for item in advice(ct) if item["kind"] == "idle")
    assert item["saving"]["joules_high"] == pytest.approx(20 * 60 * 150, rel=0.1)


def test_nothing_seen_nothing_said_of_a_card_at_work(ct, moved_clock):
    made(ct, moved_clock, CARD.format("const:550", 97, 70))
    assert advice(ct) == []
    assert "nothing to advise" in ct("advise", "made").stdout


def test_the_share_of_failed_runs_is_their_energy(ct, moved_clock):
    """Of 4, 4 and 8 minutes at 100 W the first two failed: a half."""
    for name, minutes, code in (("one", 4, 1), ("two", 4, 1), ("three", 8, 0)):
        made(ct, moved_clock, "package-0=const:100", minutes, code, name)
    item = next(item for item in advice(ct, "three") if item["kind"] == "failed-runs")
    assert "2 of 3 runs of this project failed" in item["seen"] and item["saving"]["percent_high"] == pytest.approx(50, abs=3)
    assert item["saving"]["joules_high"] == pytest.approx(8 * 60 * 100, rel=0.06)
