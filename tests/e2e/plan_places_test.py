"""plan --regions: what each place's figures rest on."""
import datetime
import json

import pytest
from live_server import AT, neso, ok

WORK = ("plan", "--hours", "4", "--kwh", "40", "--within", "24h")


def told(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_places_json_is_the_fixed_shape(ct):
    plan = told(ct(*WORK, "--place", "DE", "--at", "2026-06-10T05:20Z", "--regions", "aws:eu-north-1,SE", "--price", "0.30EUR", "--format", "json"))
    assert set(plan) == {"options", "now", "places", "not_alike", "cost"}
    assert [place["place"] for place in plan["places"]] == ["DE", "aws:eu-north-1", "SE"]
    for place in plan["places"]:
        assert set(place) == {"place", "grid", "pue", "water", "cost", "cost_reason"}
        assert set(place["grid"]) == {"g_per_kwh", "low", "high", "zone", "provider", "basis", "year", "hours", "note", "why"}
        assert set(place["pue"]) == {"value", "from"} and set(place["water"]) == {"on_site", "on_site_reason", "off_site"}
        assert set(place["water"]["off_site"]) == {"litres", "low", "high", "l_per_kwh", "of", "year", "source"}
        assert set(place["cost"]) == {"amount", "low", "high", "price_per_kwh", "currency", "from"} and place["cost_reason"] is None
    stockholm = plan["places"][1]
    # data/water.csv and cloud_regions.csv: 0.15 L/kWh on site of AWS, 6.03 L/kWh off site of Sweden, PUE 1.10 in eu-north-1
    assert stockholm["pue"]["value"] == 1.10 and "2024" in stockholm["pue"]["from"]
    assert stockholm["water"]["on_site"]["litres"] == pytest.approx(40 * 0.15)
    assert stockholm["water"]["off_site"]["litres"] == pytest.approx(40 * 1.10 * 6.03) and stockholm["water"]["off_site"]["of"] == "grid:SE"
    assert stockholm["cost"]["amount"] == pytest.approx(40 * 1.10 * 0.30) and stockholm["cost"]["currency"] == "EUR"
    assert plan["places"][2]["water"]["on_site"] is None and plan["places"][2]["water"]["on_site_reason"]
    assert [place["grid"]["hours"] for place in plan["places"]] == ["profile", "table", "table"] and "no monthly profile for Stockholm, Sweden" in stockholm["grid"]["why"]
    assert "usual day (DE)" in plan["not_alike"] and "yearly mean (aws:eu-north-1, SE)" in plan["not_alike"]


def test_without_a_price_the_cost_is_absent_with_the_reason(ct):
    plan = told(ct(*WORK, "--place", "PL", "--regions", "SE", "--format", "json"))
    assert all(place["cost"] is None and "--price" in place["cost_reason"] for place in plan["places"])
    assert "--price" in ct(*WORK, "--place", "PL", "--regions", "SE").stdout
    done = ct(*WORK, "--place", "PL", "--price", "cheap")
    assert done.returncode == 2 and "cheap" in done.stderr


def test_the_text_has_a_line_for_each_place_and_names_its_sources(ct):
    text = ct(*WORK, "--place", "DE", "--at", "2026-06-10T05:20Z", "--regions", "aws:eu-north-1", "--price", "0.30EUR").stdout
    assert "grid 35.3 g/kWh, average, lifecycle, yearly mean; PUE 1.10; water 6.00 L on site, 265 L off site; cost 13.2 EUR" in text
    for source in ("AWS eu-north-1, 2024", "AWS fleet figure", "Reig et al., WRI 2020", "Ember via Our World in Data"):
        assert source in text
    assert "their hours are known differently well" in text


def test_places_in_the_united_states_are_compared_on_the_lifecycle_basis(ct):
    plan = told(ct(*WORK, "--place", "US-TX", "--regions", "aws,gcp,azure", "--format", "json"))
    assert {place["grid"]["basis"] for place in plan["places"]} == {"average, lifecycle"} and len(plan["places"]) > 50


def test_a_live_figure_of_another_basis_is_not_ranked_without_saying_so(ct, serve):
    server = serve(neso)
    done = ct(*WORK, "--place", "DK", "--regions", "GB,KE", "--live", "--at", AT, "--format", "json",
              env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": server.url, "CARBONTRACKER_ENERGI_DATA_SERVICE_URL": serve(lambda p, h: (500, {}, "")).url})
    plan = told(done)
    denmark, britain, kenya = plan["places"]
    assert britain["grid"]["hours"] == "live" and britain["grid"]["basis"] == "average, direct" and "NESO" in britain["grid"]["provider"]
    assert kenya["grid"]["hours"] == "table" and "no provider" in kenya["grid"]["why"] and denmark["grid"]["hours"] == "table"
    assert "different bases" in plan["not_alike"] and "average, direct (GB)" in plan["not_alike"]
    assert "no live figure for 1 of the places" in done.stderr


def test_a_place_may_have_a_recorded_series_of_its_own(ct):
    start = datetime.datetime(2026, 6, 1, tzinfo=datetime.timezone.utc)
    path = ct.work / "pl.csv"
    path.write_text("utc_start,lifecycle_gco2eq_per_kwh\n" + "".join(f"{start + datetime.timedelta(hours=h):%Y-%m-%dT%H:%MZ},{100 if h % 24 < 12 else 900}\n" for h in range(240)))
    plan = told(ct(*WORK, "--place", "DK", "--regions", f"PL={path}", "--at", "2026-06-10T20:00Z", "--format", "json"))
    poland = plan["places"][1]
    assert poland["place"] == "PL" and poland["grid"]["hours"] == "history" and poland["grid"]["basis"] == "average, lifecycle"
    option = next(o for o in plan["options"] if o["place"] == "PL")
    assert "2026-06-11T00" <= option["start"] <= "2026-06-11T08" and option["grams"] == pytest.approx(40 * 100, rel=0.05)
    assert ct(*WORK, "--place", "DK", "--regions", "PL=/nowhere.csv").returncode in (1, 2)


def test_answers_that_are_no_answers_leave_the_plan_standing(ct, serve):
    done = ct(*WORK, "--place", "GB", "--live", "--at", AT, "--format", "json", env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": serve(lambda p, h: ok({})).url})
    assert told(done)["places"][0]["grid"]["hours"] == "table" and "the table stands" in done.stderr


def test_a_cloud_goes_by_its_other_names(ct):
    words = ["plan", "--hours", "1", "--kwh", "1", "--place", "DE", "--format", "json", "--regions"]
    aws, amazon = (json.loads(ct(*words, name).stdout) for name in ("aws", "Amazon"))
    assert [p["place"] for p in amazon["places"]] == [p["place"] for p in aws["places"]] and len(aws["places"]) > 10


def test_work_that_runs_elsewhere_is_not_drawn_into_this_places_hours(ct):
    text = ct("plan", "--hours", "4", "--kwh", "1", "--place", "DE", "--regions", "NO").stdout
    assert "best" in text and "NO" in text and "hour, UTC; DE, " in text and "  runs " not in text
    assert "  runs " in ct("plan", "--hours", "4", "--kwh", "1", "--place", "DE").stdout
