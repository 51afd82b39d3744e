"""A run as a notebook shows it."""
from html import escape


def amount(value, units):
    """1234.5 -> '1.23 k..': three digits in the fitting unit of [(size, name), ...], smallest first."""
    if value is None:
        return "no data"
    size, name = [unit for unit in units if value >= unit[0]][-1:][0] if value >= units[0][0] else units[0]
    return f"{value / size:.3g} {name}"


ENERGY = [(1, "J"), (3.6e3, "Wh"), (3.6e6, "kWh"), (3.6e9, "MWh")]
CARBON = [(1e-3, "mg CO2e"), (1, "g CO2e"), (1e3, "kg CO2e"), (1e6, "t CO2e")]
TIME = [(1, "s"), (60, "min"), (3600, "h"), (86400, "d")]


def _row(label, *parts):
    return f"<tr><th style='text-align:left'>{escape(label)}</th><td>{' &middot; '.join(escape(p) for p in parts if p)}</td></tr>"


def _bar(done, of):
    return f"<progress max='{of:g}' value='{min(done, of):g}' style='width:100%'>{done:g} of {of:g}</progress>"


def run_html(run):
    seen, forecast = run.snapshot(), run.forecast()
    done, of = run.done, run.planned
    rows = []
    if seen is None:
        rows.append(_row("energy", run.why_not()))
    else:
        rows.append(_row("energy", amount(seen["joules"], ENERGY), f"coverage {seen['coverage']:.0%}"))
        rows.append(_row("carbon", amount(seen["grams"], CARBON), f"{seen['carbon']['intensity_g_per_kwh']:.0f} g/kWh, {seen['carbon']['grid']['zone_name']}"))
        rows.append(_row("time", amount(seen["duration_s"], TIME)))
    if forecast is not None:
        remaining = forecast["seconds"] - seen["duration_s"] if seen is not None else 0
        rows.append(_row("forecast", f"{amount(forecast['joules'], ENERGY)} ({amount(forecast['low'], ENERGY)} to {amount(forecast['high'], ENERGY)})",
                         amount(forecast["seconds"], TIME), amount(forecast["grams"], CARBON),
                         f"{amount(remaining, TIME)} to go" if remaining > 0 and not run.stopped else ""))
    title = f"<strong>{escape(run.name or 'run')}</strong> {run._state} <code>{escape(run.id)}</code>"
    return f"<div>{title}{_bar(done, of) if of else ''}<table>{''.join(rows)}</table></div>"


class Live:
    """The view in a notebook's cell, drawn again every two seconds, and by the run's own marks at most once a second."""

    def __init__(self, run):
        import threading
        from IPython.display import display  # only a notebook asks for this
        self.handle = display(run, display_id=True)
        self.next = 0.0
        self.ended = threading.Event()
        if self.handle is not None:
            threading.Thread(target=self._draw, args=(run,), daemon=True, name="carbontracker-view").start()

    def _draw(self, run):
        while not self.ended.wait(2) and not run.stopped:
            try:
                self.update(run)
            except Exception:  # the notebook has gone
                return

    def update(self, run, force=False):
        import time
        now = time.monotonic()
        if self.handle is not None and (force or now >= self.next):
            self.next = now + 1
            self.handle.update(run)

    def end(self, run):
        self.ended.set()
        self.update(run, True)
