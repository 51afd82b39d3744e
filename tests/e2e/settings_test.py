"""Defaults from files and the environment: who wins, what is unknown, what is wrong, and where it says so."""
import pathlib
import re

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]


def write_user(ct, text):
    path = ct.home / ".config" / "carbontracker" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def write_project(ct, text):
    path = ct.work / ".carbontracker.toml"
    path.write_text(text)
    return path


def place_of(ct, *words, env=None):
    report = ct.measured(*words, "--", "true", env=env)
    return report["carbon"]["place"], report["carbon"]["place_from"]


def test_flags_win_over_variables_over_the_project_over_the_user(ct):
    user = write_user(ct, 'place = "FR"\n')
    assert place_of(ct) == ("FR", str(user))
    write_project(ct, 'place = "SE"\n')
    assert place_of(ct) == ("SE", "./.carbontracker.toml")
    assert place_of(ct, env={"CARBONTRACKER_PLACE": "NO"}) == ("NO", "CARBONTRACKER_PLACE")
    assert place_of(ct, "--place", "DK", env={"CARBONTRACKER_PLACE": "NO"}) == ("DK", "--place")


def test_every_key(ct):
    write_user(ct, 'place = "DE"\npue = 1.3\nproject = "thesis"\nname = "given"\nepochs = 4\ninterval = "5m"\nprogress = "off"\n')
    done = ct("run", "--", "true")
    assert done.stderr.count("carbontracker:") == 0, done.stderr
    report = ct.report()
    assert (report["run"]["project"], report["run"]["name"]) == ("thesis", "given")
    assert (report["carbon"]["pue"], report["carbon"]["place"]) == (1.3, "DE")
    assert report["carbon"]["pue_from"].endswith("config.toml")


def test_xdg_config_home(ct):
    (ct.folder / "xdg" / "carbontracker").mkdir(parents=True)
    (ct.folder / "xdg" / "carbontracker" / "config.toml").write_text('place = "IS"\n')
    assert place_of(ct, env={"XDG_CONFIG_HOME": str(ct.folder / "xdg")})[0] == "IS"


def test_unknown_keys_and_variables_are_named_and_harmless(ct):
    write_project(ct, 'plaice = "DK"\nproject = "p"\n')
    done = ct("run", "--", "sh", "-c", "exit 3", env={"CARBONTRACKER_PLAICE": "DK"})
    assert done.returncode == 3
    assert "./.carbontracker.toml" in done.stderr and "'plaice'" in done.stderr and "place, pue" in done.stderr
    assert "CARBONTRACKER_PLAICE" in done.stderr
    assert ct.report()["run"]["project"] == "p"


@pytest.mark.parametrize("words", [["intensity", "PL"], ["plan", "--hours", "1", "--kwh", "1"], ["predict", "--hours", "1", "--watts", "9"], ["report"]])
def test_a_slip_in_the_settings_is_told_by_every_verb_that_takes_from_them(ct, words):
    """A key of a provider under a wrong name was passed over in silence by all but run."""
    write_user(ct, 'electricity_map_key = "x"\n')
    done = ct(*words, env={"CARBONTRACKER_PLASE": "DK"})
    assert done.returncode == 0 and "unknown key 'electricity_map_key'" in done.stderr and "unknown variable CARBONTRACKER_PLASE" in done.stderr


def test_variables_that_the_documents_name_are_known(ct):
    """CARBONTRACKER_SWEEP and _RESUME were taken, and called unknown."""
    documents = "".join((TREE / "docs" / name).read_text() for name in ("FORMATS.md", "method/providers.md", "python.md"))
    names = {name for name in re.findall(r"CARBONTRACKER_[A-Z_]+", documents) if not name.endswith("_")} | {f"CARBONTRACKER_{n}" for n in ("PUE", "PRICE")}
    assert {"CARBONTRACKER_SWEEP", "CARBONTRACKER_RESUME", "CARBONTRACKER_LIVE_LIMIT"} <= names
    spare = {name: "1" for name in names - {"CARBONTRACKER_HOME", "CARBONTRACKER_SYNTHETIC", "CARBONTRACKER_HOST_ROOT", "CARBONTRACKER_SOCKET", "CARBONTRACKER_RUN_ID", "CARBONTRACKER_PLACE"}}
    assert "unknown variable" not in ct("report", env=spare).stderr


def test_a_file_that_is_no_toml_is_named_with_its_line(ct):
    write_project(ct, 'project = "p"\nplace = = "DK"\n')
    done = ct("run", "--", "sh", "-c", "exit 3")
    assert done.returncode == 3 and "./.carbontracker.toml, line 2" in done.stderr


@pytest.mark.parametrize("line, words", [("pue = 0.5", ["pue", "0.5", "1 to 10"]), ("pue = nan", ["pue", "1 to 10"]), ('epochs = "many"', ["epochs", "many"]),
                                         ("epochs = -3", ["epochs", "-3"]), ('interval = "soon"', ["interval", "soon", "90s"]),
                                         ('progress = "maybe"', ["progress", "maybe"]), ('place = "Atlantis"', ["Atlantis"])])
def test_a_bad_value_names_the_setting_and_where_it_is_from(ct, line, words):
    write_project(ct, line + "\n")
    done = ct("run", "--", "touch", "started")
    assert done.returncode == 125 and not (ct.work / "started").exists()
    for word in [*words, "./.carbontracker.toml"]:
        assert word in done.stderr


@pytest.mark.parametrize("variable, value", [("PUE", "eleven"), ("EPOCHS", "0"), ("INTERVAL", "x"), ("PLACE", "XX-YY"), ("PROGRESS", "y"), ("PRICE", "cheap")])
def test_a_bad_variable_is_named(ct, variable, value):
    done = ct("run", "--", "touch", "started", env={f"CARBONTRACKER_{variable}": value})
    assert done.returncode == 125 and f"CARBONTRACKER_{variable}" in done.stderr


def test_wrong_types_are_named(ct):
    write_project(ct, 'place = ["DK"]\nproject = "p"\n[pue]\nx = 1\n')
    done = ct("run", "--", "true")
    assert done.returncode == 0
    assert "'place' must be" in done.stderr and "'pue' must be" in done.stderr


@pytest.mark.parametrize("where", ["user", "project"])
def test_B155_a_settings_file_that_may_not_be_read_is_warned_of_and_passed_over(ct, as_nobody, where):
    path = (write_user if where == "user" else write_project)(ct, 'place = "DK"\n')
    path.chmod(0)
    ct.store.mkdir()
    ct.store.chmod(0o777)
    done = ct("run", "--", "sh", "-c", "exit 3", prefix=as_nobody)
    assert done.returncode == 3
    assert path.name in done.stderr and "ermission denied" in done.stderr and "going on without it" in done.stderr
    assert len(ct.runs()) == 1


@pytest.mark.parametrize("where", ["user", "project"])
def test_a_settings_folder_that_may_not_be_entered(ct, as_nobody, where):
    path = write_user(ct, 'place = "DK"\n')
    path.parent.chmod(0)
    done = ct("run", "--", "sh", "-c", "exit 3", prefix=as_nobody)
    assert done.returncode == 3


def test_a_settings_file_that_is_a_directory(ct):
    (ct.work / ".carbontracker.toml").mkdir()
    assert ct("run", "--", "sh", "-c", "exit 3").returncode == 3


@pytest.mark.parametrize("text", ["1s", "90s", "1.5m", "24h", "200ms", "2d", "5", "1h30m"])
def test_durations(ct, text):
    assert ct("run", "--interval", text, "--", "sh", "-c", "exit 4").returncode == 4


@pytest.mark.parametrize("text", ["", "5x", "-1s", "1s1", "nan", "1e400s", "1e12s", "99999999999d", "inf"])
def test_bad_durations(ct, text):
    done = ct("run", f"--interval={text}", "--", "touch", "started")
    assert done.returncode == 125 and "--interval" in done.stderr
    assert not (ct.work / "started").exists()


@pytest.mark.parametrize("given, near", [("DKK", "DK"), ("US-XA", "US-"), ("aws:eu-west-11", "aws:eu-west-1"), ("Denmrak", "DK")])
def test_a_place_that_does_not_exist_names_the_nearest(ct, given, near):
    done = ct("run", "--place", given, "--", "touch", "started")
    assert done.returncode == 125 and not (ct.work / "started").exists()
    assert given in done.stderr and near in done.stderr.replace(given, "")


@pytest.mark.parametrize("given, code", [("DK", "DK"), ("dk", "DK"), ("DNK", "DK"), ("US-CA", "US-CA"), ("aws:eu-west-1", "aws:eu-west-1"), ("CA-QC", "CA-QC")])
def test_spellings_of_places(ct, given, code):
    assert place_of(ct, "--place", given) == (code, "--place")


def test_coordinates(ct):
    place, _ = place_of(ct, "--place", "55.68,12.57")  # Copenhagen
    assert place is not None
    assert ct.report()["carbon"]["zone"] == "DK"


def test_B149_nothing_is_said_of_what_was_not_given(ct):
    done = ct("run", "--", "true", env={"CUDA_VISIBLE_DEVICES": None, "CARBONTRACKER_PLACE": "", "CARBONTRACKER_PUE": ""})
    assert "carbontracker:" not in done.stderr


def test_B151_a_region_without_a_country_is_refused_before_anything_starts(ct):
    done = ct("run", "--place", "abcd", "--", "touch", "started")
    assert done.returncode == 125 and "abcd" in done.stderr and not (ct.work / "started").exists()
