"""Numbers in rows: a numpy array where numpy is installed, else something that answers as one does to what people ask of results."""


def array(values):
    """`values`: numbers, or rows of equal length. numpy is imported here at the earliest: never by importing carbontracker."""
    try:
        import numpy
    except Exception:  # absent, or broken: either way there are the values themselves
        return Array(values)
    return numpy.array(values, dtype=float)


def _map(function, value):
    return [_map(function, v) for v in value] if isinstance(value, list) else function(value)


def _plain(value):
    if isinstance(value, (list, tuple, Array)):
        return [_plain(v) for v in value]
    return float(value)


class Array:
    """One or two dimensions of floats, read only. Knows len, indices, iteration, arithmetic with numbers and with its like."""

    __slots__ = ("_rows",)

    def __init__(self, values):
        self._rows = _plain(values)

    @property
    def shape(self):
        nested = bool(self._rows) and isinstance(self._rows[0], list)
        return (len(self._rows), len(self._rows[0])) if nested else (len(self._rows),)

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def size(self):
        return len(self.flatten()._rows)

    def tolist(self):
        return _map(float, self._rows)

    def flatten(self):
        flat = []
        for row in self._rows:
            flat.extend(row if isinstance(row, list) else [row])
        return Array(flat)

    def sum(self, axis=None, dtype=None, out=None):  # with what numpy.sum(…) passes on
        if axis is None or self.ndim == 1:
            return float(sum(self.flatten()._rows))
        if axis in (0, -2):
            return Array([sum(column) for column in zip(*self._rows)])
        return Array([sum(row) for row in self._rows])

    def mean(self, axis=None, dtype=None, out=None):
        if axis is None or self.ndim == 1:
            return self.sum() / self.size if self.size else float("nan")
        return self.sum(axis) / (self.shape[0] if axis in (0, -2) else self.shape[1])

    def min(self, axis=None, out=None):
        return min(self.flatten()._rows)

    def max(self, axis=None, out=None):
        return max(self.flatten()._rows)

    def __len__(self):
        return len(self._rows)

    def __iter__(self):
        return (Array(row) if isinstance(row, list) else row for row in self._rows)

    def __getitem__(self, index):
        if isinstance(index, tuple):
            value = self
            for part in index:
                value = value[part]
            return value
        value = self._rows[index]
        return Array(value) if isinstance(value, list) else value

    def __array__(self, dtype=None, copy=None):
        import numpy

        return numpy.array(self._rows, dtype=dtype or float)

    def _with(self, other, operation):
        if isinstance(other, (list, tuple, Array)):
            if len(other) != len(self):
                raise ValueError(f"arrays of {len(self)} and {len(other)} rows do not fit together")
            return Array([a._with(b, operation) if isinstance(a, Array) else operation(a, b) for a, b in zip(self, other)])
        try:
            factor = float(other)
        except (TypeError, ValueError):
            return NotImplemented
        return Array(_map(lambda value: operation(value, factor), self._rows))

    def __add__(self, other):
        return self._with(other, lambda a, b: a + b)

    def __sub__(self, other):
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other):
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other):
        return self._with(other, lambda a, b: a * b)

    def __truediv__(self, other):
        return self._with(other, lambda a, b: a / b)

    def __rtruediv__(self, other):
        return self._with(other, lambda a, b: b / a)

    __radd__ = __add__
    __rmul__ = __mul__

    def __eq__(self, other):
        return self.tolist() == _plain(other) if isinstance(other, (list, tuple, Array)) else NotImplemented

    __hash__ = None

    def __repr__(self):
        return f"array({self._rows})"
