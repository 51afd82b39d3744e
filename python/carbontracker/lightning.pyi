from typing import Any
from lightning.pytorch.callbacks import Callback
from ._api import Run

class CarbontrackerCallback(Callback):
    run: Run
    def __init__(self, **options: Any) -> None: ...
