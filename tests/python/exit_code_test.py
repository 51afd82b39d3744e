"""What a run is said to have ended with: the program's own end, however it comes."""
import pytest

BEGIN = """
import sys, carbontracker as ct
from carbontracker.tracker import CarbonTracker
from carbontracker.codecarbon import OfflineEmissionsTracker
def cc(): return OfflineEmissionsTracker(country_iso_code="DNK", log_level="error", save_to_file=False)
def own(): return ct.track("own")
def dropin(): return CarbonTracker(epochs=2, verbose=0)
"""
ENDS = [("pass", 0, 0), ("sys.exit()", 0, 0), ("sys.exit(0)", 0, 0), ("sys.exit(3)", 3, 3), ("sys.exit('no')", 1, 1), ("1 / 0", 1, 1),
        ("raise KeyboardInterrupt", -2, 130)]


@pytest.mark.parametrize("make", ["own", "dropin", "cc"])
@pytest.mark.parametrize("end, ended, code", ENDS)
def test_a_with_block_is_left_as_the_program_is(python, stored, make, end, ended, code):
    assert python(BEGIN + f"with {make}():\n    {end}\n").returncode == ended
    assert stored()[0]["run"]["exit_code"] == code


@pytest.mark.parametrize("start", ["own().start()", "dropin()", "cc(); run.start()"])
@pytest.mark.parametrize("end, ended, code", [("1 / 0", 1, 1), ("raise KeyboardInterrupt", -2, 130), ("pass", 0, None), ("sys.exit(3)", 3, None)])
def test_without_a_with_block_an_exception_is_known_and_no_other_end(python, stored, start, end, ended, code):
    """The interpreter tells no exit function what sys.exit() was given: then there is no code, rather than a 0 that may be wrong."""
    assert python(BEGIN + f"run = {start}\n{end}\n").returncode == ended
    assert stored()[0]["run"]["exit_code"] == code and stored()[0]["run"]["ended"]


def test_a_run_that_its_budget_stops_ends_as_its_program_does(python, stored):
    """By an exception: 1, where `carbontracker run --on-budget stop` sends SIGTERM, which is 143."""
    code = BEGIN + "import time\nwith ct.track(budget='1 J', on_budget='stop') as run:\n    for _ in run.epochs(range(100)): time.sleep(0.05)\n"
    assert python(code).returncode == 1
    assert python(code.replace("with ct", "try:\n  with ct") + "except ct.BudgetExceeded: pass\n").returncode == 0
    assert [run["run"]["exit_code"] for run in stored()] == [1, 1]


def test_an_earlier_error_at_a_prompt_is_not_the_programs_end(python, stored):
    python(BEGIN + "run = own().start()\nsys.ps1, sys.last_type = '>>> ', ValueError\n")
    assert stored()[0]["run"]["exit_code"] is None
