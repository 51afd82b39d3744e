"""carbontracker.track(): what it measures, what it gives back, and that it is never in the way. The machine takes 100 W, always."""
import asyncio
import json
import logging
import threading
import time

import pytest


def test_energy_is_power_times_time(ct):
    with ct.track("steady") as run:
        time.sleep(0.3)
    report = run.report().to_dict()
    total = report["energy"]["total"]
    assert total["joules"] == pytest.approx(100 * report["run"]["duration_s"], rel=0.02)
    assert report["run"]["name"] == "steady" and report["run"]["exit_code"] == 0


def test_the_report_is_that_of_the_command_line_key_for_key(ct, stored):
    with ct.track("same", epochs=2, tags={"lr": 0.1}) as run:
        for _ in run.epochs(range(2)):
            time.sleep(0.05)
    [from_store] = stored()
    ours = run.report().to_dict()

    def keys(value):
        if isinstance(value, dict):
            return {key: keys(item) for key, item in value.items()}
        return [keys(value[0])] if isinstance(value, list) and value else type(value).__name__
    assert keys(ours) == keys(from_store)
    assert ours["run"] == from_store["run"] and ours["run"]["tags"] == {"lr": "0.1"}
    assert json.loads(run.report().to_json()) == ours


def test_epochs_and_regions_and_a_forecast(ct):
    seen = []
    with ct.track("loop", on_forecast=lambda run, forecast: seen.append((forecast["done"], forecast["of"]))) as run:
        for _ in run.epochs(range(3)):
            time.sleep(0.2)
            with run.region("validate"):
                time.sleep(0.05)
    regions = run.report().to_dict()["regions"]
    assert [r["name"] for r in regions] == ["epoch 1", "validate", "epoch 2", "validate", "epoch 3", "validate"]
    assert {r["parent"] for r in regions if r["name"] == "validate"} == {"epoch 1", "epoch 2", "epoch 3"}
    assert seen == [(1, 3), (2, 3), (3, 3)]
    epochs = [r for r in regions if r["name"].startswith("epoch")]
    assert all(r["joules"] == pytest.approx(100 * r["seconds"], rel=0.1) for r in epochs)


def test_a_forecast_before_any_progress_has_a_reason(ct):
    with ct.track("none") as run:
        assert run.forecast() is None and run.forecast_reason()


def test_snapshot_while_it_runs(ct):
    with ct.track(place="DK", pue=1.5) as run:
        time.sleep(1.5)  # counters are read once a second
        seen = run.snapshot()
    assert seen["joules"] == pytest.approx(100 * seen["duration_s"], rel=0.1)
    assert seen["carbon"]["facility_joules"] == pytest.approx(1.5 * seen["joules"])
    assert seen["grams"] == pytest.approx(1.5 * seen["joules"] / 3.6e6 * seen["carbon"]["intensity_g_per_kwh"])
    assert [c["name"] for c in seen["channels"] if c["counted"]] == ["package-0"]


@pytest.mark.parametrize("argument, value", [
    ("epochs", 0), ("epochs", -1), ("epochs", "3"), ("epochs", float("nan")), ("epochs", True), ("epochs", []), ("name", 3), ("tags", "a=b"),
    ("place", "nowhere"), ("place", 5), ("pue", 0.5), ("pue", "x"), ("budget", "5 apples"), ("budget", "0 kWh"), ("budget", 5), ("on_budget", "explode"),
    ("on_forecast", 1), ("output", 7), ("resume", 1), ("sinks", 3), ("sinks", [print, 3]), ("verbose", "loud"), ("verbose", -1), ("keep", "no"), ("wait", None)])
def test_a_wrong_argument_is_named_at_construction(ct, argument, value):
    with pytest.raises(ValueError, match=argument) as caught:
        ct.track(**{argument: value})
    assert isinstance(caught.value, ct.Error) and caught.value.code == "invalid_input"


def test_resume_of_an_unknown_run_is_told(ct):
    with pytest.raises(ct.InvalidInput, match="resume"):
        ct.track(resume="20000101-000000-abcdef").start()


def test_a_resumed_run_has_two_attempts_under_one_id(ct, stored):
    with ct.track("long") as first:
        time.sleep(0.05)
    with ct.track(resume=first.id) as second:
        time.sleep(0.05)
    assert second.id == first.id
    [whole] = stored()
    assert [s["attempt"] for s in whole["segments"]] == [0, 1]
    parts = [r.report().to_dict()["energy"]["total"]["joules"] for r in (first, second)]
    assert whole["energy"]["total"]["joules"] == pytest.approx(sum(parts), rel=1e-3)


def test_use_after_stop_and_double_stop(ct, caplog):
    run = ct.track("once").start()
    first = run.stop()
    assert run.stop().to_dict() == first.to_dict()
    with caplog.at_level(logging.WARNING, "carbontracker"):
        run.epoch_begin()
        run.epoch_end()
        run.step(5)
    assert [r.message for r in caplog.records] == ["carbontracker: a mark after the run has ended is left out"]
    assert run.snapshot()["joules"] == first.to_dict()["energy"]["total"]["joules"]


def test_an_end_without_a_begin_still_counts(ct):
    with ct.track(epochs=2) as run:
        time.sleep(0.05)
        run.epoch_end()
        run.region_end("never begun")
    assert [r["name"] for r in run.report().to_dict()["regions"]] == ["epoch 1"]


def test_an_exception_passes_through_and_the_run_is_a_failure(ct):
    with pytest.raises(KeyError, match="mine"), ct.track() as run, run.region("broken"):
        raise KeyError("mine")
    report = run.report().to_dict()
    assert report["run"]["exit_code"] == 1 and report["regions"][0]["name"] == "broken"


def test_an_output_that_cannot_be_written_is_a_warning(ct, caplog):
    with caplog.at_level(logging.WARNING, "carbontracker"), ct.track(output="/proc/no/such.json") as run:
        pass
    assert any("/proc/no" in r.message for r in caplog.records)
    assert run.report().to_dict()["schema"] == 1


# --- budgets and callbacks ---

def test_a_spent_budget_stops_at_the_next_mark_when_asked(ct):
    ends = []
    with pytest.raises(ct.BudgetExceeded, match="10 J"), ct.track(budget="10 J", on_budget="stop") as run:
        begin = time.monotonic()
        for _ in run.epochs(range(1000)):
            time.sleep(0.06)  # 6 J each: the second passes 10 J, or the first where it takes 0.1 s
            ends.append(time.monotonic() - begin)
    assert run.done == len(ends) <= 2 and run.stopped and all(end < 0.1 for end in ends[:-1])


def test_a_spent_budget_warns_once(ct, caplog):
    with caplog.at_level(logging.WARNING, "carbontracker"), ct.track(budget="0.001 g", place="DK") as run:
        for _ in run.epochs(range(5)):
            time.sleep(0.2)  # 20 J: about 1 mg CO2e
    assert [r.message for r in caplog.records].count("carbontracker: the budget of 0.001 g is spent") == 1


def test_a_function_is_called_once_and_its_fault_is_told(ct, caplog):
    calls = []

    def broken(run):
        calls.append(run.done)
        raise RuntimeError("in the callback")
    with caplog.at_level(logging.WARNING, "carbontracker"), ct.track(budget="1 J", on_budget=broken) as run:
        for _ in run.epochs(range(3)):
            time.sleep(0.05)
    assert calls == [1] and "callback failed" in caplog.text and "in the callback" in caplog.text


def test_a_sink_gets_figures_with_their_units(ct):
    got = []
    with ct.track(epochs=2, sinks=lambda figures, step: got.append((step, figures))) as run:
        for _ in run.epochs(range(2)):
            time.sleep(0.1)
    assert [step for step, _ in got] == [1, 2, 2]
    last = got[-1][1]
    assert last["mean_power_watts"] == pytest.approx(100, rel=0.05)
    assert last["energy_kwh"] == pytest.approx(run.report().to_dict()["energy"]["total"]["joules"] / 3.6e6)
    assert "forecast_energy_kwh" in got[0][1] and got[0][1]["power_watts"] == pytest.approx(100, rel=0.1)


def test_a_sink_is_told_of_each_gpu_and_of_the_end(ct, monkeypatch):
    monkeypatch.setenv("CARBONTRACKER_SYNTHETIC", "gpu0=const:30 gpu1=const:50")
    got = []

    class Sink:
        def log(self, figures, step):
            got.append(figures)

        def finish(self, run):
            got.append(run.id)
    with ct.track(sinks=Sink()) as run:
        for _ in run.epochs(range(2)):
            time.sleep(0.2)
    assert got[-1] == run.id and [figures["gpu_1_power_usage_watts"] for figures in got[:2]] == pytest.approx([50, 50], rel=0.1)


def test_a_process_that_does_not_measure_tells_no_sink(ct, monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "1")
    got = []
    with ct.track(sinks=lambda figures, step: got.append(step)) as run:
        for _ in run.epochs(range(2)):
            pass
    assert got == [] and "local rank 0" in run.why_not()


# --- decorators ---

def test_decorated_functions_give_what_they_give(ct, stored):
    @ct.track
    def plain(a, *, b):
        """Words."""
        return a + b

    @ct.track("named")
    async def coroutine(x):
        await asyncio.sleep(0)
        return x * 2

    @ct.track()
    def generator():
        got = yield 1
        return got

    @ct.track
    async def stream():
        try:
            got = yield 1
        except ValueError as error:
            got = str(error)
        yield got

    async def talk():
        items = stream()
        first = await items.__anext__()
        return first, await items.athrow(ValueError("thrown in")), [x async for x in items]
    assert plain(1, b=2) == 3 and plain.__name__ == "plain" and plain.__doc__ == "Words."
    assert asyncio.run(coroutine(4)) == 8
    items = generator()
    assert next(items) == 1
    with pytest.raises(StopIteration) as end:
        items.send("answer")
    assert end.value.value == "answer"
    assert asyncio.run(talk()) == (1, "thrown in", [])
    names = [run["run"]["name"] for run in stored()]
    assert len(names) == 4 and names[1] == "named" and names[0].endswith("plain")


def test_each_call_is_a_run_and_failures_pass(ct, stored):
    @ct.track
    def fails():
        raise OSError("mine")
    for _ in range(2):
        with pytest.raises(OSError, match="mine"):
            fails()
    assert [run["run"]["exit_code"] for run in stored()] == [1, 1]


# --- threads, nesting, views ---

def test_a_tracker_in_a_thread_and_two_at_once(ct, stored):
    def work(name):
        with ct.track(name) as run:
            for _ in run.epochs(range(2)):
                time.sleep(0.05)
    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    with ct.track("outer") as outer:
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert ct.current() is outer
    assert ct.current() is None
    assert sorted(run["run"]["name"] for run in stored()) == ["a", "b", "outer"]
    assert all(r["energy"]["total"]["joules"] == pytest.approx(100 * r["run"]["duration_s"], rel=0.1) for r in stored())


def test_a_notebook_shows_it_and_escapes_names(ct):
    with ct.track("<script>", epochs=2) as run:
        time.sleep(0.05)
        with run.epoch():
            pass
        html = run._repr_html_()
    assert "&lt;script&gt;" in html and "<script>" not in html and "<progress max='2' value='1'" in html
    assert "finished" in run._repr_html_()
    assert "not begun" in ct.track()._repr_html_() and "running" not in ct.track()._repr_html_()


def test_a_region_waits_for_the_device_queues_of_loaded_frameworks(ct, monkeypatch):
    import sys
    import types
    calls = []
    cuda = types.SimpleNamespace(is_initialized=lambda: True, synchronize=lambda: calls.append("cuda"))
    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(cuda=cuda))
    with ct.track() as run:
        with run.region("async"):
            pass
        assert calls == []
        with run.region("synced", wait=True):
            pass
    assert calls == ["cuda", "cuda"]


def test_a_locale_with_decimal_commas_changes_nothing(python):
    done = python("import locale\ntry: locale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')\nexcept locale.Error: pass\n"
                  "import carbontracker as ct\nwith ct.track(budget='1.5 kWh', pue=1.25) as run: pass\nprint(run.report().to_dict()['carbon']['pue'])")
    assert done.stdout == "1.25\n" and done.stderr == ""


def test_nothing_is_printed_unless_asked(python):
    code = "import carbontracker as ct\nwith ct.track('quiet', verbose=%d): pass\n"
    quiet, loud = python(code % 0), python(code % 1)
    assert (quiet.stdout, quiet.stderr) == ("", "")
    assert loud.stdout == "" and loud.stderr.startswith("quiet") and len(loud.stderr.splitlines()) <= 8


def test_start_takes_milliseconds_and_a_pair_of_marks_microseconds(ct):
    starts, pairs = [], []
    for _ in range(5):
        begin = time.perf_counter()
        run = ct.track("fast").start()
        starts.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        for _ in range(200):
            run.epoch_begin()
            run.epoch_end()
        pairs.append((time.perf_counter() - begin) / 200)
        run.stop()
    assert min(starts) < 0.1 and min(pairs) < 400e-6  # far above what they take (bench/)
