"""Keys of live providers go into requests and nowhere else; they may stand in the user's own configuration file."""
import pathlib
import threading
import uuid

import pytest
from live_server import AT, SECRET, live, maps, told


def holding(ct, *secrets):
    """Files of the store that hold a secret."""
    return [path for path in ct.store.rglob("*") if path.is_file() and any(secret.encode() in path.read_bytes() for secret in secrets)]


def configure(ct, text, mode=0o600):
    path = ct.home / ".config" / "carbontracker" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def intensity(ct, *words, **env):
    return ct("intensity", "PL", "--live", "--at", AT, "--format", "json", *words, env=env)


def test_a_key_appears_nowhere(ct, serve):
    for key in (SECRET, "wrong-" + SECRET):
        done = live(ct, "PL", "ELECTRICITY_MAPS", serve(maps), "--provider", "electricity_maps", key=key)
        assert SECRET not in done.stdout + done.stderr
    assert not holding(ct, SECRET)
    assert "401" in done.stderr and "key" in done.stderr and told(done)["provider"] != "Electricity Maps"


def test_a_key_that_the_service_echoes_is_struck_out(ct, serve):
    done = live(ct, "US-CA", "EIA", serve(lambda p, h: (200, {}, f"Invalid api_key {SECRET}")), "--provider", "eia", key=SECRET)
    assert "***" in done.stderr and SECRET not in done.stdout + done.stderr
    assert not holding(ct, SECRET)


def test_key_url_and_zone_from_the_configuration(ct, serve):
    server = serve(maps)
    configure(ct, f'electricity_maps_key = "{SECRET}"\nelectricity_maps_url = "{server.url}"\nelectricity_maps_zone = "PL-X"\n')
    done = intensity(ct)
    assert "zone=PL-X&" in server.paths[0] and server.asked[0][1]["auth-token"] == SECRET
    assert "'PL', 'PL-X' was asked for" in done.stderr and SECRET not in done.stdout + done.stderr
    assert told(intensity(ct, CARBONTRACKER_ELECTRICITY_MAPS_ZONE="PL"))["provider"] == "Electricity Maps"  # the environment wins
    assert server.asked[-1][1]["auth-token"] == SECRET and "chmod" not in done.stderr
    assert not holding(ct, SECRET)


@pytest.mark.parametrize("spelling", ["ELECTRICITYMAPS", "ELECTRICITYMAP"])
def test_another_spelling_of_a_providers_variables_is_not_passed_over(ct, serve, spelling):
    server = serve(maps)
    done = intensity(ct, "--provider", "Electricity-Maps", **{f"CARBONTRACKER_{spelling}_URL": server.url, f"CARBONTRACKER_{spelling}_KEY": SECRET})
    assert told(done)["provider"] == "Electricity Maps" and server.asked[0][1]["auth-token"] == SECRET


def test_an_unknown_provider_is_named_with_those_there_are(ct):
    done = intensity(ct, "--provider", "electricity_mops")
    assert "electricity_mops" in done.stderr and "electricity_maps" in done.stderr and "entsoe" in done.stderr


@pytest.mark.parametrize("mode, warned", [(0o600, False), (0o640, True), (0o604, True)])
def test_a_file_with_keys_that_others_may_read_is_told(ct, serve, mode, warned):
    path = configure(ct, f'electricity_maps_key = "{SECRET}"\nelectricity_maps_url = "{serve(maps).url}"\n', mode)
    done = intensity(ct)
    assert (f"chmod 600 {path}" in done.stderr) == warned and told(done)["provider"] == "Electricity Maps"
    assert SECRET not in done.stderr


def test_a_projects_file_cannot_send_the_key_elsewhere(ct, serve):
    mine, other = serve(maps), serve(maps)
    configure(ct, f'electricity_maps_key = "{SECRET}"\nelectricity_maps_url = "{mine.url}"\n')
    (ct.work / ".carbontracker.toml").write_text(f'electricity_maps_url = "{other.url}"\neia_key = "{SECRET}"\n')
    assert told(intensity(ct))["provider"] == "Electricity Maps"
    assert len(mine.asked) == 2 and other.asked == []
    done = ct("run", "--", "true")
    assert "'electricity_maps_url' is taken from your own" in done.stderr and "'eia_key'" in done.stderr and SECRET not in done.stderr


@pytest.mark.parametrize("text", [f"electricity_maps_key = {SECRET}\n", f'electricity_maps_key = "{SECRET}\n', f'electricity_maps_key = "{SECRET}" x\n', f'electricity_maps_key = ["{SECRET}"]\n',
                                  f'electricty_maps_key = "{SECRET}"\n'])
def test_a_damaged_file_is_told_without_its_key(ct, text):
    configure(ct, text)
    done = ct("run", "--", "true")
    assert done.returncode == 0 and "config.toml" in done.stderr and SECRET[:4] not in done.stdout + done.stderr


def test_no_command_prints_a_key_and_no_run_keeps_one(ct):
    configure(ct, f'electricity_maps_key = "{SECRET}"\nwatttime_key = "me:{SECRET}"\n')
    keys = {f"CARBONTRACKER_{name}_KEY": SECRET for name in ("EIA", "ENTSOE")}
    for words in (["run", "--name", "r", "--place", "PL", "--", "true"], ["run", "--", "sh", "-c", "exit 3"], ["report"], ["report", "r"], ["report", "r", "--format", "json"], ["report", "--format", "json"],
                  ["sources"], ["sources", "--format", "json"], ["intensity", "PL"], ["predict", "--hours", "1", "--watts", "100"], ["plan", "--hours", "1", "--kwh", "1", "--within", "24h", "--place", "PL"],
                  ["--help"], ["help", "run"]):
        done = ct(*words, env=keys)
        assert SECRET not in done.stdout + done.stderr, words
    assert not holding(ct, SECRET)


def test_no_process_shows_a_key_while_a_request_is_under_way(ct, serve):
    asked, go_on, secret = threading.Event(), threading.Event(), uuid.uuid4().hex  # one that is in no other process of this machine

    def reply(path, headers):
        asked.set()
        go_on.wait(120)
        return maps(path, {"auth-token": SECRET} if headers["auth-token"] == secret else {})

    configure(ct, f'electricity_maps_key = "{secret}"\nelectricity_maps_url = "{serve(reply).url}"\n')
    with ct.start("intensity", "PL", "--live", "--at", AT, "--format", "json", text=True) as process:
        assert asked.wait(120)
        shown = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            for name in ("cmdline", "environ"):
                try:
                    content = (folder / name).read_bytes()
                except OSError:  # gone meanwhile
                    continue
                if secret.encode() in content:
                    shown.append((folder.name, name, content[:80]))
        own = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
        go_on.set()
        assert b"--live" in own and shown == []
        assert "Electricity Maps" in process.stdout.read()
