"""What a run holds where its measurement could not be begun: the training goes on, and every question has an answer."""


class Nothing:
    id = ""
    alive = attached = measuring = kept = False

    def __init__(self, reason):
        self._reason = reason

    def mark(self, *_, **__):
        pass

    metric = follow = mark

    def snapshot(self):
        return None

    forecast = snapshot

    def forecast_reason(self):
        return self._reason

    def report(self):
        return "{}"

    def summary(self):
        return ""

    def troubles(self):
        return []

    def finish(self, exit_code=0):
        return "{}"
