"""What CodeCarbon's trackers have in common, on this package's meter. No network; no signal handler; nothing raises after construction,
and what an output handler of the user raises is logged."""
import os
import time
import uuid
from threading import RLock

from carbontracker import _config, _endings, _processes
from carbontracker.codecarbon import _outputs, _settings
from carbontracker.codecarbon._account import COMPONENTS, Account
from carbontracker.codecarbon._copies import Copies
from carbontracker.codecarbon._described import Described
from carbontracker.codecarbon._totals import Totals
from carbontracker.codecarbon._where import geography, open_grid
from carbontracker.codecarbon.external.geography import CloudMetadata
from carbontracker.codecarbon.external.logger import logger, set_logger_format
from carbontracker.codecarbon.external.scheduler import PeriodicScheduler, _NoScheduler
from carbontracker.codecarbon.external.task import Task
from carbontracker.codecarbon.lock import Lock
from carbontracker.codecarbon.output_methods.base_output import BaseOutput
from carbontracker.codecarbon.output_methods.emissions_data import EmissionsData, task_record
from carbontracker.codecarbon.output_methods.file import FileOutput
from carbontracker.codecarbon.output_methods.logger import LoggerOutput

JOULES_PER_KWH = 3.6e6


class BaseEmissionsTracker(Copies, Totals, Described):
    # The order of version 3.0; what came later follows by name.
    def __init__(self, project_name=None, measure_power_secs=None, api_call_interval=None, api_endpoint=None, api_key=None, output_dir=None,
                 output_file=None, save_to_file=None, save_to_api=None, save_to_logger=None, logging_logger=None, save_to_prometheus=None,
                 save_to_logfire=None, prometheus_url=None, output_handlers=None, gpu_ids=None, emissions_endpoint=None, experiment_id=None,
                 experiment_name=None, electricitymaps_api_token=None, tracking_mode=None, log_level=None, on_csv_write=None, logger_preamble=None,
                 force_cpu_power=None, force_ram_power=None, pue=None, wue=None, force_carbon_intensity_g_co2e_kwh=None, force_mode_cpu_load=None,
                 allow_multiple_runs=None, rapl_include_dram=None, rapl_prefer_psys=None, output_methods=None, co2_signal_api_token=None,
                 metadata=None, **older):
        given = {**locals(), **older}
        self._conf = self._settle({name: value for name, value in given.items() if name not in ("self", "older")})
        self._describe_settings()
        self._check()
        set_logger_format(self._conf["logger_preamble"])
        self._lock = RLock()
        self._pid = os.getpid()
        self.run_id = str(uuid.uuid4())
        self._project_name = str(self._conf["project_name"])
        self._experiment_id = self._conf["experiment_id"]
        self._experiment_name = str(self._conf["experiment_name"])
        self._pue, self._wue = self._conf["pue"], self._conf["wue"]
        self._tracking_mode = self._conf["tracking_mode"]
        self._measure_power_secs = self._conf["measure_power_secs"]
        self._place = self._find_place()
        self._grid, self._geo = self._find_grid()
        self._cloud = CloudMetadata(self._conf["cloud_provider"], self._conf["cloud_region"])
        self._output_dir = _outputs.path("output_dir", self._conf["output_dir"])
        self._output_handlers = self._find_outputs()
        self._lock_file = self._take_lock()
        self._account = None
        self._start_time = self._last_measured_time = None
        self._last = (0.0, dict.fromkeys(COMPONENTS, 0.0))
        self._tasks, self._active_task = {}, None
        self._previous = self._ended = None
        self._handled = []
        self._scheduler = _NoScheduler()
        self.final_emissions = self.final_emissions_data = None
        self._ticks = 0

    # --- settings ---
    def _settle(self, given):
        return _settings.settle(given)

    def _check(self):
        conf = self._conf
        if conf["tracking_mode"] not in ("machine", "process"):
            raise ValueError(f"tracking_mode = {conf['tracking_mode']!r}: machine or process is needed")
        if conf["force_cpu_power"] is None and conf["default_cpu_power"] is not None:
            conf["force_cpu_power"] = conf["default_cpu_power"]
        for name in ("api_key", "emissions_endpoint", "electricitymaps_api_token", "co2_signal_api_token", "prometheus_url"):
            if conf[name]:
                logger.info("%s is accepted, and nothing is sent or fetched", name)

    def _find_place(self):
        """What the core calls a place; empty: it looks on the machine."""
        return _config.setting("place")[0] or ""

    def _find_grid(self):
        try:
            grid = open_grid(self._place)
        except ValueError:
            raise
        except Exception as error:
            logger.error("no carbon intensity: %s", error)
            grid = None
        return grid, geography(grid, self._conf["region"])

    def _find_outputs(self):
        conf, found, methods = self._conf, [], _outputs.methods(self._conf["output_methods"])
        if conf["save_to_file"] if methods is None else "csv" in methods:
            found.append(FileOutput(_outputs.path("output_file", conf["output_file"]), self._output_dir, conf["on_csv_write"]))
        if conf["save_to_logger"] if methods is None else "logger" in methods:
            given = conf["logging_logger"]
            found.append(given if isinstance(given, BaseOutput) else LoggerOutput(given or logger))
        return found + _outputs.handlers(conf["output_handlers"])

    def _take_lock(self):
        """None: this tracker does nothing. With allow_multiple_runs=False, where another instance runs on this machine; always in a
        worker that imports its parent's module again."""
        lock = Lock()
        if _processes.imports_main_again():
            return None
        if not self._conf["allow_multiple_runs"]:
            try:
                lock.acquire()
            except OSError:
                return None
        return lock

    # --- life ---
    def start(self):
        if self._foreign():
            return
        with self._lock:
            if self._account is not None:
                logger.warning("already started")
                return
            self._open()

    def _open(self):
        self._account = Account(self._conf, _settings.gpu_list(self._conf["gpu_ids"]), self._project_name, self._place, logger, self.run_id)
        self._start_time = self._last_measured_time = time.time()
        self._last = (0.0, dict.fromkeys(COMPONENTS, 0.0))
        self._previous = self._ended = None
        _endings.watch(self)
        self._account.read()  # by which its devices are known
        self._describe_hardware()
        if self._wants_calls():
            self._scheduler = PeriodicScheduler(self._measure_power_secs, self._tick)
            self._scheduler.start()

    def _overridden(self):
        return type(self)._measure_power_and_energy is not BaseEmissionsTracker._measure_power_and_energy

    def _wants_calls(self):
        live = any(getattr(type(handler), "live_out", None) not in (None, BaseOutput.live_out) for handler in self._output_handlers)
        return self._overridden() or (live and self._conf["api_call_interval"] > 0)

    def _tick(self):
        self._measure_power_and_energy()
        self._ticks += 1
        every = self._conf["api_call_interval"]
        if every > 0 and self._ticks % int(max(every, 1)) == 0:
            self._send("live_out")

    def _measure_power_and_energy(self):
        """Reads the meter now. Subclasses put their own in its place."""
        return self._read_now()

    def _read_now(self):
        with self._lock:
            if self._account is not None and self._ended is None and not self._foreign():
                self._last = self._account.read(fresh=True)
                self._last_measured_time = time.time()
        return self._last

    def flush(self):
        """kg so far; writes a row. None where nothing has started."""
        if self._foreign():
            return None
        with self._lock:
            if self._account is None:
                return self.final_emissions
            return self._send("out").emissions

    def stop(self):
        """kg of the whole run; the same again when called again; None where nothing was started."""
        if self._foreign():
            return self.final_emissions
        with self._lock:
            if self._account is None:
                if self._start_time is None:
                    logger.warning("stop() was called and start() never was")
                return self.final_emissions
            return self._close()

    def _end(self, exit_code):
        """The process ends, and nobody has called stop(): the row has what was measured."""
        if self._account is not None:
            self._account.ends_with(exit_code)
        self.stop()

    def _close(self):
        _endings.leave(self)
        self._scheduler.stop()
        self._scheduler = _NoScheduler()
        if self._active_task is not None:
            self.stop_task()
        if self._overridden():
            self._measure_power_and_energy()
        self._ended = self._last = self._account.read(last=True)
        total = self._prepare_emissions_data()
        self._account.close()
        self._account = None
        self._lock_file.release()
        self.final_emissions_data, self.final_emissions = total, total.emissions
        self._deliver("out", total, self._delta(total))
        tasks = [task_record(t.task_name, t.emissions_data) for t in self._tasks.values() if t.emissions_data is not None and t not in self._handled]
        self._handled += list(self._tasks.values())
        if tasks:
            self._deliver("task_out", tasks, self._experiment_name, self._output_dir)
        for handler in self._output_handlers:
            getattr(handler, "exit", lambda: None)()
        return self.final_emissions

    def _foreign(self):
        return self._lock_file is None or os.getpid() != self._pid

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, _trace):
        if self._account is not None:
            self._account.ends_with(_endings.code_of(kind, error))
        self.stop()

    # --- tasks ---
    def start_task(self, task_name=None):
        if self._foreign():
            return
        with self._lock:
            if self._active_task is not None:
                logger.warning("task %s runs: it is ended here", self._active_task)
                self.stop_task()
            if self._account is None:
                self._open()
            name = str(task_name) if task_name else uuid.uuid4().hex
            if name in self._tasks:
                name = f"{name}_{uuid.uuid4().hex}"
            self._account.mark("region_begin", name)
            self._tasks[name] = Task(name, self._prepare_emissions_data())
            self._active_task = name

    def stop_task(self, task_name=None):
        """The task's own EmissionsData; None where there is no such task."""
        if self._foreign():
            return None
        with self._lock:
            task = self._tasks.get(str(task_name) if task_name else self._active_task)
            if task is None or not task.is_active:
                logger.warning("stop_task(): there is no task that runs")
                return None
            self._account.mark("region_end", task.task_name)
            data = self._prepare_emissions_data()
            data.compute_delta_emission(task.began)
            for name in COMPONENTS:
                energy = getattr(data, name + "_energy")
                setattr(data, name + "_power", energy * JOULES_PER_KWH / self._pue / data.duration if data.duration > 0 else 0.0)
            task.emissions_data, task.is_active = data, False
            self._active_task = None
            return data

    # --- figures ---
    def _kg_per_kwh(self):
        forced = self._conf["force_carbon_intensity_g_co2e_kwh"]
        if forced is not None:
            return forced / 1000
        return self._grid.g_per_kwh / 1000 if self._grid else 0.0

    def _kwh(self, component=None):
        joules = self._last[1]
        return (joules[component] if component else sum(joules.values())) / JOULES_PER_KWH * self._pue

    def _prepare_emissions_data(self, delta=False):
        with self._lock:
            if self._account is not None and self._ended is None:
                self._read_now()
            elif self._account is None and self.final_emissions_data is not None:
                return EmissionsData(**self.final_emissions_data.values)
            seconds, joules = self._last
            kwh = self._kwh()
            kg = kwh * self._kg_per_kwh()
            data = EmissionsData(
                timestamp=time.strftime("%Y-%m-%dT%H:%M:%S"), project_name=self._project_name, run_id=self.run_id,
                experiment_id="" if self._experiment_id is None else str(self._experiment_id), duration=seconds, emissions=kg,
                emissions_rate=kg / seconds if seconds > 0 else 0.0, energy_consumed=kwh, water_consumed=kwh / self._pue * self._wue,
                tracking_mode=self._tracking_mode, pue=self._pue, wue=self._wue,
                **{name + "_power": joules[name] / seconds if seconds > 0 else 0.0 for name in COMPONENTS},
                **{name + "_energy": self._kwh(name) for name in COMPONENTS})
            self._describe(data)
            return data

    def _delta(self, total):
        delta = EmissionsData(**total.values)
        if self._previous is not None:
            delta.compute_delta_emission(self._previous)
        self._previous = EmissionsData(**total.values)
        return delta

    def _send(self, call):
        with self._lock:
            total = self._prepare_emissions_data()
            self._deliver(call, total, self._delta(total))
            return total

    def _deliver(self, call, *values):
        for handler in self._output_handlers:
            function = getattr(handler, call, None)
            try:
                if function is not None:
                    function(*values)
            except Exception as error:
                logger.error("%s.%s: %s: %s", type(handler).__name__, call, type(error).__name__, error)

    def _persist_data(self, total_emissions, delta_emissions=None, experiment_name="base"):
        self._deliver("out", total_emissions, delta_emissions)
