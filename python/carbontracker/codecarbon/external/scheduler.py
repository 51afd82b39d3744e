"""Calls a function again and again on a daemon thread: for output handlers and subclasses that want to be called while a run goes on."""
import threading


class PeriodicScheduler:
    def __init__(self, interval, function, *args, **kwargs):
        self.interval, self.function, self._arguments = interval, function, (args, kwargs)
        self._ended = threading.Event()
        self._thread = None

    def start(self):
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._run, args=(self._ended,), daemon=True, name="carbontracker-codecarbon")
            self._thread.start()

    def stop(self):
        self._ended.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=1)

    def _run(self, ended):
        while not ended.wait(self.interval):
            try:
                self.function(*self._arguments[0], **self._arguments[1])
            except Exception as error:
                from carbontracker.codecarbon.external.logger import logger

                logger.error("%s: %s", type(error).__name__, error)


class _NoScheduler:
    """Where nobody has to be called."""

    def start(self):
        pass

    def stop(self):
        pass
