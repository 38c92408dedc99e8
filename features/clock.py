"""The present moment. A company that stands still, as a simulated one does, can be given its own.

HUOLI_NOW names the moment at which this process begins; from there on the clock goes as usual.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from features.errors import InputError

SETTING = "HUOLI_NOW"
_BEGAN = time.monotonic()


def now() -> datetime:
    """The present moment, in UTC.

    Raises:
        InputError: HUOLI_NOW is no moment with an offset from UTC.
    """
    stated = os.environ.get(SETTING)
    if not stated:
        return datetime.now(UTC)
    return _moment(stated) + timedelta(seconds=time.monotonic() - _BEGAN)


@lru_cache(maxsize=16)
def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.min
    if found.tzinfo is None:
        raise InputError(
            "{setting} must be a moment with its offset from UTC, such as {example}",
            setting=SETTING, example="2026-12-10T16:00:00+08:00",
        )  # fmt: skip
    return found.astimezone(UTC)
