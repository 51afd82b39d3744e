from carbontracker.codecarbon.output_methods.base_output import BaseOutput, OutputMethod  # noqa: F401
from carbontracker.codecarbon.output_methods.emissions_data import EmissionsData, TaskEmissionsData  # noqa: F401
from carbontracker.codecarbon.output_methods.file import FileOutput  # noqa: F401
from carbontracker.codecarbon.output_methods.http import CodeCarbonAPIOutput, HTTPOutput  # noqa: F401
from carbontracker.codecarbon.output_methods.logger import GoogleCloudLoggerOutput, LoggerOutput  # noqa: F401
