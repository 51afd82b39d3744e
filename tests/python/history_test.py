"""An earlier run of the same script is the forecast of the next before its first epoch ends. The machine takes 100 W, always."""
import json

import pytest

SCRIPT = """
import json, sys, time
import carbontracker
seen = None
with carbontracker.track("net", {told}) as run:
    for _ in run.epochs(range(3)):
        end = time.monotonic() + 3.5
        while time.monotonic() < end:
            time.sleep(0.1)
            seen = seen or run.forecast()
print(json.dumps(seen))
"""


@pytest.mark.parametrize("told", ["epochs=3", ""])
def test_the_second_run_is_forecast_before_its_first_epoch_ends(python, stored, told):
    first = json.loads(python(SCRIPT.format(told=told)).stdout)
    assert first is None or first["done"] >= 1
    second = json.loads(python(SCRIPT.format(told=told)).stdout)
    earlier = stored()[0]["run"]["id"]
    assert (second["done"], second["of"]) == (0, 3)
    assert second["method"] == f"as an earlier run of the same work ({earlier}, same name)"
    assert second["joules"] == pytest.approx(3 * 3.5 * 100, rel=0.15) and second["low"] < second["joules"]
    assert second["high"] > 1.25 * second["joules"]  # the same name may have other settings


def test_another_machines_energy_is_not_trusted(python, stored):
    python(SCRIPT.format(told="epochs=3"))
    elsewhere = json.loads(python(SCRIPT.format(told="epochs=3"), CARBONTRACKER_SYNTHETIC="gpu0=const:300 package-0=const:100").stdout)
    assert elsewhere["done"] >= 1  # nothing before the first epoch has ended


def test_an_earlier_run_that_failed_is_none(python, stored):
    failed = SCRIPT.replace("print(json", "    sys.exit(3)\nprint(json")  # inside the run
    assert python(failed.format(told="epochs=3")).returncode == 3
    second = json.loads(python(SCRIPT.format(told="epochs=3")).stdout)
    assert second["done"] >= 1
