"""Never in the way: no fault of ours reaches the training, nothing is printed unasked, signals and exits are the host's."""
import logging
import sys
import time
import types

import pytest


def break_(monkeypatch, ct, *names):
    from carbontracker import _run

    class Broken:
        def __init__(self, real):
            self._real = real

        def __getattr__(self, name):
            def broken(*_):
                raise MemoryError(f"{name} broke")
            return broken if name in names else getattr(self._real, name)
    original = _run.Run._begin
    monkeypatch.setattr(_run.Run, "_begin", lambda self: Broken(original(self)))


@pytest.mark.parametrize("name", ["mark", "finish", "snapshot", "forecast", "troubles", "summary"])
def test_a_core_that_breaks_anywhere_ends_no_training(ct, monkeypatch, caplog, name):
    break_(monkeypatch, ct, name)
    done = []
    with ct.track("t", epochs=3, budget="1 J", sinks=lambda figures, step: None, on_forecast=lambda run, forecast: None, verbose=1) as run:
        for epoch in run.epochs(range(3)):
            with run.region("part"):
                run.step(epoch)
            time.sleep(0.02)
            done.append(epoch)
    assert done == [0, 1, 2] and run.stopped


def test_a_measurement_that_cannot_begin_is_a_warning(ct, monkeypatch, caplog):
    from carbontracker import _core

    def session(**_):
        raise OSError("no threads left")
    monkeypatch.setattr(_core, "Session", session)
    with ct.track("t", budget="1 J", on_budget="stop") as run:
        for _ in run.epochs(range(2)):
            pass
    assert "nothing is measured" in caplog.text and "no threads left" in run.why_not()
    assert run.snapshot() is None and run.report().to_dict() == {} and str(run.report()) == "" and "no threads left" in run._repr_html_()


@pytest.mark.parametrize("call", [lambda run: run.step("x"), lambda run: run.step(float("nan")), lambda run: run.step(1, of=[2]), lambda run: run.epoch_end("three"),
                                  lambda run: run.epoch_end(-1), lambda run: run.plan(None)])
def test_a_mark_that_makes_no_sense_is_left_out(ct, caplog, call):
    with caplog.at_level(logging.WARNING, "carbontracker"), ct.track(epochs=2) as run:
        call(run)
        run.epoch_end()
    assert "left out" in caplog.text and run.done == 1
    assert [r["name"] for r in run.report().to_dict()["regions"]] == ["epoch 1"]


def test_names_of_regions_may_be_anything(ct):
    with ct.track() as run:
        for name in (None, 3, "a\0b", "\ud800", "x" * 100000):
            with run.region(name):
                pass
    assert run.report().to_dict()["schema"] == 1


def test_a_loader_that_does_not_know_its_length(ct):
    class Stream:
        def __len__(self):
            raise TypeError("a stream has no length")

        def __iter__(self):
            return iter(range(2))
    with ct.track() as run:
        assert list(run.epochs(Stream())) == [0, 1] and list(run.steps(Stream())) == [0, 1]
    assert run.planned == 0 and run.done == 2


def test_nothing_is_printed_at_verbose_0_whatever_goes_wrong(python):
    code = """
import time, carbontracker as ct
with ct.track('q', verbose={}, output='/proc/no/such.json', budget='0.000001 J', sinks=lambda f, s: 1 / 0) as run:
    for _ in run.epochs(range(2)):
        end = time.monotonic() + 60
        while not run.snapshot()['joules'] and time.monotonic() < end: time.sleep(0.01)
run.step('x'); run.epoch_end()
"""
    silent, spoken = python(code.format(0)), python(code.format(None))
    assert (silent.stdout, silent.stderr, silent.returncode) == ("", "", 0)
    assert spoken.stdout == "" and "budget" in spoken.stderr  # by logging's last resort
    set_up = python("import logging; logging.basicConfig(format='%(name)s %(message)s')" + code.format(0))
    assert "carbontracker carbontracker: the budget of 0.000001 J is spent" in set_up.stderr  # who set logging up is told


def test_signal_handlers_of_the_host_stay(python):
    done = python("""
import signal, carbontracker as ct
def all_():
    return {s: signal.getsignal(s) for s in signal.valid_signals() if s != signal.SIGTERM}
before = all_()
run = ct.track().start()
assert all_() == before
mine = lambda *a: None
signal.signal(signal.SIGTERM, mine)  # set while we measure: it stays
run.stop()
assert signal.getsignal(signal.SIGTERM) is mine
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with ct.track(): assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
""")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("ending, code", [("sys.exit(7)", 7), ("raise SystemExit('words')", 1), ("1 / 0", 1), ("os._exit(9)", 9), ("raise KeyboardInterrupt", -2),
                                          ("os.kill(os.getpid(), 9)", -9)])
def test_the_interpreter_ends_as_it_would_and_at_once(python, ending, code):
    begin = time.monotonic()
    done = python(f"import os, sys, carbontracker as ct\nwith ct.track() as run:\n    run.epoch_begin()\n    {ending}\n")
    assert done.returncode in (code, 128 - code if code < 0 else code) and time.monotonic() - begin < 60


def test_an_unhandled_exception_keeps_its_traceback(python):
    done = python("import carbontracker as ct\n@ct.track\ndef f():\n    raise KeyError('mine')\nf()\n")
    assert done.stderr.rstrip().endswith("KeyError: 'mine'") and "During handling" not in done.stderr


def test_a_broken_stderr_is_no_reason_to_fail(python):
    assert python("import sys, carbontracker as ct\nsys.stderr = None\nwith ct.track(verbose=1): pass\nprint('on')").stdout == "on\n"


@pytest.mark.parametrize("broken", ["logging.getLogger().addHandler(Handler())", "logging.getLogger('carbontracker').addFilter(lambda record: 1 / 0)",
                                    "logging.setLogRecordFactory(lambda *a, **k: 1 / 0)", "sys.stdout = sys.stderr = Gone()"])
def test_logging_and_streams_of_the_program_that_fail_end_no_training(python, broken):
    done = python(f"""
import logging, os, sys, carbontracker as ct
from carbontracker.tracker import CarbonTracker
from carbontracker.codecarbon import OfflineEmissionsTracker
class Handler(logging.Handler):
    def emit(self, record): raise RuntimeError("mine")
class Gone:
    def write(self, text): raise RuntimeError("mine")
    flush = write
{broken}
with ct.track("t", epochs=2, output="/proc/no/such.json", verbose=1, sinks=lambda *_: 1 / 0, budget="0.000001 J") as run:
    run.step("x")
    for _ in run.epochs(range(2)): pass
t = CarbonTracker(epochs=2, epochs_before_pred=1, log_dir="logs")
for _ in range(3): t.epoch_end(); t.epoch_start(); t.epoch_end()
t.stop()
c = OfflineEmissionsTracker(country_iso_code="DNK", output_handlers=[type("Bad", (), {{"out": lambda *_: 1 / 0}})()]); c.start(); c.flush(); c.stop()
os.write(1, b"on" if run.done == 2 else b"off")
os._exit(0)
""")
    assert (done.stdout[-2:], done.returncode) == ("on", 0), done.stderr


def test_values_and_loaders_whose_own_methods_raise_end_no_training(ct, caplog):
    class Value:
        def fails(self, *_):
            raise RuntimeError("mine")
        __str__ = __repr__ = __float__ = __len__ = fails

        def __iter__(self):
            return iter([1])

    class Length(Value):
        def __init__(self, length):
            self.length = length

        def __len__(self):
            return self.length
    with ct.track("t") as run:
        with run.region(Value()):
            pass
        run.metric(Value(), 1), run.metric("m", Value()), run.metric("m", 10 ** 400)
        run.step(Value()), run.epoch_end(Value()), run.plan(Value()), run.step(10 ** 400)
        for loader in (Value(), Length(-1), Length(2 ** 70), Length("x"), Length(1.5)):
            assert list(run.epochs(loader)) == list(run.steps(loader)) == [1]
    assert run.done == 5 and run.report().to_dict()["schema"] == 1


# --- notebooks ---

@pytest.fixture
def notebook(monkeypatch):
    """What a cell was shown, as IPython.display would have it."""
    shown = []

    class Handle:
        def update(self, what):
            shown.append(what._repr_html_())

    def display(what, display_id):
        shown.append(what._repr_html_())
        return Handle()
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=display))
    return shown


def test_a_live_view_goes_on_through_a_long_epoch(ct, notebook):
    import threading
    with ct.track("live", epochs=2).live() as run:
        for redrawn in run.epochs([2, 1]):
            drawn, until = len(notebook) + redrawn, time.monotonic() + 60
            while len(notebook) < drawn and time.monotonic() < until:
                time.sleep(0.02)
    assert len(notebook) >= 4 and "running" in notebook[1] and "finished" in notebook[-1]
    assert any("to go" in html for html in notebook[:-1]) and "value='2'" in notebook[-1]
    for thread in [t for t in threading.enumerate() if t.name == "carbontracker-view"]:
        thread.join(60)
        assert not thread.is_alive()


def test_a_view_that_fails_ends_no_training(ct, notebook, monkeypatch, caplog):
    with ct.track("live").live() as run:
        monkeypatch.setattr(run._live.handle.__class__, "update", lambda *_: 1 / 0)
        for _ in run.epochs(range(2)):
            pass
    assert run.stopped and run.done == 2


@pytest.mark.parametrize("main", ["pass", "run = carbontracker.track('main').start()"])
def test_a_second_interpreter_measures_nothing_and_goes_on(python, main):
    """Its end hung where the main one measured."""
    done = python(f"""
try:
    import _xxsubinterpreters as interpreters
    made = interpreters.create(isolated=False)
except ImportError:  # Python 3.13
    import _interpreters as interpreters
    made = interpreters.create("legacy")
import carbontracker
{main}
interpreters.run_string(made, '''
import carbontracker
with carbontracker.track("second", epochs=2) as run:
    for _ in run.epochs(range(2)): pass
print(run.done, run.measuring, "main interpreter" in run.why_not(), flush=True)
''')
interpreters.destroy(made)
print("end")
""")
    assert (done.returncode, done.stdout) == (0, "2.0 False True\nend\n"), done.stderr
