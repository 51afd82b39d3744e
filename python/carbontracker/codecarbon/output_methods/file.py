"""emissions.csv: one lock a row, so that processes may share a file; rows of older headers are carried over, none is lost."""
import csv
import io
import os
import shutil
from contextlib import contextmanager, suppress

from carbontracker.codecarbon.output_methods.base_output import BaseOutput
from carbontracker.codecarbon.output_methods.emissions_data import COLUMNS, TASK_COLUMNS


@contextmanager
def locked(directory):
    """Exclusive among all writers of this folder; no lock file is left. A file system without locks goes without."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        try:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except (ImportError, OSError):
            pass
        yield
    finally:
        os.close(descriptor)


def _cell(value):
    return "" if value is None else value


def _line(values):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([_cell(value) for value in values])
    return out.getvalue()


def _rows(path):
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as file:
        return [row for row in csv.reader(file) if row]


def _replace(path, header, rows):
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            file.write(_line(header) + "".join(_line(row) for row in rows))
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(temporary)
        error.filename, error.filename2 = path, None
        raise


def _append(path, row):
    """The whole line, or nothing of it: where the disk is full in its middle, the file stays as it was."""
    with open(path, "rb+", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(-1, os.SEEK_END)
        line = (b"" if file.read(1) == b"\n" else b"\n") + _line(row).encode()
        try:
            while line:
                line = line[file.write(line):]
        except OSError:
            file.truncate(size)
            raise


def _backup(path):
    """The name under which the old file is kept."""
    name, number = path + ".bak", 0
    while os.path.exists(name):
        name, number = f"{path}_{number}.bak", number + 1
    shutil.copy2(path, name)


def write_row(path, values, columns, update_of=None):
    """Appends `values` (by column), or with `update_of` replaces the row whose run_id that is."""
    with locked(os.path.dirname(os.path.abspath(path))):
        rows = _rows(path) if os.path.exists(path) else []
        if not rows:
            _replace(path, columns, [[values.get(name) for name in columns]])
            return
        header = rows[0]
        if set(columns) - set(header):  # another version's: its rows move into the new header, and the file stays beside
            _backup(path)
            new = list(columns) + [name for name in header if name not in columns]
            rows = [new] + [[dict(zip(header, row)).get(name, "") for name in new] for row in rows[1:] if len(row) == len(header)]
            _replace(path, rows[0], rows[1:])
            header = new
        row = [values.get(name) for name in header]
        at = header.index("run_id")
        same = [i for i, old in enumerate(rows) if i and len(old) > at and old[at] == update_of] if update_of else []
        if same:
            rows[same[-1]] = row
            _replace(path, header, rows[1:])
            return
        _append(path, row)


class FileOutput(BaseOutput):
    def __init__(self, output_file_name="emissions.csv", output_dir=".", on_csv_write="append"):
        if on_csv_write not in ("append", "update"):
            raise ValueError(f"on_csv_write = {on_csv_write!r}: append or update is needed")
        self.output_dir = os.fspath(output_dir)
        self.save_file_path = os.path.join(self.output_dir, os.fspath(output_file_name))
        folder = os.path.dirname(self.save_file_path) or "."
        if not os.path.isdir(folder):
            raise OSError(f"output_dir = {folder!r}: there is no such folder")
        self.on_csv_write = on_csv_write

    def out(self, total, delta):
        write_row(self.save_file_path, total.values, COLUMNS, total.run_id if self.on_csv_write == "update" else None)

    def task_out(self, data, experiment_name, output_dir):
        if not data:
            return
        path = os.path.join(output_dir, f"emissions_{experiment_name}_{data[0].run_id}.csv")
        for task in data:
            write_row(path, task.values, TASK_COLUMNS)
