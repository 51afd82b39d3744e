"""What a run says when it is asked for its report."""


class Report:
    """The report of a run: str() for people, to_dict() and to_json() as `carbontracker report --format json` gives it."""

    def __init__(self, json, session=None):
        self._json, self._session = json or "{}", session

    def to_json(self):
        return self._json

    def to_dict(self):
        import json
        return json.loads(self._json)

    def __str__(self):
        return self._session.summary() if self._session is not None else ""

    def _repr_html_(self):
        from html import escape
        return f"<pre>{escape(str(self))}</pre>"
