"""The grid's figure that CarbonTracker applies, in the forms that programs read it."""


class CarbonIntensity(float):
    """g CO2e per kWh: a number, and an object with `.carbon_intensity`, `.address`, `.success` as older versions gave."""

    def __new__(cls, value, address="", success=True, is_fetched=False, is_prediction=False, message=""):
        self = super().__new__(cls, value)
        self.carbon_intensity = float(value)
        self.address, self.success = address, success
        self.is_fetched, self.is_prediction, self.message = is_fetched, is_prediction, message
        return self


class IntensityUpdater:
    """`grid` None: no figure is known, and CO2 is neither computed nor printed as 0."""

    live = False  # whether a provider has told it

    def __init__(self, grid):
        self.grid = grid
        address = (grid.name or grid.zone) if grid else "unknown"
        message = f"yearly mean of {address}" if grid else "no figure"
        known = bool(grid and grid.known)
        self._intensity = CarbonIntensity(grid.g_per_kwh if grid else float("nan"), address, known, message=message)
        self.carbon_intensities = [self._intensity] if grid else []

    def take(self, grid):
        """The mean of what a provider has told since the training began."""
        address = grid.name or grid.zone
        self._intensity = CarbonIntensity(grid.g_per_kwh, address, True, is_fetched=True, message=f"told by {grid.provider} for {address}")
        self.carbon_intensities = [self._intensity]
        self.grid, self.live = grid, True

    def average_carbon_intensity(self):
        return self._intensity

    def predict_carbon_intensity(self, pred_time_dur=None):
        return self._intensity

    def fetch_carbon_intensity(self):
        return self._intensity


class Stopper:
    """In the place of a thread's event."""

    def __init__(self):
        self._set = False

    def set(self):
        self._set = True

    def is_set(self):
        return self._set
