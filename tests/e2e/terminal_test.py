"""On a terminal: the child keeps one, the lines are for people, and what the environment says about colour holds."""
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

import pytest

ESCAPE = "\x1b["
SILENT = {"NO_COLOR": None, "CLICOLOR_FORCE": None, "TERM": "xterm"}


def on_a_terminal(ct, *words, env=None, keys="", seconds=120, rows_columns=None):
    """Runs the program with a terminal as all three streams; returns its exit code and what the terminal showed."""
    master, slave = pty.openpty()
    if rows_columns:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *rows_columns, 0, 0))
    process = ct.start(*words, env={**SILENT, **(env or {})}, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                       preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.close(slave)
    shown, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        if keys and b"ready" in shown:
            os.write(master, keys.encode())
            keys = ""
        if select.select([master], [], [], 0.05)[0]:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            shown += data
        elif process.poll() is not None:
            break
    code = process.wait(timeout=120)
    os.close(master)
    return code, shown.decode(errors="replace")


def test_the_child_has_a_terminal_of_the_same_size(ct):
    code, shown = on_a_terminal(ct, "run", "--", "sh", "-c", "test -t 0 && test -t 1 && test -t 2 && echo all three; stty size", rows_columns=(33, 101))
    assert code == 0
    assert "all three" in shown and "33 101" in shown


def test_keys_reach_the_child(ct):
    code, shown = on_a_terminal(ct, "run", "--", "sh", "-c", "echo ready; read line; echo got $line", keys="words\n")
    assert code == 0 and "got words" in shown


def test_control_c_reaches_the_child_and_the_report_comes(ct):
    code, shown = on_a_terminal(ct, "run", "--", "sh", "-c", "trap 'echo caught; exit 3' INT; echo ready; sleep 10 & wait", keys="\x03")
    assert code == 3
    assert "caught" in shown and "energy" in shown


def test_the_terminal_is_left_as_it_was(ct):
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    process = ct.start("run", "--", "true", stdin=slave, stdout=slave, stderr=slave)
    process.wait(timeout=120)
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize("env, coloured", [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, False),
                                           ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)])
def test_colour_on_a_terminal(ct, env, coloured):
    _, shown = on_a_terminal(ct, "run", "--", "true", env=env)
    assert "energy" in shown
    assert (ESCAPE in shown) == coloured


@pytest.mark.parametrize("env, coloured", [({}, False), ({"CLICOLOR_FORCE": "1"}, True), ({"CLICOLOR_FORCE": "0"}, False), ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False)])
def test_colour_in_a_pipe(ct, env, coloured):
    done = ct("run", "--", "true", env={**SILENT, **env})
    assert (ESCAPE in done.stderr) == coloured
    assert (ESCAPE in ct("report", "last", env={**SILENT, **env}).stdout) == coloured


EPOCHS = "for i in 1 2 3; do sleep 0.4; echo epoch $i/3 loss 0.$i; done"


def test_the_first_forecast_is_announced_on_a_terminal_and_not_in_a_pipe(ct):
    _, shown = on_a_terminal(ct, "run", "--", "sh", "-c", EPOCHS)
    assert shown.count("carbontracker: forecast") == 1
    assert shown.index("carbontracker: forecast") < shown.index("epoch 3/3")
    done = ct("run", "--", "sh", "-c", EPOCHS)
    assert "carbontracker: forecast" not in done.stderr and "forecast" in done.stderr


def test_quiet_on_a_terminal_leaves_the_childs_lines_alone(ct):
    _, shown = on_a_terminal(ct, "run", "-q", "--", "sh", "-c", EPOCHS)
    assert shown.replace("\r\n", "\n") == "epoch 1/3 loss 0.1\nepoch 2/3 loss 0.2\nepoch 3/3 loss 0.3\n"


def test_a_dumb_terminal_gets_no_announcement(ct):
    _, shown = on_a_terminal(ct, "run", "--", "sh", "-c", EPOCHS, env={"TERM": "dumb"})
    assert "carbontracker: forecast" not in shown and ESCAPE not in shown


def test_a_progress_bar_passes_unchanged(ct):
    bar = "\\r 50%|#####     | 1/2 [00:01<00:01]\\033[A\\r100%|##########| 2/2 [00:02<00:00]\\n"
    _, bare = on_a_terminal(ct, "run", "-q", "--progress", "off", "--", "printf", bar)
    _, read = on_a_terminal(ct, "run", "-q", "--", "printf", bar)
    assert read == bare


def test_an_epochs_line_behind_a_flood_is_read(ct):
    """12 MB, far more than is sampled in that time, and the line at their end: behind each the epoch counts, behind the last too, which the program's end follows."""
    code = "import sys, time\nfor e in range(1, 4):\n  time.sleep(0.5)\n  sys.stdout.write(('x' * 199 + '\\n') * 60000 + f'epoch {e}/3 loss 0.5\\n')\n  sys.stdout.flush()"
    ours, theirs = os.openpty()
    child = ct.start("run", "-q", "-o", ct.folder / "flood.json", "--", sys.executable, "-c", code, stdout=theirs, stderr=theirs)
    os.close(theirs)
    with child:
        try:
            while os.read(ours, 1 << 16):
                pass
        except OSError:
            pass
        assert child.wait(60) == 0
    os.close(ours)
    report = json.loads((ct.folder / "flood.json").read_text())
    assert [region["name"] for region in report["regions"]] == ["epoch 1", "epoch 2", "epoch 3"]
    assert (report["forecast"]["done"], report["forecast"]["of"]) == (3, 3)
