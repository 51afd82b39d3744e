"""Where else the figures go, under the names each community uses: MLflow, Weights & Biases, TensorBoard, Aim, or any function.

A sink is a function of (figures, step) or has a method log(figures, step); `figures` is a flat dict of floats. It is called
after each epoch and at the end, in the training's thread; what it raises is logged and passed over. None imports its library
before it is used.
"""


def figures(run, final=False):
    """Units in the names. Power is the mean so far; what is not known is left out."""
    seen = run.snapshot()
    if seen is None:
        return {}
    hours = seen["duration_s"] / 3600
    out = {"energy_kwh": _kwh(seen["joules"]), "co2_g": seen["grams"], "duration_s": seen["duration_s"]}
    if seen["joules"] is not None and hours > 0:
        out["power_watts"] = seen["joules"] / seen["duration_s"]
    for number, channel in enumerate(c for c in seen["channels"] if c["domain"] == "gpu" and c["counted"]):
        if channel["joules"] is not None and hours > 0:
            out[f"gpu_{number}_energy_kwh"] = _kwh(channel["joules"])
            out[f"gpu_{number}_power_usage_watts"] = channel["joules"] / seen["duration_s"]
    forecast = run.forecast()
    if forecast is not None and not final:
        out["forecast_energy_kwh"] = _kwh(forecast["joules"])
        out["forecast_energy_kwh_low"] = _kwh(forecast["low"])
        out["forecast_energy_kwh_high"] = _kwh(forecast["high"])
        out["forecast_co2_g"] = forecast["grams"]
        out["forecast_duration_s"] = forecast["seconds"]
    return {name: float(value) for name, value in out.items() if value is not None}


def _kwh(joules):
    return None if joules is None else joules / 3.6e6


class MLflow:
    """Metrics `system/...` of the active run, or of `run_id`."""

    def __init__(self, run_id=None, prefix="system/"):
        self.run_id, self.prefix = run_id, prefix

    def log(self, seen, step):
        import mlflow
        mlflow.log_metrics({self.prefix + name: value for name, value in seen.items()}, step=step, run_id=self.run_id)


class WandB:
    """`energy/...`, `gpu.0.powerWatts` in the run given, or in wandb.run; totals also in its summary."""

    def __init__(self, run=None):
        self.run = run

    def log(self, seen, step):
        import sys
        run = self.run or getattr(sys.modules.get("wandb"), "run", None)
        if run is None:
            raise RuntimeError("wandb.init() has not been called")
        out = {_wandb_name(name): value for name, value in seen.items()}
        run.log(out, commit=False)
        run.summary.update({name: value for name, value in out.items() if "forecast" not in name})


def _wandb_name(name):
    if name.startswith("gpu_"):
        number, what = name[4:].split("_", 1)
        return f"gpu.{number}." + ("powerWatts" if what == "power_usage_watts" else "totalEnergyKWh")
    return "energy/" + name


class TensorBoard:
    """Scalars `energy/...` through a SummaryWriter of torch.utils.tensorboard or tensorboardX."""

    def __init__(self, writer):
        self.writer = writer

    def log(self, seen, step):
        for name, value in seen.items():
            self.writer.add_scalar("energy/" + name, value, step)


class Aim:
    """Anything with track(value, name=, step=), as aim.Run has."""

    def __init__(self, run, prefix="__system__"):
        self.run, self.prefix = run, prefix

    def log(self, seen, step):
        for name, value in seen.items():
            self.run.track(value, name=self.prefix + name, step=step)
