"""What lies beyond operation stands beside the carbon of a run, each figure with its source; what is not known is null."""
import csv
import io
import json

import pytest

H100 = "gpu0=const:700@label=NVIDIA_H100_80GB_HBM3"


def test_making_water_and_cost_of_a_known_machine(ct):
    ct("run", "--name", "a", "--place", "aws:eu-north-1", "--", "sleep", "0.5", env={"CARBONTRACKER_SYNTHETIC": H100})
    report = ct.report("a")
    beyond, kwh = report["beyond"], report["energy"]["total"]["joules"] / 3.6e6
    making = beyond["embodied"]
    # 164 kg over four years of 8,766 h
    assert making["grams"] == pytest.approx(164_000 / (4 * 8766) * report["run"]["duration_s"] / 3600, rel=1e-3)
    assert making["low"] < making["grams"] < making["high"] and making["unknown"] == [] and "HGX H100" in making["devices"][0]["source"]
    site, grid = beyond["water"]["on_site"], beyond["water"]["off_site"]
    assert site["of"] == "site:aws" and site["litres"] == pytest.approx(0.15 * kwh)
    assert grid["of"] == "grid:SE" and grid["litres"] == pytest.approx(6.03 * kwh * report["carbon"]["pue"])
    assert beyond["cost"] is None
    text = ct("report", "a", "--price", "0.25EUR").stdout
    assert "beyond " in text and "embodied" in text and " EUR" in text
    rows = list(csv.DictReader(io.StringIO(ct("report", "a", "--price", "0.25EUR", "--format", "csv").stdout)))
    assert rows[-1]["channel"] == "total" and rows[-1]["currency"] == "EUR" and rows[0]["cost"] == ""
    assert float(rows[-1]["cost"]) == pytest.approx(0.25 * kwh * report["carbon"]["pue"])
    assert float(rows[-1]["embodied_grams"]) == pytest.approx(making["grams"])


def test_what_is_not_known_is_null(ct):
    ct("run", "--name", "b", "--pue", "1.3", "--", "true")
    beyond = ct.report("b")["beyond"]
    assert beyond["embodied"]["grams"] is None and beyond["embodied"]["unknown"][0]["channel"] == "package-0"
    assert beyond["water"]["on_site"] is None and beyond["water"]["off_site"]["of"].startswith("grid:")
    done = ct("report", "b", "--price", "cheap")
    assert done.returncode == 1 and "--price: 'cheap' is no price of one kWh" in done.stderr


def test_a_market_based_figure_stands_beside_and_changes_nothing(ct):
    ct("run", "--name", "m", "--place", "DK", "--pue", "1.5", "--", "sleep", "0.2")
    plain, market = ct.report("m"), json.loads(ct("report", "m", "--market", "40", "--format", "json").stdout)
    assert plain["beyond"]["market"] is None and market["carbon"] == plain["carbon"]
    figure, kwh = market["beyond"]["market"], market["energy"]["total"]["joules"] / 3.6e6
    assert figure["grams"] == pytest.approx(kwh * 1.5 * 40) and figure["low"] <= figure["grams"] <= figure["high"] and figure["g_per_kwh"] == 40
    assert "market-based" in ct("report", "m", "--market", "0").stdout
    assert ct("report", "m", "--market", "-3").returncode == 2


def test_a_processor_that_rapl_measures_has_a_making(ct, powercap):
    """RAPL's channels had no name of the processor, so that its making was never known."""
    zone = powercap.zone("intel-rapl:0", "package-0", 1_000_000)
    done = ct("run", "--name", "rapl", "--", "sh", "-c", f"sleep 0.3; echo 31000000 > {zone}; sleep 1.2", env=powercap.env())
    assert done.returncode == 0, done.stderr
    making = ct.report("rapl")["beyond"]["embodied"]
    (device,) = making["devices"]
    assert device["label"] == "Intel(R) Xeon(R) Gold 5118 CPU @ 2.30GHz" and device["channel"] == "package-0" and making["reason"] is None
    # 28.8 kg over four years
    assert making["grams"] == pytest.approx(28_800 / (4 * 8766 * 3600) * device["reserved_s"], rel=1e-6)
    assert "making by Boavizta" in ct("report", "rapl").stdout


def test_what_has_no_figure_says_why(ct):
    ct("run", "--name", "w", "--pue", "1.3", "--", "true", env={"CARBONTRACKER_SYNTHETIC": "gpu0=const:100@label=Fantasy_Chip package-0=const:50"})
    beyond = ct.report("w")["beyond"]
    assert beyond["embodied"]["reason"] == "gpu0: Fantasy Chip is in no table; package-0: its name is not known"
    assert "--pue" in beyond["water"]["on_site_reason"] and "--price" in beyond["cost_reason"]
    text = ct("report", "w").stdout
    assert "Fantasy Chip is in no table" in text and "water on site: nothing says what site it was" in text
