"""What can go wrong, by name. Those for wrong arguments are ValueErrors."""


class CarbonTrackerError(Exception):
    pass


class ComponentNameError(CarbonTrackerError, ValueError):
    """A component that does not exist was asked for."""


class NoComponentsAvailableError(CarbonTrackerError):
    """Nothing that was asked for can be measured here."""


class UnitError(CarbonTrackerError, ValueError):
    pass


class IntensityFetchError(CarbonTrackerError):
    pass


class FetcherNameError(CarbonTrackerError, ValueError):
    """A provider of carbon intensity that does not exist was named."""


class MismatchedLogFilesError(CarbonTrackerError):
    """Standard and output logs do not belong together."""


class MismatchedEpochsError(CarbonTrackerError):
    """A log has another number of powers than of durations."""


class CPUPowerError(CarbonTrackerError):
    pass
