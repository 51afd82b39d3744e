"""Fifty runs of one project on mixed machines, failed and interrupted ones among them: sums, shares and what remains, by arithmetic of the test's own."""
import json
import math
import os
import signal

import pytest

HEADER = "timestamp,project_name,run_id,duration,emissions,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,country_iso_code,codecarbon_version,pue\n"
T_95 = 1.6759  # Student's t, 95 %, 50 degrees (tables)


def test_fifty_runs_sum_up_and_the_rest_is_predicted(ct, wait_until):
    # 46 that came to their end, by turns on a machine of 36 kJ and one of eight times that for each minute of theirs: i minutes, i of 1 to 46.
    small = [i for i in range(1, 47) if i % 2]
    rows = "".join(f"2025-03-{1 + i // 24:02d}T{i % 24:02d}:00:00,search,r-{i},{60 * i},0.1,{0.01 * i if i % 2 else 0},{0 if i % 2 else 0.08 * i},0,{0.01 * i if i % 2 else 0.08 * i},Denmark,DNK,3.0.1,1\n"
                   for i in range(1, 47))
    (ct.work / "emissions.csv").write_text(HEADER + rows)
    assert ct("import", "emissions.csv").stdout == "imported 46 runs\n"
    # Two that failed, one that lost its wrapper, and one that still runs: 2 and 20 MW.
    for code, machine in ((3, "package-0=const:2e6"), (1, "gpu0=const:2e7 package-0=const:0")):
        assert ct("run", "-q", "--project", "search", "--", "sh", "-c", f"sleep 0.5; exit {code}", env={"CARBONTRACKER_SYNTHETIC": machine}).returncode == code
    lost = ct.start("run", "-q", "--project", "search", "--interval", "0.2s", "--", "sh", "-c", "echo $$ > pid; exec sleep 60", env={"CARBONTRACKER_SYNTHETIC": "package-0=const:2e6"})

    def listed(*words):
        return json.loads(ct("report", "--project", "search", "--format", "json", *words).stdout)

    wait_until(lambda: any(run["state"] == "running" and (run["joules"] or 0) > 0 for run in listed()["runs"]), what="figures of the run that is to be lost")
    lost.kill()
    lost.communicate()
    os.kill(int((ct.work / "pid").read_text()), signal.SIGKILL)
    still = ct.start("run", "-q", "--project", "search", "--", "sleep", "60")

    def states():
        runs = listed()["runs"]
        return sorted(run["state"] for run in runs if run["state"] != "finished") if len(runs) == 50 else []
    wait_until(lambda: states() == ["interrupted", "running"], what="one interrupted, one running")
    found = listed("--trials", "89")
    ended = [run for run in found["runs"] if run["state"] != "running"]
    failed = [run for run in ended if run["state"] == "interrupted" or run["exit_code"] not in (0, None)]
    assert (len(ended), len(failed)) == (49, 3)
    total = found["sum"]
    assert (total["runs"], total["failed"]) == (49, 3)
    # 0.01 kWh x (1 + 3 + ... + 45 = 529) + 0.08 kWh x (2 + 4 + ... + 46 = 552): 49.45 kWh
    assert sum(small) == 529 and sum(range(2, 47, 2)) == 552
    came_to_an_end = (0.01 * 529 + 0.08 * 552) * 3.6e6
    assert total["joules"] - total["failed_joules"] == pytest.approx(came_to_an_end)
    assert total["failed_joules"] == pytest.approx(sum(run["joules"] for run in failed))
    for run in failed:
        watts = 2e7 if run["exit_code"] == 1 else 2e6
        assert run["joules"] == pytest.approx(watts * run["duration_s"], rel=0.15)
    assert total["seconds"] == pytest.approx(60 * 1081 + sum(run["duration_s"] for run in failed))

    forecast = found["forecast"]
    assert (forecast["seen"], forecast["remaining"]) == (49, 40)
    joules = [run["joules"] for run in ended]
    mean = sum(joules) / 49
    assert forecast["joules"] == pytest.approx(sum(joules) + 40 * mean)
    assert forecast["seconds"] == pytest.approx(total["seconds"] * 89 / 49)
    # No narrower than the mean's own doubt and that of 40 trials leave it (log-normal), one trial off by 0.7 of the mean beside those seen.
    deviation = math.sqrt((sum((each - mean) ** 2 for each in joules) + (0.7 * mean) ** 2) / 49)
    reach = math.exp(T_95 * math.sqrt(math.log(1 + (deviation / mean) ** 2 * (1 / 40 + 1 / 49))))
    assert sum(joules) < forecast["low"] <= (sum(joules) + 40 * mean / reach) * 1.005
    assert forecast["high"] >= (sum(joules) + 40 * mean * reach) * 0.995
    text = ct("report", "--project", "search", "--trials", "89").stdout
    assert "in 3 that failed" in text and "1 still running, not in it" in text and "for all 89: 40 more as the 49 seen" in text
    still.terminate()
    still.communicate()
