"""`with run.epoch():` and `with run.region(name):`"""
from ._errors import BudgetExceeded


class Scope:
    __slots__ = ("_begin", "_end")

    def __init__(self, begin, end):
        self._begin, self._end = begin, end

    def __enter__(self):
        self._begin()
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self._end()
            return False
        try:
            self._end()
        except BudgetExceeded:  # the training's own exception goes first
            pass
        return False
