"""Names that programs import."""


def is_gpu_details_available():
    from carbontracker import _core

    return any(channel["domain"] == "gpu" for family in _core.sources() for channel in family["channels"])


def is_nvidia_system():
    return is_gpu_details_available()
