"""A clock that a test moves on, for the program and what it starts (tests/fakes/clock/fake_clock.c)."""
import datetime
import email.utils
import struct
import time


class MovedClock:
    def __init__(self, library, path):
        assert library.exists(), f"not built: {library} (cmake -DCARBONTRACKER_BENCH=ON)"
        self.path, self.ahead, self.set_by = path, 0, 0
        self.path.write_bytes(struct.pack("<qq", 0, 0))
        self.env = {"LD_PRELOAD": str(library), "CT_FAKE_CLOCK": str(path)}

    def move(self, **by):
        """`move(minutes=16)`; all who have the clock see it at once."""
        self.ahead += int(datetime.timedelta(**by).total_seconds())
        self._tell()

    def set_wall(self, **by):
        """The wall clock alone, which somebody sets; back as well."""
        self.set_by += int(datetime.timedelta(**by).total_seconds())
        self._tell()

    def _tell(self):
        with open(self.path, "r+b") as file:  # never empty, for it is mapped
            file.write(struct.pack("<qq", self.ahead * 10**9, self.set_by * 10**9))

    def now(self):
        return datetime.datetime.fromtimestamp(time.time() + self.ahead + self.set_by, datetime.timezone.utc)

    def date(self):
        """As a server's Date header that has this clock."""
        return email.utils.format_datetime(self.now(), usegmt=True)
