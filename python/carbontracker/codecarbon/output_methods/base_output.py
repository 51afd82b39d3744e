from enum import Enum


class OutputMethod(Enum):
    CSV, API, LOGGER, PROMETHEUS, LOGFIRE, BOAMPS = "csv", "api", "logger", "prometheus", "logfire", "boamps"


class BaseOutput:
    """A handler: override what you want to hear of. `out` at flush and stop, `live_out` in between, `task_out` with the ended tasks."""

    def out(self, total, delta):
        pass

    def live_out(self, total, delta):
        pass

    def task_out(self, data, experiment_name, output_dir):
        pass

    def exit(self):
        pass
