"""Live providers, each played by a local server with invented answers."""
import datetime
import json

import pytest
from live_server import AT, FAULTS, NOW, SECRET, forecast, live, maps, measured, neso, ok, stamp, told, watttime


def test_uk_half_hours_measured_and_forecast(ct, serve):
    server = serve(neso)
    answer = told(live(ct, "GB", "UK_CARBON_INTENSITY", server))
    assert answer["provider"].startswith("NESO") and answer["basis"] == "average, direct" and answer["zone"] == "GB"
    assert measured(answer) == {"2026-11-25T09:30": 100}
    # 200 told, ours (100 for a week) 100: no error is known beside each other, so the geometric mean of both
    assert forecast(answer)[0]["g_per_kwh"] == pytest.approx((200 * 100) ** 0.5, rel=0.01)
    assert all(p["low"] < p["g_per_kwh"] < p["high"] for p in forecast(answer))
    assert [path.split("/")[1] for path, _ in server.asked] == ["intensity", "intensity"]


def test_denmark_five_minutes(ct, serve):
    def reply(path, _):
        dataset = path.split("/dataset/")[1].split("?")[0]
        minutes = range(5, 600, 5) if dataset == "CO2EmisProg" else range(-1500, 5, 5)
        return ok({"total": 1, "dataset": dataset, "records": [{"Minutes5UTC": stamp(m / 60, "%Y-%m-%dT%H:%M:%S"), "PriceArea": "DK2", "CO2Emission": 62.0} for m in minutes]})

    server = serve(reply)
    answer = told(live(ct, "DK", "ENERGI_DATA_SERVICE", server))
    assert answer["provider"] == "Energi Data Service" and answer["basis"] == "average, direct"
    assert all(p["g_per_kwh"] == pytest.approx(62, abs=0.5) for p in answer["series"])
    assert "%7B%22PriceArea%22%3A%5B%22DK2%22%5D%7D" in server.asked[0][0]


def test_energy_charts_quarter_hours_with_gaps(ct, serve):
    def reply(path, _):
        quarters = list(range(-400, 60))
        return ok({"unix_seconds": [int(NOW.timestamp()) + 900 * q for q in quarters], "co2eq": [None if q > 0 or q == -3 else 331.0 for q in quarters],
                   "co2eq_forecast": [331.0] * len(quarters), "deprecated": False})

    answer = told(live(ct, "DE", "ENERGY_CHARTS", serve(reply)))
    assert answer["provider"] == "Energy-Charts"
    assert all(p["g_per_kwh"] == pytest.approx(331, rel=0.01) for p in answer["series"])


def test_electricity_maps_with_a_key_and_without_its_forecast(ct, serve):
    server = serve(maps)
    answer = told(live(ct, "PL", "ELECTRICITY_MAPS", server, "--provider", "electricity_maps", key=SECRET))
    assert answer["basis"] == "average, lifecycle"
    assert forecast(answer)[0]["g_per_kwh"] == pytest.approx(700, rel=0.01) and forecast(answer)[0]["low"] < 500
    assert [p["estimated"] for p in answer["series"] if p["kind"] == "measured"] == [True] and "24 of 24 hours are estimates" in answer["note"]
    assert not any(p["estimated"] for p in forecast(answer))


def test_eia_generation_times_factors_and_stamps_that_end_an_hour(ct, serve):
    def reply(path, _):
        assert f"api_key={SECRET}" in path and "CISO" in path
        rows = [{"period": stamp(h, "%Y-%m-%dT%H"), "respondent": "CISO", "fueltype": fuel, "value": value, "value-units": "megawatthours"}
                for h in range(-40, 1) for fuel, value in (("NG", "100"), ("SUN", 300), ("BAT", -50))]
        return ok({"response": {"data": rows}})

    done = live(ct, "US-CA", "EIA", serve(reply), "--provider", "eia", key=SECRET)
    answer = told(done)
    assert measured(answer) == {"2026-11-25T09:00": pytest.approx((100 * 490 + 300 * 48) / 400)}  # stamped 10, the hour from 9 to 10
    assert SECRET not in done.stdout + done.stderr


def test_watttime_logs_in_and_its_pounds_become_grams(ct, serve):
    server = serve(watttime)
    answer = told(live(ct, "US-CA", "WATTTIME", server, "--provider", "watttime", key="me:pw"))
    assert answer["basis"].startswith("marginal") and answer["zone"] == "US-CA"
    assert forecast(answer)[0]["g_per_kwh"] == pytest.approx(453.59237, rel=0.01)
    assert [path.split("?")[0] for path in server.paths] == ["/login", "/v3/historical", "/v3/forecast"]  # one login for both


def test_watttime_names_the_region_of_coordinates_once_a_week(ct, serve):
    server = serve(lambda path, headers: ok({"region": "CAISO_NORTH", "signal_type": "co2_moer"}) if "region-from-loc" in path else watttime(path, headers))
    words = ("37.77,-122.42", "WATTTIME", server, "--provider", "watttime")
    assert forecast(told(live(ct, *words, key="me:pw")))[0]["g_per_kwh"] == pytest.approx(453.59237, rel=0.01)
    assert "latitude=37.7700&longitude=-122.4200" in server.paths[1] and "region=CAISO_NORTH" in server.paths[2]
    told(ct("intensity", words[0], "--live", "--at", "2026-11-25T11:00Z", "--provider", "watttime", "--format", "json",
            env={"CARBONTRACKER_WATTTIME_URL": server.url, "CARBONTRACKER_WATTTIME_KEY": "me:pw"}))
    assert len([path for path in server.paths if "region-from-loc" in path]) == 1 and len([path for path in server.paths if "historical" in path]) == 2


def test_carbon_aware_sdk(ct, serve):
    def reply(path, _):
        if "forecasts" in path:
            return ok([{"location": "westeurope", "forecastData": [{"timestamp": stamp(h, "%Y-%m-%dT%H:%M:%S+00:00"), "duration": 60, "value": 300} for h in range(0, 20)]}])
        return ok([{"location": "westeurope", "time": stamp(h, "%Y-%m-%dT%H:%M:%S+00:00"), "rating": 300, "duration": "01:00:00"} for h in range(-48, 0)])

    answer = told(live(ct, "NL", "CARBON_AWARE_SDK", serve(reply), env={"CARBONTRACKER_CARBON_AWARE_SDK_LOCATION": "westeurope"}))
    assert answer["provider"] == "Carbon Aware SDK" and all(p["g_per_kwh"] == pytest.approx(300, rel=0.01) for p in answer["series"])


def test_a_gap_in_the_answer_is_bridged(ct, serve):
    def reply(path, headers):
        status, head, body = neso(path, headers)
        data = json.loads(body)["data"]
        return status, head, json.dumps({"data": data[:100] + data[108:]})

    assert told(live(ct, "GB", "UK_CARBON_INTENSITY", serve(reply)))["provider"].startswith("NESO")


def test_nothing_is_asked_unless_allowed(ct, serve):
    server = serve(neso)
    env = {"CARBONTRACKER_UK_CARBON_INTENSITY_URL": server.url}
    ct("intensity", "GB", env=env)
    ct("intensity", "GB", "--live", "--offline", env=env)
    ct("run", "--place", "GB", "--", "true", env={**env, "CARBONTRACKER_LIVE": "1"})
    assert server.asked == []
    (ct.home / ".config" / "carbontracker").mkdir(parents=True)
    (ct.home / ".config" / "carbontracker" / "config.toml").write_text("live = true\n")
    done = ct("intensity", "GB", "--at", AT, env=env)
    assert done.stderr == "" and len(server.asked) == 2


def test_no_provider_and_no_key_say_what_to_do(ct):
    done = ct("intensity", "PL", "--live", "--provider", "electricity_maps")
    assert "CARBONTRACKER_ELECTRICITY_MAPS_KEY" in done.stderr and "yearly mean" in done.stdout
    assert "--history" in ct("intensity", "--live", "KE", env={"CARBONTRACKER_SYNTHETIC": "gpu0=const:1"}).stderr


def test_a_run_is_judged_by_live_figures_of_its_hours(ct, serve):
    now = datetime.datetime.now(datetime.timezone.utc)

    def reply(path, _):
        start = now.replace(minute=0, second=0, microsecond=0)
        hours = range(0, 48) if path.endswith("fw48h") else range(-48, 0)
        return ok({"data": [{"from": (start + datetime.timedelta(hours=h / 2)).strftime("%Y-%m-%dT%H:%MZ"), "intensity": {"forecast": 50, "actual": 50 if h < 0 else None}} for h in hours]})

    ct("run", "--place", "GB", "--pue", "1", "--", "sleep", "0.2")
    env = {"CARBONTRACKER_UK_CARBON_INTENSITY_URL": serve(reply).url}
    report = json.loads(ct("report", "last", "--live", "--format", "json", env=env).stdout)
    assert report["carbon"]["provider"].startswith("NESO") and report["carbon"]["basis"] == "average, direct"
    assert report["carbon"]["grams"] == pytest.approx(report["energy"]["total"]["joules"] / 3.6e6 * 50, rel=0.01)


def entsoe(path, _headers):
    """Gas 100 MW in hours, of which the second is left out (it repeats the first); wind 300 MW in quarter hours; pumping that is to be left out."""
    assert f"securityToken={SECRET}" in path and "in_Domain=10YPL-AREA-----S" in path

    def series(kind, resolution, points, extra=""):
        body = "".join(f"<Point><position>{i}</position><quantity>{q}</quantity></Point>" for i, q in points)
        return (f"<TimeSeries>{extra}<MktPSRType><psrType>{kind}</psrType></MktPSRType><Period><timeInterval><start>{stamp(-30)}</start><end>{stamp(0)}</end></timeInterval>"
                f"<resolution>{resolution}</resolution>{body}</Period></TimeSeries>")

    return 200, {}, ('<?xml version="1.0"?><GL_MarketDocument xmlns="urn:x">' + series("B04", "PT60M", [(1, 100)]) + series("B19", "PT15M", [(i, 300) for i in range(1, 121)])
                     + series("B10", "PT60M", [(1, 900)], "<outBiddingZone_Domain.mRID>X</outBiddingZone_Domain.mRID>") + "</GL_MarketDocument>")


def test_entsoe_generation_by_type(ct, serve):
    done = live(ct, "PL", "ENTSOE", serve(entsoe), "--provider", "entsoe", key=SECRET)
    answer = told(done)
    assert list(measured(answer).values()) == [pytest.approx((100 * 490 + 300 * 11) / 400)] and answer["basis"] == "average, lifecycle"
    assert SECRET not in done.stdout + done.stderr


def test_entsoe_says_why_it_has_none(ct, serve):
    none = "<Acknowledgement_MarketDocument><Reason><code>999</code><text>No matching data found</text></Reason></Acknowledgement_MarketDocument>"
    done = live(ct, "PL", "ENTSOE", serve(lambda p, h: (200, {}, none)), "--provider", "entsoe", key=SECRET)
    assert "No matching data found" in done.stderr and "the table stands" in done.stderr


def test_a_run_waits_for_live_hours_and_starts_at_once_where_nobody_answers(ct, serve):
    now = datetime.datetime.now(datetime.timezone.utc)

    def reply(path, _):
        start = now.replace(minute=0, second=0, microsecond=0)
        hours = range(0, 96) if path.endswith("fw48h") else range(-336, 0)
        return ok({"data": [{"from": (start + datetime.timedelta(hours=h / 2)).strftime("%Y-%m-%dT%H:%MZ"),
                             "intensity": {"forecast": 500 if h < 12 else 20, "actual": 500 if h < 0 else None}} for h in hours]})

    words = ["run", "--when", "green", "--live", "--within", "24h", "--hours", "1", "--place", "GB", "--", "echo", "started"]
    with ct.start(*words, env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": serve(reply).url}, text=True) as process:
        line = process.stderr.readline()
        process.terminate()
        assert "waiting for a greener grid" in line and process.wait(20) == 143 and process.stdout.read() == ""
    done = ct(*words, env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": serve(FAULTS["500"]).url, "CARBONTRACKER_HOME": str(ct.folder / "other")})
    assert (done.returncode, done.stdout) == (0, "started\n") and "no hour is known to be better (asking" in done.stderr


def test_a_run_from_before_the_providers_memory_keeps_the_table(ct, serve):
    ct("run", "--name", "old", "--place", "GB", "--", "true")
    only_to_come = serve(lambda p, h: ok({"data": [{"from": (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%MZ"),
                                                    "intensity": {"forecast": 50, "actual": None}}]}))
    done = ct("report", "old", "--live", "--format", "json", env={"CARBONTRACKER_UK_CARBON_INTENSITY_URL": only_to_come.url})
    assert "no figure for the time of this run" in done.stderr and "NESO" not in json.loads(done.stdout)["carbon"]["provider"]


def test_an_hour_whose_fuels_are_not_all_reported_is_no_figure(ct, serve):
    def reply(path, _):
        rows = [{"period": stamp(h, "%Y-%m-%dT%H"), "respondent": "CISO", "fueltype": fuel, "value": value, "value-units": "megawatthours"}
                for h in range(-40, 1) for fuel, value in (("NG", 100), ("WND", 300)) if fuel == "WND" or h < 0]
        return ok({"response": {"data": rows}})

    answer = told(live(ct, "US-CA", "EIA", serve(reply), "--provider", "eia", key=SECRET))
    assert measured(answer) == {"2026-11-25T08:00": pytest.approx((100 * 490 + 300 * 11) / 400)}  # the hour from 9 on has wind alone
    assert forecast(answer)[0]["g_per_kwh"] == pytest.approx(130.75, rel=0.01)


def test_estimated_hours_say_so_and_another_zone_is_refused(ct, serve):
    answer = told(live(ct, "PL", "ELECTRICITY_MAPS", serve(maps), "--provider", "electricity_maps", key=SECRET))
    assert "24 of 24 hours are estimates" in answer["note"] and "forecast by Carbontracker" in answer["note"]
    done = live(ct, "CZ", "ELECTRICITY_MAPS", serve(maps), "--provider", "electricity_maps", key=SECRET)
    assert "it is of zone 'PL', 'CZ' was asked for; the table stands" in done.stderr and told(done)["provider"] != "Electricity Maps"
    server = serve(maps)
    assert told(live(ct, "CZ", "ELECTRICITY_MAPS", server, "--provider", "electricity_maps", key=SECRET, env={"CARBONTRACKER_ELECTRICITY_MAPS_ZONE": "CZ-X"}))
    assert "zone=CZ-X&" in server.paths[0]


def test_a_region_of_great_britain_has_forecasts_alone(ct, serve):
    def reply(path, _):
        half_hours = range(0, 96) if "/fw48h/" in path else range(-336, 0)
        return ok({"data": {"regionid": 13, "shortname": "London", "data": [{"from": stamp(h / 2), "to": stamp(h / 2 + 0.5), "intensity": {"forecast": 120, "index": "low"}} for h in half_hours]}})

    server = serve(reply)
    answer = told(live(ct, "GB", "UK_CARBON_INTENSITY", server, env={"CARBONTRACKER_UK_CARBON_INTENSITY_REGION": "13"}))
    assert measured(answer) == {} and "forecasts, for past hours too" in answer["note"]
    assert all(p["g_per_kwh"] == pytest.approx(120, rel=0.01) for p in forecast(answer)[:48])
    assert server.paths[1] == "/regional/intensity/2026-11-25T10:00Z/fw48h/regionid/13"
    done = live(ct, "GB", "UK_CARBON_INTENSITY", server, env={"CARBONTRACKER_UK_CARBON_INTENSITY_REGION": "London"})
    assert "neither a region nor a postcode" in done.stderr and "13 is London" in done.stderr
    assert len(server.asked) == 2


def test_an_hour_of_entsoe_whose_types_are_not_all_reported_is_no_figure(ct, serve):
    def reply(path, headers):
        status, head, body = entsoe(path, headers)
        gas, rest = body.split("</TimeSeries>", 1)
        return status, head, gas.replace(f"<end>{stamp(0)}</end>", f"<end>{stamp(-1)}</end>") + "</TimeSeries>" + rest

    answer = told(live(ct, "PL", "ENTSOE", serve(reply), "--provider", "entsoe", key=SECRET))
    assert measured(answer) == {"2026-11-25T08:45": pytest.approx(130.75)}  # the last quarter with both: from 9 on there is wind alone
    assert forecast(answer)[0]["g_per_kwh"] == pytest.approx(130.75, rel=0.01)


def test_a_provider_without_an_address_of_its_own_asks_for_it(ct):
    done = ct("intensity", "PL", "--live", "--provider", "carbon_aware_sdk")
    assert done.returncode == 0 and "set CARBONTRACKER_CARBON_AWARE_SDK_URL" in done.stderr and "the table stands" in done.stderr
