"""What a simulated company is made from: its size, its period, and its seed."""

import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

HOUR, DAY, WEEK = 3_600, 86_400, 604_800
CHINA = 8 * HOUR
NEVER = 2**62
HORIZON_DAYS = 60


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970, UTC.

    >>> seconds(datetime(1970, 1, 2, tzinfo=UTC))
    86400
    """
    return int(moment.timestamp())


@dataclass(frozen=True)
class Settings:
    """Size, period and seed. Instants are seconds since 1970, UTC; the period is [begin, end)."""

    employees: int = 5_000
    months: int = 24
    end_date: date = date(2026, 1, 1)
    seed: int = 1

    @property
    def end(self) -> int:
        """The export's moment: 00:00 UTC of the last day."""
        return seconds(datetime.combine(self.end_date, datetime.min.time(), UTC))

    @property
    def begin(self) -> int:
        """The same day of the month, `months` earlier; the month's last day if it is shorter."""
        count = self.end_date.year * 12 + self.end_date.month - 1 - self.months
        first = date(count // 12, count % 12 + 1, 1)
        following = date((count + 1) // 12, (count + 1) % 12 + 1, 1)
        day = min(first + timedelta(days=self.end_date.day - 1), following - timedelta(days=1))
        return seconds(datetime.combine(day, datetime.min.time(), UTC))

    @property
    def horizon(self) -> int:
        """Until when the world is simulated: 60 days past the end."""
        return self.end + HORIZON_DAYS * DAY

    @property
    def years(self) -> float:
        """Length of the simulated time, the horizon included."""
        return (self.horizon - self.begin) / (365 * DAY)

    def rng(self, name: str) -> np.random.Generator:
        """A stream of random numbers of this name: what one part draws moves no other part."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])


def local_days(begin: int, end: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Local working days (Monday to Friday) from `begin`, over before `end`, as days since 1970."""
    first, last = (begin + CHINA) // DAY, (end + CHINA) // DAY
    days = np.arange(first, last, dtype=np.int64)
    return days[(days + 3) % 7 < 5]
