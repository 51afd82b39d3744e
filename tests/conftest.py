"""What every suite in Python has: the tests' own modules, and an end for whatever a test started."""
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from processes import end  # noqa: E402


@pytest.fixture(autouse=True)
def nothing_outlives_its_test(monkeypatch):
    """However the test ends. An assertion that failed beside a paused command once held up everything for an hour."""
    started, begin = [], subprocess.Popen.__init__

    def remembered(self, *words, **how):
        begin(self, *words, **how)
        started.append(self)
    monkeypatch.setattr(subprocess.Popen, "__init__", remembered)
    yield
    for process in started:
        end(process)
