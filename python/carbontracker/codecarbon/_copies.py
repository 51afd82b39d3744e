"""Copies of trackers. One that has started is a handle of one measurement: its copy is itself, and what another process gets of it has the
figures so far and does nothing more. One that has not can be sent elsewhere and started there."""
import os
import uuid
from threading import RLock

from carbontracker.codecarbon.external.scheduler import _NoScheduler

_OF_THIS_PROCESS = ("_lock", "_lock_file", "_account", "_scheduler")


class Copies:
    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        if self._start_time is not None:
            return self
        import copy

        other = type(self).__new__(type(self))
        other.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return other

    def __getstate__(self):
        state = {name: value for name, value in vars(self).items() if name not in _OF_THIS_PROCESS}
        if self._start_time is not None:
            state.update(_output_handlers=[], _handled=[])
        return state

    def __setstate__(self, state):
        vars(self).update(state, _lock=RLock(), _lock_file=None, _account=None, _scheduler=_NoScheduler(), _pid=os.getpid())
        if self._start_time is None:
            self.run_id = str(uuid.uuid4())
            self._lock_file = self._take_lock()
