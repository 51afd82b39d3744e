"""The three log files and the console lines of CarbonTracker. Each line reaches its file at once, so that a log can be read while
the training runs. Nothing here raises after construction: a full disk is said once, and the training goes on."""
import os
import sys
import time


def convert_to_timestring(seconds, add_milliseconds=False):
    """H:MM:SS, or H:MM:SS.ss; hours are not padded and may pass 24."""
    if add_milliseconds:
        hundredths = round(seconds * 100)
        minutes, rest = divmod(hundredths, 6000)
        return f"{minutes // 60}:{minutes % 60:02d}:{rest // 100:02d}.{rest % 100:02d}"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def plain(number):
    """A float as Python writes it, but never with an exponent: people read these lines with regular expressions."""
    written = repr(float(number))
    return written if "e" not in written and "n" not in written else f"{number:.12f}"


class _File:
    """Appends lines; opened at the first one. Named after what logging calls it, because programs look for the path there."""

    def __init__(self, path):
        self.baseFilename = path
        self._descriptor = None
        self._failed = False

    def open(self):
        self._descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o666)

    def write(self, line):
        if self._failed:
            return True
        try:
            if self._descriptor is None:
                self.open()
            os.write(self._descriptor, (line + "\n").encode("utf-8", "backslashreplace"))
        except OSError:
            self._failed = True
            return False
        return True

    def close(self):
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        self._failed = True


class _Channel:
    def __init__(self, name, path):
        self.name = name
        self.handlers = [_File(path)] if path else []


_newest_stamp = (None, "")  # (second, its text): one conversion a second, however many lines


def _stamp():
    global _newest_stamp
    second = int(time.time())
    if _newest_stamp[0] != second:
        _newest_stamp = (second, time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second)))
    return _newest_stamp[1]


def _thread_name():
    threading = sys.modules.get("threading")
    return threading.current_thread().name if threading else "MainThread"


def log_paths(directory, prefix):
    """Names of the standard, output and error log that no file has yet. Makes the folder. OSError where that cannot be."""
    stamp = time.strftime("%Y-%m-%dT%H%M%SZ")
    while True:
        number = int.from_bytes(os.urandom(4), "little") % 999999 + 1
        name = f"{prefix + '_' if prefix else ''}{os.getpid()}.{number}_{stamp}_carbontracker"
        stem = os.path.join(directory, name)
        os.makedirs(os.path.dirname(os.path.abspath(stem)), exist_ok=True)
        if not os.path.exists(stem + ".log"):
            return [os.path.abspath(stem + end) for end in (".log", "_output.log", "_err.log")]


class Logger:
    """`directory` None: no files. OSError where the files cannot be made."""

    def __init__(self, directory=None, prefix="", verbose=1):
        self.verbose = verbose
        self.directory = directory
        standard, output, errors = log_paths(directory, prefix) if directory is not None else (None, None, None)
        self.logger = _Channel("carbontracker", standard)
        self.logger_output = _Channel("carbontracker.output", output)
        self.logger_err = _Channel("carbontracker.err", errors)
        for channel in (self.logger, self.logger_output):
            for file in channel.handlers:
                file.open()
        self._said = {}

    @property
    def paths(self):
        return {channel: file.baseFilename for channel, held in (("standard", self.logger), ("output", self.logger_output), ("err", self.logger_err))
                for file in held.handlers}

    def console(self, message, always=False):
        """Through sys.stdout as it is now (it may be redirected, absent, closed, or know few characters)."""
        if not (self.verbose > 0 or always):
            return
        stream = sys.stdout
        line = f"CarbonTracker: {message}\n"
        try:
            try:
                stream.write(line)
                stream.flush()
            except UnicodeEncodeError:
                stream.write(line.encode("ascii", "backslashreplace").decode())
        except Exception:  # absent, closed, or the program's own
            pass

    def _append(self, channel, line):
        for file in channel.handlers:
            if not file.write(line):
                self.console(f"WARNING - could not write to {file.baseFilename}; this log ends here")

    def info(self, *messages):
        """A line each, written together."""
        if self.logger.handlers:
            stamp = _stamp()
            self._append(self.logger, "\n".join([f"{stamp} - {message}" for message in messages]))

    def output(self, message, always=False):
        self._append(self.logger_output, f"{_stamp()} - CarbonTracker: {message}")
        self.console(message, always)

    def warn(self, kind, message, level="WARNING"):
        """Each kind is said once; how often it came again is said at the end."""
        self._said[kind] = self._said.get(kind, 0) + 1
        if self._said[kind] > 1:
            return
        self._error_line(level, message)
        self.console(f"{level} - {message}")

    def _error_line(self, level, message):
        now = time.time()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now)) + f",{int(now * 1000) % 1000:03d}"
        self._append(self.logger_err, f"{stamp} - {_thread_name()} - {level} - {message}")

    def close(self):
        for kind, count in self._said.items():
            if count > 1:
                self._error_line("INFO", f"{kind}: said once, met {count} times")
        self._said.clear()
        for channel in (self.logger, self.logger_output, self.logger_err):
            for file in channel.handlers:
                file.close()
