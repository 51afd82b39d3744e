"""CarbonTracker with the arguments, methods, logs and readable attributes that programs for the Python carbontracker 2.x use."""
import os
import sys
from _thread import RLock

from carbontracker import _arguments as check
from carbontracker import _endings, _meter, _processes, constants
from carbontracker._book import JOULES_PER_KWH, CarbonTrackerThread, NoMeter, run_name
from carbontracker._intensity import CarbonIntensity, IntensityUpdater, Stopper
from carbontracker.loggerutil import Logger, convert_to_timestring, plain

CarbonIntensityThread = IntensityUpdater
VERSION = "3.0.0"
EPOCHS_APART = 100  # as many epochs are kept apart in the store; later ones are progress only, so that a call stays cheap


class CarbonTracker:
    """Measures the epochs of a training. May be driven from any thread; installs no signal handler; never ends the program
    (but for the "n" that `stop_and_confirm` asks for). Wrong arguments are a ValueError that names them; whatever goes wrong
    later is a warning, and the figures are of what could be measured. Methods are silent no-ops in a forked child, and where another
    process of the training measures this node (`silent` says which): then there are no logs either, and no figures."""

    def __init__(self, epochs, epochs_before_pred=1, monitor_epochs=-1, update_interval=1, interpretable=True, stop_and_confirm=False,
                 ignore_errors=False, components="all", devices_by_pid=False, log_dir=None, log_file_prefix="", verbose=1,
                 decimal_precision=12, api_keys=None, sim_cpu=None, sim_cpu_tdp=None, sim_cpu_util=None, sim_gpu=None, sim_gpu_watts=None,
                 sim_gpu_util=None, **unknown):
        check.no_others(unknown)
        self.epochs = check.whole("epochs", epochs, 1)
        self._settle_epochs(check.whole("epochs_before_pred", epochs_before_pred), check.whole("monitor_epochs", monitor_epochs))
        self.update_interval = check.real("update_interval", update_interval)  # accepted; the sensor decides how often it is read
        self.interpretable = check.flag("interpretable", interpretable)
        self.stop_and_confirm = check.flag("stop_and_confirm", stop_and_confirm)
        self.ignore_errors = check.flag("ignore_errors", ignore_errors)
        self.components = check.components(components)
        self.devices_by_pid = check.flag("devices_by_pid", devices_by_pid)
        self.decimal_precision = check.whole("decimal_precision", decimal_precision, 0)
        self.api_keys = check.keys(api_keys)
        simulated = {"cpu": check.simulated("cpu", sim_cpu, "sim_cpu_tdp", sim_cpu_tdp, "sim_cpu_util", sim_cpu_util),
                     "gpu": check.simulated("gpu", sim_gpu, "sim_gpu_watts", sim_gpu_watts, "sim_gpu_util", sim_gpu_util)}
        simulated = {name: device for name, device in simulated.items() if device and name in self.components}
        self.pue, self._pue_source = constants.pue_and_source()
        self._lock = RLock()
        self._pid = os.getpid()
        directory, prefix = check.path("log_dir", log_dir), check.text("log_file_prefix", log_file_prefix)
        verbose = check.verbosity(verbose)
        self._part = _processes.Part(run_name())
        self.silent = self._part.silent
        self.deleted = False           # torn down
        self._stopped = False          # ... by stop()
        self.actual = self.pred = None  # the results as data, with the parser's keys
        self.early_stop = False
        try:
            self.logger = self._open_logs(directory, prefix, verbose) if self.silent is None else Logger(None, "", 0)
            self._begin(simulated)
        except BaseException:
            self._part.leave()
            raise
        if self.silent is None:
            _endings.watch(self)

    def _settle_epochs(self, before_pred, monitor):
        self.monitor_epochs = self.epochs if monitor < 0 else monitor
        self.epochs_before_pred = self.monitor_epochs if before_pred < 0 else before_pred
        if self.monitor_epochs == 0:
            raise ValueError("monitor_epochs = 0: at least one epoch has to be monitored; -1 means all of them")
        if self.monitor_epochs < self.epochs_before_pred:
            raise ValueError(f"monitor_epochs = {monitor} is below epochs_before_pred = {before_pred}: a prediction needs the epochs before it")

    def _open_logs(self, directory, prefix, verbose):
        try:
            return Logger(directory, prefix, verbose)
        except OSError as error:
            reason = f"log_dir = {directory!r}: no log can be written there ({error.strerror or error})"
            if not self.ignore_errors:
                raise ValueError(reason) from None
            logger = Logger(None, "", verbose)
            logger.warn("log_dir", reason)
            return logger

    def _begin(self, simulated):
        self.logger.info(f"carbontracker version {VERSION}")
        self.logger.info(f"Only predicted and actual consumptions are multiplied by a PUE coefficient of {self.pue:g} ({self._pue_source}).")
        meter = self._open_meter()
        self.tracker = CarbonTrackerThread(meter, self.components, simulated, self.devices_by_pid, self.pue, self.logger)
        self.intensity_updater = IntensityUpdater(self._grid(meter))
        self.intensity_stopper = Stopper()
        self._ask_live()
        self.tracker.announce()

    def _open_meter(self):
        if self.silent is not None:
            return NoMeter()
        from carbontracker import _config

        place, source = _config.setting("place")
        try:
            return _meter.factory(name=run_name(), place=place or "", pue=self.pue, epochs=self.epochs, keep=True)
        except ValueError as error:
            raise ValueError(f"{error} (from {source})" if source else str(error)) from None
        except Exception as error:
            self.logger.warn("meter", f"nothing can be measured: {error}")
            return NoMeter()

    def _grid(self, meter):
        try:
            return meter.grid()
        except Exception as error:
            self.logger.warn("grid", f"no carbon intensity: {error}; CO2 is left out")
            return None

    # --- the four methods ---
    def epoch_start(self, *_ignored, **_also):
        if self._foreign():
            return
        with self._lock:
            if self.deleted:
                self._after_the_end("epoch_start")
            elif self.tracker.running:
                self.logger.warn("epoch_start", "epoch_start() was called twice without epoch_end(): the epoch that runs goes on")
            else:
                self._guarded(self._start_epoch)

    def epoch_end(self, *_ignored, **_also):
        if self._foreign():
            return
        with self._lock:
            if self.deleted:
                self._after_the_end("epoch_end")
            elif not self.tracker.running:
                self.logger.warn("epoch_end", "epoch_end() was called without epoch_start(): nothing is measured until both are called")
            else:
                self._guarded(self._end_epoch)

    def stop(self):
        if self._foreign():
            return
        with self._lock:
            if not self.deleted:
                self._guarded(self._stop)

    def _end(self, exit_code):
        """The process ends, and nobody has called stop(): the logs have what was measured."""
        self.tracker._meter.exit_code = exit_code
        if self.tracker.running or self.tracker.epochs:
            self.stop()
        else:
            self._tear_down()

    def _ask_live(self):
        """A process of ours asks while the training runs; the grid's yearly mean stands until it has an answer."""
        try:
            asked = self.tracker._meter.ask_live(self.api_keys)
        except Exception:
            asked = False
        if self.api_keys and not asked and self.silent is None:
            self.logger.warn("api_keys", f"api_keys: {', '.join(self.api_keys)} is not asked while the training runs: CARBONTRACKER_OFFLINE forbids it, or carbontracker run is around this program,"
                                         " and asks with --live")

    def set_api_keys(self, api_keys):
        self.api_keys = check.keys(api_keys)
        if self.api_keys and not self.deleted and not self._foreign():
            self._ask_live()

    # --- as data ---
    @property
    def log_paths(self):
        """{"standard": path, "output": path, "err": path}; empty without log_dir."""
        return self.logger.paths

    @property
    def results(self):
        """{"actual", "pred", "early_stop"}: the first two with the parser's keys, or None."""
        return {"actual": self.actual, "pred": self.pred, "early_stop": self.early_stop}

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        self.tracker._meter.exit_code = _endings.code_of(kind, error)
        self.stop()

    def __del__(self):
        try:
            if not self.deleted and not self._foreign():
                _endings.leave(self)
                self._part.leave()
                self.tracker.close()
                self.logger.close()
        except Exception:
            pass

    # A tracker is a handle of one measurement: its copy is itself, and what another process gets of it has the results and does nothing.
    def __copy__(self):
        return self

    def __deepcopy__(self, _memo):
        return self

    def __reduce__(self):
        return _left_behind, (self.epochs, self.monitor_epochs, self.pue, self.results)

    def __getattr__(self, name):
        known = {"start": "epoch_start", "begin": "epoch_start", "end": "epoch_end", "start_epoch": "epoch_start", "end_epoch": "epoch_end",
                 "_emissions_tracker": "tracker"}.get(name)
        raise AttributeError(f"CarbonTracker has no attribute {name!r}" + (f"; it is called {known!r}" if known else ""))

    # --- inside ---
    def _foreign(self):
        return self.silent is not None or os.getpid() != self._pid

    def _guarded(self, step):
        """No fault of ours reaches the training."""
        try:
            step()
        except Exception as error:
            self.logger.warn("fault", f"{type(error).__name__}: {error}; measuring ends here", level="ERROR")
            self._tear_down()

    def _after_the_end(self, method):
        if self._stopped:
            self.logger.warn("after stop", f"{method}() was called after stop(): make a new CarbonTracker to measure on")

    def _start_epoch(self):
        self.tracker.epoch_start()
        if self.tracker.epoch_counter < EPOCHS_APART:
            self.tracker._meter.mark("epoch_begin", done=self.tracker.epoch_counter, of=self.epochs, unit="epoch")

    def _end_epoch(self):
        self.tracker.epoch_end()
        done = self.tracker.epoch_counter
        self.tracker._meter.mark("epoch_end" if done <= EPOCHS_APART else "step", done=done, of=self.epochs, unit="epoch")
        if done >= self.monitor_epochs:
            self.tracker.settle()
        self.tracker.announce(final=True)
        self._log_epoch(done)
        if done == self.epochs_before_pred:
            self._predict(done)
        if done >= self.monitor_epochs and not self.deleted:
            self._finish()

    def _log_epoch(self, number):
        if not self.logger.logger.handlers:
            return
        epoch = self.tracker.epochs[-1]
        lines = [f"Epoch {number}:", f"Duration: {convert_to_timestring(epoch.seconds, True)}"]
        for name in self.components:
            powers = self.tracker.powers(epoch, name)
            known = [plain(power) for power in powers if power is not None]
            if len(powers) == 1 and known:
                written = known[0]
            elif known:
                written = "[" + " ".join("None" if power is None else plain(power) for power in powers) + "]"
            else:
                written = "None"
            lines.append(f"Average power usage (W) for {name}: {written}")
        self.logger.info(*lines)

    def _stop(self):
        self.early_stop = True
        self._stopped = True
        self.tracker.interrupt()
        self.tracker.settle()
        self.tracker.announce(final=True)
        self.logger.info(f"Training was interrupted before all {self.monitor_epochs} epochs were monitored.")
        self._log_partial()
        if self.tracker.epoch_counter == 1 and self.epochs > 1 and self.tracker.partial is None:
            self.logger.warn("one epoch", f"only 1 of {self.epochs} epochs was seen: call epoch_start() and epoch_end() in the loop, once an epoch", level="INFO")
        self._finish()

    def _log_partial(self):
        partial = self.tracker.partial
        if partial is None:
            return
        parts = []
        for name in self.tracker.components:
            joules = self.tracker.joules(partial, name)
            parts.append(f"{name} " + ("None" if joules is None else plain(joules)))
        self.logger.info(f"Interrupted in epoch {self.tracker.epoch_counter + 1} after {convert_to_timestring(partial.seconds, True)} "
                         f"with energy (J, without PUE): {', '.join(parts)}.")

    def _finish(self):
        self._take_told()
        self.actual = self._actual()
        self._intensity_lines()
        title = "Actual consumption" + (f" for {self.tracker.epoch_counter} epoch(s):" if self.epochs_before_pred else ":")
        self._consumption(title, self.actual)
        self.logger.output("Finished monitoring.")
        self._tear_down()

    def _tear_down(self):
        if self.deleted:
            return
        self.deleted = True
        _endings.leave(self)
        self.intensity_stopper.set()
        self.logger.info("Monitoring thread ended.")
        self._part.leave()
        self.tracker.close()
        self.logger.close()

    def _take_told(self):
        """What was told of the grid up to now, in the place of the yearly mean."""
        try:
            told = self.tracker._meter.told_grid()
        except Exception:
            told = None
        if told is not None:
            self.intensity_updater.take(told)

    def _actual(self):
        spans = self.tracker.epochs + ([self.tracker.partial] if self.tracker.partial else [])
        joules = [self.tracker.joules(span) for span in spans]
        known = [j for j in joules if j is not None]
        kwh = None if spans and not known else sum(known) * self.pue / JOULES_PER_KWH
        return self._result(self.tracker.epoch_counter, sum(span.seconds for span in spans), kwh)

    def _predict(self, done):
        self._take_told()
        actual = self._actual()
        kwh = None if actual["energy (kWh)"] is None else actual["energy (kWh)"] / done * self.epochs
        self.pred = self._result(self.epochs, actual["duration (s)"] / done * self.epochs, kwh)
        self._consumption(f"Predicted consumption for {self.epochs} epoch(s):", self.pred)
        if self.stop_and_confirm:
            self._confirm()

    def _result(self, epochs, seconds, kwh):
        grams = None if kwh is None or self.intensity_updater.grid is None else self._co2eq(kwh)
        return {"epochs": epochs, "duration (s)": seconds, "energy (kWh)": kwh, "co2eq (g)": grams,
                "equivalents": {"km travelled by car": grams / constants.CAR_G_PER_KM} if self.interpretable and grams is not None else None}

    def _co2eq(self, energy_usage, pred_time_dur=None):
        """g CO2e of kWh: of a number, or element by element."""
        grams = float(self.intensity_updater.average_carbon_intensity())
        if isinstance(energy_usage, (list, tuple)):
            from carbontracker._arrays import array

            energy_usage = array(energy_usage)
        return energy_usage * grams

    def _intensity_lines(self):
        grid = self.intensity_updater.grid
        if grid is None:
            return
        source = ", ".join(part for part in (grid.provider, str(grid.year) if grid.year else "") if part)
        live = self.intensity_updater.live
        self.logger.info(f"Carbon intensities (gCO2eq/kWh) {'fetched every 900 s' if live else 'by table'} at detected location: {grid.name or grid.zone}: [{round(grid.g_per_kwh, 2)}]"
                         + (f" ({source})" if source else "") + "." + ("" if grid.known else " The place is not known; set CARBONTRACKER_PLACE."))
        average = f"Average carbon intensity during training was {grid.g_per_kwh:.2f} gCO2eq/kWh. "
        self.logger.info(average)
        self.logger.output(average)

    def _consumption(self, title, result):
        if result["energy (kWh)"] is None:
            self.logger.output(f"{title[:-1]} is not known: nothing could be measured (carbontracker sources says why).")
            return
        places = self.decimal_precision
        lines = ["", title, f"\tTime:\t{convert_to_timestring(result['duration (s)'])}", f"\tEnergy:\t{result['energy (kWh)']:.{places}f} kWh"]
        if result["co2eq (g)"] is not None:
            lines.append(f"\tCO2eq:\t{result['co2eq (g)']:.{places}f} g")
        if result["equivalents"]:
            lines.append("\tThis is equivalent to:")
            lines += [f"\t{value:.{places}f} {unit}" for unit, value in result["equivalents"].items()]
        self.logger.output("\n".join(lines))

    def _confirm(self):
        """Asks on the terminal. Where nobody can answer (no stdin, end of it), the training goes on."""
        self.logger.output("Continue training (y/n)?", always=True)
        while True:
            try:
                answer = sys.stdin.readline()
            except (AttributeError, ValueError, OSError):
                answer = ""
            if not answer:
                self.logger.warn("confirm", "stop_and_confirm: nobody answers on stdin; the training goes on")
                return
            answer = answer.strip().lower()
            if answer == "y":
                self.logger.output("Continuing...", always=True)
                return
            if answer == "n":
                self.logger.info("Session ended by user.")
                self.logger.output("Quitting...", always=True)
                self._tear_down()
                sys.exit(0)
            self.logger.output("Input not recognized. Try again (y/n):", always=True)

    def _get_pids(self):
        return [os.getpid()]


def _left_behind(epochs, monitor_epochs, pue, results):
    tracker = CarbonTracker.__new__(CarbonTracker)
    tracker.__dict__.update(results, epochs=epochs, monitor_epochs=monitor_epochs, pue=pue, silent="a copy: it is measured where it began", deleted=True,
                            logger=Logger(None, "", 0), intensity_updater=IntensityUpdater(None), intensity_stopper=Stopper(), components=[], api_keys={})
    tracker.tracker = CarbonTrackerThread(NoMeter(), [], {}, False, pue, tracker.logger)
    return tracker
