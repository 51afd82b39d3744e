"""The exceptions of the package."""


class Error(Exception):
    """What failed, with `code` (one word, "permission", "not_found") and `hint`: what to do about it, often empty."""

    def __init__(self, what, code="internal", hint=""):
        super().__init__(f"{what}: {hint}" if hint else what)
        self.what = what
        self.code = code
        self.hint = hint

    def __reduce__(self):
        return type(self), (self.what, self.code, self.hint)


class InvalidInput(Error, ValueError):
    """An argument that makes no sense; raised before anything has started."""

    def __init__(self, what, code="invalid_input", hint=""):
        super().__init__(what, code, hint)


class BudgetExceeded(Error):
    """Raised in the training's own thread at the next mark after a budget was passed, where on_budget="stop" asked for it."""

    def __init__(self, what, code="budget", hint=""):
        super().__init__(what, code, hint)
