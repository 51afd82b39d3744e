"""The interface of CodeCarbon 3 on this package's measurements: `from carbontracker.codecarbon import EmissionsTracker`, or
`carbontracker.codecarbon.install()` first, after which `import codecarbon` gives this. What it cannot do: docs/migration.md."""
from carbontracker.codecarbon._alias import install, uninstall
from carbontracker.codecarbon._version import __version__
from carbontracker.codecarbon.emissions_tracker import (
    EmissionsTracker,
    OfflineEmissionsTracker,
    TaskEmissionsTracker,
    track_emissions,
    track_task_emissions,
)

__all__ = ["EmissionsTracker", "OfflineEmissionsTracker", "TaskEmissionsTracker", "track_emissions", "track_task_emissions", "install", "uninstall",
           "__version__"]
