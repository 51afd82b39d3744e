"""Where the run is: from what the user says and what the machine knows, without any network."""
import os
from dataclasses import dataclass


def countries():
    """alpha-3 -> (alpha-2, name)."""
    with open(os.path.join(os.path.dirname(os.path.dirname(__file__)), "countries.txt"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split(" ", 2) for line in file]
    return {alpha3: (alpha2, name) for alpha2, alpha3, name in rows}


@dataclass
class CloudMetadata:
    provider: str = None
    region: str = None

    @property
    def is_on_private_infra(self):
        return self.provider is None


@dataclass
class GeoMetadata:
    country_iso_code: str = ""
    country_name: str = ""
    region: str = ""
    latitude: float = None
    longitude: float = None
    country_2letter_iso_code: str = ""
