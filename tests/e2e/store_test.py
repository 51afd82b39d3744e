"""What is kept, whatever happens to the disk: a clear message, the training unharmed, the summary still printed."""
import os
import pathlib
import signal
import subprocess

import pytest


def summary_is_there(done):
    return "energy" in done.stderr and "carbon" in done.stderr


def test_two_runs_at_once(ct):
    processes = [ct.start("run", "--name", f"n{i}", "--", "sh", "-c", f"sleep 0.5; exit {i}", text=True) for i in range(1, 5)]
    for i, process in enumerate(processes, 1):
        _, err = process.communicate(timeout=120)
        assert process.returncode == i and "carbontracker:" not in err
    runs = ct.runs()
    assert {(run["name"], run["exit_code"], run["state"]) for run in runs} == {(f"n{i}", i, "finished") for i in range(1, 5)}
    assert len({run["id"] for run in runs}) == 4


def test_reports_while_runs_are_written(ct):
    processes = [ct.start("run", "--", "sleep", "0.6", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(3)]
    while any(process.poll() is None for process in processes):
        assert ct("report").returncode == 0
    assert {run["state"] for run in ct.runs()} == {"finished"} and len(ct.runs()) == 3


def test_a_home_that_may_not_be_written(ct, as_nobody):
    ct.store.mkdir(mode=0o755)  # root's
    done = ct("run", "--", "sh", "-c", "echo out; exit 3", prefix=as_nobody)
    assert (done.returncode, done.stdout) == (3, "out\n")
    assert str(ct.store) in done.stderr and "ermission denied" in done.stderr and "CARBONTRACKER_HOME" in done.stderr
    assert summary_is_there(done)


def test_a_home_below_a_file(ct):
    (ct.folder / "file").write_text("x")
    done = ct("run", "--", "sh", "-c", "exit 3", env={"CARBONTRACKER_HOME": str(ct.folder / "file" / "home")})
    assert done.returncode == 3 and summary_is_there(done)
    assert "Not a directory" in done.stderr


def test_no_home_at_all(ct):
    done = ct("run", "--", "sh", "-c", "exit 3", env={"HOME": None, "CARBONTRACKER_HOME": None, "XDG_DATA_HOME": None})
    assert done.returncode == 3 and summary_is_there(done)
    assert done.stderr.count("CARBONTRACKER_HOME") == 1
    report = ct("report", env={"HOME": None, "CARBONTRACKER_HOME": None, "XDG_DATA_HOME": None})
    assert "no runs" in report.stdout and "CARBONTRACKER_HOME" in report.stderr


def test_where_runs_go(ct):
    ct("run", "-q", "--", "true", env={"CARBONTRACKER_HOME": None})
    assert list((ct.home / ".local/share/carbontracker").rglob("*"))
    ct("run", "-q", "--", "true", env={"CARBONTRACKER_HOME": None, "XDG_DATA_HOME": str(ct.folder / "xdg")})
    assert list((ct.folder / "xdg/carbontracker").rglob("*"))


@pytest.fixture
def tiny_disk(ct):
    """A file system of 64 KiB; the tests run as root (in a container perhaps without mounts: then in a namespace of its own)."""
    disk = ct.folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk(ct, tiny_disk):
    (tiny_disk / "ballast").write_bytes(b"x" * 64 * 1024)
    done = ct("run", "-o", tiny_disk / "run.json", "--", "sh", "-c", "echo out; exit 3", env={"CARBONTRACKER_HOME": str(tiny_disk / "store")})
    assert (done.returncode, done.stdout) == (3, "out\n")
    assert "No space left on device" in done.stderr and summary_is_there(done)


def fill(path):
    ballast = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(ballast, b"x" * 4096):
            pass
    except OSError:
        os.close(ballast)


def test_a_disk_that_fills_while_the_run_lasts(ct, tiny_disk, wait_until):
    env = {"CARBONTRACKER_HOME": str(tiny_disk / "store")}
    with ct.start("run", "--", "timeout", "20", "sh", "-c", f"while [ ! -e {ct.work}/go ]; do sleep 0.05; done; exit 3", env=env, text=True) as process:
        wait_until(lambda: any(path.is_file() for path in (tiny_disk / "store").rglob("*")))
        fill(tiny_disk / "ballast")
        (ct.work / "go").touch()
        _, err = process.communicate(timeout=120)
    assert process.returncode == 3 and "energy" in err
    os.unlink(tiny_disk / "ballast")
    listed = ct("report", "--format", "json", env=env)
    assert listed.returncode == 0, listed.stderr


def test_a_limit_on_file_sizes(ct):
    limited = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"]
    done = ct("run", "--", "sh", "-c", "exit 3", prefix=limited)
    assert done.returncode == 3 and summary_is_there(done)
    assert "ulimit -f" in done.stderr


def journals(ct):
    return [path for path in ct.store.rglob("*") if path.is_file() and "journal" in str(path.parent)]


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:len(data) // 2], lambda data: b"\0" * len(data), lambda data: data[:40] + b"\xff" * 40 + data[80:],
                                    lambda data: os.urandom(3000), lambda data: data + b"more that nobody wrote"])
def test_a_damaged_journal_does_not_take_the_others_with_it(ct, damage):
    ct("run", "-q", "--name", "good", "--", "true")
    good = journals(ct)
    ct("run", "-q", "--name", "bad", "--", "true")
    for path in journals(ct):
        if path not in good:
            path.write_bytes(damage(path.read_bytes()))
    done = ct("report", "--format", "json")
    assert done.returncode == 0 and "good" in done.stdout
    assert "Traceback" not in done.stderr and "terminate" not in done.stderr


def test_a_damaged_index_is_made_again_from_the_journals(ct):
    ct("run", "-q", "--name", "kept", "--", "true")
    assert ct("report").returncode == 0
    databases = [path for path in ct.store.rglob("*") if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3"]
    assert databases
    for path in databases:
        path.write_bytes(b"no database at all" * 1000)
    done = ct("report")
    assert "kept" in done.stdout or (done.returncode == 1 and str(databases[0]) in done.stderr)
    assert ct("run", "-q", "--", "sh", "-c", "exit 3").returncode == 3


def test_B144_a_killed_wrapper_leaves_nothing_that_blocks_the_next(ct, wait_until):
    process = ct.start("run", "--", "sh", "-c", "echo $$ > pid; exec sleep 30", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: (ct.work / "pid").exists() and ct.runs())
    process.kill()
    process.wait()
    os.kill(int((ct.work / "pid").read_text()), signal.SIGKILL)
    assert ct("run", "--", "true").returncode == 0
    assert sorted(run["state"] for run in ct.runs()) == ["finished", "interrupted"]
    assert ct("delete", [run["id"] for run in ct.runs() if run["state"] == "interrupted"][0]).returncode == 0


def test_B191_what_others_left_in_tmp_does_not_matter(ct):
    before = set(os.listdir("/tmp"))
    assert ct("run", "-q", "--", "true").returncode == 0
    assert not [name for name in set(os.listdir("/tmp")) - before if "carbontracker" in name]
    for path in ct.store.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path


def test_the_sockets_folder_is_gone_with_the_run(ct):
    ct("run", "-q", "--", "true")
    assert not [path for path in ct.store.rglob("*") if path.is_socket()]
    runtime = ct.folder / "runtime"
    runtime.mkdir(mode=0o700)
    shown = ct("run", "-q", "--", "sh", "-c", 'echo "$CARBONTRACKER_SOCKET"; test -S "$CARBONTRACKER_SOCKET"', env={"XDG_RUNTIME_DIR": str(runtime)})
    assert shown.returncode == 0 and shown.stdout.startswith(str(runtime))
    assert not pathlib.Path(shown.stdout.strip()).exists()


def test_a_very_deep_home(ct):
    deep = ct.folder / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    assert ct("run", "-q", "--", "sh", "-c", "exit 3", env={"CARBONTRACKER_HOME": str(deep)}).returncode == 3
    assert "finished" in ct("report", env={"CARBONTRACKER_HOME": str(deep)}).stdout or ct("report", env={"CARBONTRACKER_HOME": str(deep)}).returncode == 0
