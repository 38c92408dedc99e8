"""How often one key or one machine may call: counts in memory, of this process alone."""

import math
import os
import time
from collections import OrderedDict, deque

from features.errors import InputError

SETTING = "HUOLI_RATE_PER_SECOND"
DEFAULT_RATE = 200.0
BURST_SECONDS = 2.0
FAILURES = 20
FAILURE_SECONDS = 60.0
MOST_ADDRESSES = 10_000


def rate_setting() -> float:
    """Calls per second that one key may make on average; 0: as many as it likes.

    Raises:
        InputError: the environment states no such number.
    """
    stated = os.environ.get(SETTING, "")
    try:
        rate = float(stated or DEFAULT_RATE)
    except ValueError:
        rate = -1.0
    if not 0 <= rate < math.inf:
        raise InputError(
            "{setting} must be a number of calls per second, or 0 for no limit", setting=SETTING
        )
    return rate


class CallRate:
    """A token bucket for each key: twice the rate at once, then the rate."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.burst = max(1.0, rate * BURST_SECONDS)
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, key_id: str, now: float | None = None) -> float:
        """Take one call; 0, or the seconds after which one may be made."""
        if not self.rate:
            return 0.0
        now = time.monotonic() if now is None else now
        left, at = self._left.get(key_id, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.rate)
        if left < 1.0:
            return (1.0 - left) / self.rate
        self._left[key_id] = (left - 1.0, now)
        return 0.0


class FailedKeys:
    """Who tries keys that open nothing: after twenty within a minute, that machine has to wait."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, client: str, now: float | None = None) -> float:
        """Seconds until the client may try another key; 0: now."""
        tries = self._tries.get(client)
        if not tries or len(tries) < FAILURES:
            return 0.0
        now = time.monotonic() if now is None else now
        return max(0.0, tries[0] + FAILURE_SECONDS - now)

    def count(self, client: str, now: float | None = None) -> None:
        """Note a key that opened nothing."""
        now = time.monotonic() if now is None else now
        self._tries.setdefault(client, deque(maxlen=FAILURES)).append(now)
        self._tries.move_to_end(client)
        if len(self._tries) > MOST_ADDRESSES:
            self._tries.popitem(last=False)
