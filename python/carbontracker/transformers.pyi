from typing import Any
from transformers import TrainerCallback
from ._api import Run

class CarbontrackerCallback(TrainerCallback):
    run: Run
    def __init__(self, **options: Any) -> None: ...
