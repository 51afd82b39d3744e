"""Where else the figures go, under the names each community uses: MLflow, Weights & Biases, TensorBoard, Aim, or any function.

A sink is a function of (figures, step) or has a method log(figures, step); `figures` is a flat dict of floats with their units in the
names. It is called after each epoch and at the end, in the training's thread; one with a method finish(run) is told of the end as well.
What a sink raises is logged and passed over. None imports its library before it is used. A process that does not measure tells none.
"""


def figures(run, final=False):
    """Energy and CO2e are totals so far, CO2e with PUE; power_watts is the mean since the last call, mean_power_watts since the start.
    What is not known is left out."""
    seen = run.snapshot()
    if seen is None:
        return {}
    now = {"all": seen["joules"]}
    for number, channel in enumerate(c for c in seen["channels"] if c["domain"] == "gpu" and c["counted"]):
        now[f"gpu_{number}"] = channel["joules"]
    processors = [c["joules"] for c in seen["channels"] if c["domain"] in ("package", "soc") and c["counted"] and c["joules"] is not None]
    if processors:
        now["cpu"] = sum(processors)
    out = {"energy_kwh": _kwh(seen["joules"]), "co2_g": seen["grams"], "duration_s": seen["duration_s"],
           "mean_power_watts": _watts(seen["joules"], seen["duration_s"])}
    before, began = run._told_sinks
    run._told_sinks = now, seen["duration_s"]
    for name, joules in now.items():
        if name != "all":
            out[f"{name}_energy_kwh"] = _kwh(joules)
        if joules is not None and not final:
            out[_POWER.get(name, name + "_power_usage_watts")] = _watts(joules - (before.get(name) or 0.0), seen["duration_s"] - began)
    forecast = run.forecast()
    if forecast is not None and not final:
        out["forecast_energy_kwh"] = _kwh(forecast["joules"])
        out["forecast_energy_kwh_low"] = _kwh(forecast["low"])
        out["forecast_energy_kwh_high"] = _kwh(forecast["high"])
        out["forecast_co2_g"] = forecast["grams"]
        out["forecast_duration_s"] = forecast["seconds"]
    return {name: float(value) for name, value in out.items() if value is not None}


_POWER = {"all": "power_watts", "cpu": "cpu_power_watts"}


def _kwh(joules):
    return None if joules is None else joules / 3.6e6


def _watts(joules, seconds):
    return None if joules is None or seconds <= 0 else joules / seconds


def _gpu(name):
    """"gpu_1_energy_kwh" -> (1, "energy_kwh"); (None, name) for the rest."""
    if not name.startswith("gpu_"):
        return None, name
    number, what = name[4:].split("_", 1)
    return int(number), what


class MLflow:
    """Metrics `system/...` (`system/<node>/...` where MLFLOW_SYSTEM_METRICS_NODE_ID is set) of `run_id`, or of the run that is active
    at the first call; at the end the report as the artefact carbontracker.json, and the tag carbontracker.run_id."""

    def __init__(self, run_id=None, prefix=None):
        import os
        node = os.environ.get("MLFLOW_SYSTEM_METRICS_NODE_ID")
        self.run_id, self.prefix = run_id, prefix if prefix is not None else f"system/{node}/" if node else "system/"

    def _run(self):
        if self.run_id is None:
            import mlflow
            active = mlflow.active_run()
            if active is None:
                raise RuntimeError("no MLflow run is active: call mlflow.start_run() before, or give run_id")
            self.run_id = active.info.run_id
        return self.run_id

    def log(self, seen, step):
        import mlflow
        mlflow.log_metrics({self.prefix + name: value for name, value in seen.items()}, step=step, run_id=self._run())

    def finish(self, run):
        import mlflow
        client = mlflow.MlflowClient()
        client.set_tag(self._run(), "carbontracker.run_id", run.id)
        client.log_text(self._run(), run.report().to_json(), "carbontracker.json")


class WandB:
    """`energy/...`, `system.powerWatts`, `cpu.powerWatts`, `gpu.0.powerWatts` in the run given, or in wandb.run; with its next step.
    Totals also in its summary."""

    def __init__(self, run=None):
        self.run = run

    def log(self, seen, step):
        import sys
        run = self.run = self.run or getattr(sys.modules.get("wandb"), "run", None)
        if run is None:
            raise RuntimeError("wandb.init() has not been called")
        out = {_wandb_name(name): value for name, value in seen.items()}
        run.log(out, commit=False)
        run.summary.update({name: value for name, value in out.items() if "forecast" not in name})


def _wandb_name(name):
    number, what = _gpu(name)
    if number is not None:
        return f"gpu.{number}." + {"power_usage_watts": "powerWatts", "energy_kwh": "energyKWh"}[what]
    return {"power_watts": "system.powerWatts", "cpu_power_watts": "cpu.powerWatts"}.get(name, "energy/" + name)


class TensorBoard:
    """Scalars `energy/...` through a SummaryWriter of torch.utils.tensorboard or tensorboardX, or into a log directory."""

    def __init__(self, writer):
        self.writer, self._ours = writer, not hasattr(writer, "add_scalar")

    def log(self, seen, step):
        if not hasattr(self.writer, "add_scalar"):
            from torch.utils.tensorboard import SummaryWriter
            self.writer = SummaryWriter(self.writer)
        for name, value in seen.items():
            self.writer.add_scalar("energy/" + name, value, step)

    def finish(self, run):
        if self._ours:
            self.writer.close()
        else:
            self.writer.flush()


class Aim:
    """Anything with track(value, name=, step=, context=), as aim.Run has; a GPU's number is in the context, as in Aim's own."""

    def __init__(self, run, prefix="__system__"):
        self.run, self.prefix = run, prefix

    def log(self, seen, step):
        for name, value in seen.items():
            number, what = _gpu(name)
            if number is None:
                self.run.track(value, name=self.prefix + name, step=step, context={})
            else:
                what = "gpu_" + what.replace("power_usage_watts", "power_watts")
                self.run.track(value, name=self.prefix + what, step=step, context={"gpu": number})
