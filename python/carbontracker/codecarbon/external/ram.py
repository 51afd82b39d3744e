from carbontracker.codecarbon.external.hardware import RAM  # noqa: F401
