import json
import logging

from carbontracker.codecarbon.output_methods.base_output import BaseOutput


class LoggerOutput(BaseOutput):
    """A JSON line a record through a logger."""

    def __init__(self, logger, severity=logging.INFO):
        self.logger, self.logging_severity = logger, severity

    def out(self, total, delta):
        self.logger.log(self.logging_severity, json.dumps(total.values))

    def live_out(self, total, delta):
        self.out(total, delta)


class GoogleCloudLoggerOutput(LoggerOutput):
    def out(self, total, delta):
        self.logger.log_struct(total.values, severity=self.logging_severity)
