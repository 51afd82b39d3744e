"""CarbonTracker on a meter of known watts: what people do with it, call by call."""
import contextlib
import pathlib
import sys
import threading

import pytest

from carbontracker import parser
from carbontracker.tracker import CarbonTracker
from metered import read, train


def test_A1_stop_after_all_epochs_does_nothing_and_prints_nothing(meter, tmp_path, capsys):
    tracker = CarbonTracker(epochs=2, log_dir=tmp_path)
    train(tracker, meter, 2)
    before = read(tracker, "standard"), read(tracker, "output")
    capsys.readouterr()
    assert tracker.stop() is None and tracker.stop() is None
    assert capsys.readouterr().out == ""
    assert (read(tracker, "standard"), read(tracker, "output")) == before
    assert tracker.early_stop is False


def test_A2_one_pair_around_a_script(meter, tmp_path):
    tracker = CarbonTracker(epochs=1, log_dir=tmp_path)
    train(tracker, meter, 1, 3600)
    assert tracker.actual["epochs"] == 1
    assert tracker.actual["energy (kWh)"] == pytest.approx(0.39 * 1.58)


def test_A3_an_exception_of_the_users_code_passes_through(meter):
    tracker = CarbonTracker(epochs=1)
    with pytest.raises(KeyError, match="mine"):
        tracker.epoch_start()
        try:
            raise KeyError("mine")
        finally:
            tracker.epoch_end()


def test_A4_a_single_pair_for_many_epochs_gives_one_actual_and_a_hint(meter, tmp_path):
    tracker = CarbonTracker(epochs=100, log_dir=tmp_path)
    train(tracker, meter, 1)
    tracker.stop()
    assert tracker.actual["epochs"] == 1
    assert tracker.pred["energy (kWh)"] == pytest.approx(100 * tracker.actual["energy (kWh)"])
    assert "only 1 of 100 epochs was seen" in pathlib.Path(tracker.log_paths["err"]).read_text()


def test_A5_stop_within_an_epoch_counts_its_energy_but_not_the_epoch(meter, tmp_path):
    tracker = CarbonTracker(epochs=10, log_dir=tmp_path)
    train(tracker, meter, 2)
    tracker.epoch_start()
    meter.made[-1].wait(30)
    tracker.stop()
    assert tracker.early_stop and tracker.actual["epochs"] == 2
    # 150 s at 390 W, x 1.58
    assert tracker.actual["energy (kWh)"] == pytest.approx(390 * 150 * 1.58 / 3.6e6)
    assert tracker.actual["duration (s)"] == pytest.approx(150)
    assert tracker.pred["epochs"] == 10
    assert "Training was interrupted before all 10 epochs were monitored." in read(tracker, "standard")
    assert "Interrupted in epoch 3 after 0:00:30.00 with energy (J, without PUE): gpu 9000.0, cpu 2700.0." in read(tracker, "standard")
    (run,) = parser.parse_all_logs(tmp_path)
    assert run["early_stop"] and run["actual"]["epochs"] == 2 and run["pred"]["epochs"] == 10


def test_B8_of_the_original_stop_called_first_says_zero_epochs(meter, tmp_path):
    tracker = CarbonTracker(epochs=3, log_dir=tmp_path)
    tracker.stop()
    assert "Actual consumption for 0 epoch(s):\n\tTime:\t0:00:00\n\tEnergy:\t0.000000000000 kWh" in read(tracker, "output")
    assert parser.aggregate_consumption(tmp_path) == (0, 0, {"km travelled by car": 0})


def test_A9_B180_epoch_end_without_start_is_a_no_op_that_is_said_once(meter, capsys):
    tracker = CarbonTracker(epochs=3)
    capsys.readouterr()
    for _ in range(1000):
        tracker.epoch_end()
    out = capsys.readouterr().out
    assert out.count("epoch_end() was called without epoch_start()") == 1 and out.count("\n") == 1
    train(tracker, meter, 3)
    assert tracker.actual["epochs"] == 3


def test_epoch_start_twice_keeps_the_epoch_that_runs(meter):
    tracker = CarbonTracker(epochs=1)
    tracker.epoch_start()
    meter.made[-1].wait(10)
    tracker.epoch_start()
    meter.made[-1].wait(10)
    tracker.epoch_end()
    assert tracker.actual["duration (s)"] == 20


def test_A6_A13_B178_made_and_driven_in_other_threads(meter):
    held = []
    thread = threading.Thread(target=lambda: held.append(CarbonTracker(epochs=1)))
    thread.start()
    thread.join()
    thread = threading.Thread(target=train, args=(held[0], meter, 1))
    thread.start()
    thread.join()
    assert held[0].actual["epochs"] == 1


def test_A7_A29_hooks_pass_more_arguments_and_get_none(meter):
    tracker = CarbonTracker(epochs=1)
    assert tracker.epoch_start(1, state=object()) is None
    assert tracker.epoch_end("") is None


def test_A11_many_trackers_leave_nothing_behind_and_names_are_unique(meter, tmp_path):
    open_before = len(list(pathlib.Path("/proc/self/fd").iterdir()))
    threads_before = threading.active_count()
    for _ in range(30):
        tracker = CarbonTracker(epochs=1, log_dir=tmp_path, verbose=0)
        train(tracker, meter, 1)
    assert len(parser.parse_all_logs(tmp_path)) == 30
    assert len(list(pathlib.Path("/proc/self/fd").iterdir())) == open_before
    assert threading.active_count() == threads_before
    assert all(made.closed for made in meter.made)


def test_A12_two_at_once_are_independent_and_calls_after_the_end_are_silent(meter, capsys):
    one, two = CarbonTracker(epochs=1, verbose=1), CarbonTracker(epochs=2, verbose=1)
    first, second = meter.made
    one.epoch_start()
    two.epoch_start()
    first.wait(10)
    second.wait(20)
    one.epoch_end()
    two.epoch_end()
    capsys.readouterr()
    train(one, meter, 3)
    assert capsys.readouterr().out == ""
    assert one.actual["duration (s)"] == 10 and two.tracker.epoch_times == [20.0]


def test_A14_a_forked_child_neither_measures_nor_reports(meter, tmp_path):
    import os

    tracker = CarbonTracker(epochs=2, log_dir=tmp_path)
    train(tracker, meter, 1)
    before = read(tracker, "standard")
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(BaseException):
            tracker.epoch_start()
            tracker.epoch_end()
            tracker.stop()
            del tracker
            code = 0
        os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert read(tracker, "standard") == before
    train(tracker, meter, 1)
    assert tracker.actual["epochs"] == 2


def test_B142_signal_handlers_of_the_host_stay(meter):
    import signal

    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    train(CarbonTracker(epochs=1), meter, 1)
    assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == before


def test_stop_from_a_signal_handler_inside_a_call_does_not_hang(meter):
    tracker = CarbonTracker(epochs=2, log_dir="logs")
    tracker.logger.info = lambda *messages, write=tracker.logger.info: (tracker.stop(), write(*messages))
    train(tracker, meter, 1)
    assert tracker.deleted


def test_A10_as_a_context(meter):
    with CarbonTracker(epochs=3, verbose=0) as tracker:
        train(tracker, meter, 1)
    assert tracker.early_stop and tracker.actual["epochs"] == 1


def test_the_core_is_told_of_the_epochs(meter):
    train(CarbonTracker(epochs=2), meter, 2)
    assert [(kind, values["done"], values["of"]) for kind, values in meter.made[-1].marks] == [
        ("epoch_begin", 0, 2), ("epoch_end", 1, 2), ("epoch_begin", 1, 2), ("epoch_end", 2, 2)]


def test_importing_brings_nothing_heavy():
    import subprocess

    heavy = "{'logging','dataclasses','typing','numpy','pandas','threading','random','re','json','argparse','datetime','inspect'}"
    code = f"import sys; before = set(sys.modules); import carbontracker.tracker; print(sorted((set(sys.modules) - before) & {heavy}))"
    tree = pathlib.Path(__file__).resolve().parents[3] / "python"
    out = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(tree)!r}); " + code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
