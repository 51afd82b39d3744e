from typing import Any
from accelerate.tracking import GeneralTracker
from ._api import Run

class CarbontrackerTracker(GeneralTracker):
    run: Run
    def __init__(self, **options: Any) -> None: ...
