"""Nothing is sent anywhere: the names are here for programs that import them."""
from carbontracker.codecarbon.output_methods.base_output import BaseOutput


class HTTPOutput(BaseOutput):
    def __init__(self, endpoint_url=""):
        self.endpoint_url = endpoint_url


class CodeCarbonAPIOutput(BaseOutput):
    def __init__(self, *arguments, **named):
        self.run_id = None
