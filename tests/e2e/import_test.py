"""carbontracker import: the runs of another tool's file become runs of the store, once."""
import pytest

HEADER = ("timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,"
          "water_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,"
          "latitude,ram_total_size,tracking_mode,cpu_utilization_percent,gpu_utilization_percent,ram_utilization_percent,ram_used_gb,on_cloud,pue,wue\n")


def row(run, duration=3600, kg=0.3, cpu=0.12, gpu=0.48, project="bert", stamp="2025-03-04T10:00:00", country="DNK", pue=1.2):
    return (f"{stamp},{project},{run},5b0f,{duration},{kg},0.0001,90,300,10,{cpu},{gpu},0,{cpu + gpu},0,Denmark,{country},,,,Linux,3.11.7,3.0.1,8,AMD EPYC,1,"
            f"1 x NVIDIA A100,,,64,machine,,,,,N,{pue},0\n")


@pytest.fixture
def csv(ct):
    def write(*rows, name="emissions.csv"):
        (ct.work / name).write_text(HEADER + "".join(rows))
        return name
    return write


def test_the_report_has_the_figures_that_the_row_states(ct, csv):
    done = ct("import", csv(row("r-1")), env={"TZ": "UTC"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "imported 1 run\n", "")
    report = ct.report()
    # 0.6 kWh with a PUE of 1.2 in it: 0.5 kWh of the devices; 300 g
    assert report["energy"]["total"]["joules"] == pytest.approx(1.8e6)
    assert report["energy"]["total"]["facility_joules"] == pytest.approx(0.6 * 3.6e6)
    assert report["carbon"]["grams"] == pytest.approx(300)
    assert (report["run"]["name"], report["run"]["project"], report["run"]["duration_s"]) == ("bert", "bert", 3600)
    assert report["run"]["started"].startswith("2025-03-04T09:00:00")
    assert report["run"]["tags"]["imported_from"] == "CodeCarbon 3.0.1"
    assert report["carbon"]["pue_from"] == "imported from CodeCarbon 3.0.1"
    text = ct("report", "last").stdout
    assert "CodeCarbon 3.0.1" in text and "300 g CO2e" in text


def test_judged_again_elsewhere_it_has_that_grids_carbon(ct, csv):
    ct("import", csv(row("r-1")))
    assert ct("report", "last", "--place", "NO").stdout.count("Norway") and "300 g" not in ct("report", "last", "--place", "NO").stdout


def test_nothing_is_imported_twice_and_a_run_that_went_on_is_brought_up_to_date(ct, csv):
    ct("import", csv(row("r-1"), row("r-2")))
    before = {run["id"] for run in ct.runs()}
    assert ct("import", csv(row("r-1"), row("r-2"))).stdout == "imported 0 runs, left 2 that were there already\n"
    assert ct("import", "emissions.csv", csv(row("r-2"), name="copy.csv")).stdout == "imported 0 runs, left 3 that were there already\n"
    assert {run["id"] for run in ct.runs()} == before
    done = ct("import", csv(row("r-1"), row("r-2", duration=7200, kg=0.6, cpu=0.24, gpu=0.96, stamp="2025-03-04T11:00:00")))
    assert done.stdout == "imported 0 runs, brought 1 run up to date, left 1 that were there already\n"
    assert {run["id"] for run in ct.runs()} == before
    assert sorted(run["joules"] for run in ct.runs()) == pytest.approx([1.8e6, 3.6e6])


def test_project_sums_and_delete_work_on_them(ct, csv):
    ct("import", csv(row("r-1"), row("r-2"), row("r-3", project="other")))
    assert "together" in ct("report", "--project", "bert").stdout
    import json
    listed = json.loads(ct("report", "--project", "bert", "--format", "json").stdout)
    assert len(listed["runs"]) == 2
    assert listed["sum"]["joules"] == pytest.approx(3.6e6)
    for run in listed["runs"]:
        assert ct("delete", run["id"]).returncode == 0
    assert [run["name"] for run in ct.runs()] == ["other"]
    assert ct("import", "emissions.csv").stdout == "imported 2 runs, left 1 that were there already\n"


def test_bad_rows_are_named_and_the_rest_is_taken(ct, csv):
    name = csv(row("r-1"), "1,2,3\n", row("r-2"))
    done = ct("import", name, "--project", "mine")
    assert done.returncode == 1
    assert done.stdout == "imported 2 runs; 1 row could not be read\n"
    assert "emissions.csv, line 3: it has 3 fields, the header 38" in done.stderr
    assert {run["project"] for run in ct.runs()} == {"mine"}


@pytest.mark.parametrize("content, words", [("", "no column timestamp"), ("a,b\n1,2\n", "no column timestamp"), ("task_name,timestamp\n", "tasks")])
def test_other_files_are_refused(ct, content, words):
    (ct.work / "x.csv").write_text(content)
    done = ct("import", "x.csv")
    assert done.returncode == 1 and words in done.stderr and "x.csv" in done.stderr
    assert ct.runs() == []


def test_a_file_that_is_not_there(ct):
    done = ct("import", "none.csv")
    assert done.returncode == 1 and "none.csv" in done.stderr
    assert ct("import").returncode == 2


def test_the_row_of_our_own_layer_comes_back(ct, csv):
    """Zero-energy rows and unknown countries are runs too."""
    assert ct("import", csv(row("r-1", cpu=0, gpu=0, kg=0), row("r-2", country=""), row("r-3", country="ZZZ"))).stdout == "imported 3 runs\n"
    assert len(ct.runs()) == 3
