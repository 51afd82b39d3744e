"""What a run says when it is asked for its report."""


class Report:
    """The report of a run: str() for people, to_dict() and to_json() as `carbontracker report --format json` gives it."""

    def __init__(self, json, session=None, summary=""):
        self._json, self._session, self._summary = json or "{}", session, summary

    def to_json(self):
        return self._json

    def to_dict(self):
        import json
        return json.loads(self._json)

    def __str__(self):
        return self._session.summary() if self._session is not None else self._summary

    def __repr__(self):
        return f"<carbontracker.Report {self.to_dict().get('run', {}).get('id') or 'of no run'}: print() shows it, to_dict() has its figures>"

    def __reduce__(self):  # what another process gets is what it says now
        return Report, (self._json, None, str(self))

    def __copy__(self):
        return self

    def __deepcopy__(self, _memo):
        return self

    def _repr_html_(self):
        from html import escape
        return f"<pre>{escape(str(self))}</pre>"
