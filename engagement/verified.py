"""Keys that were just verified: hashed once a second, not once a call."""

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from engagement.database import Database
from engagement.keys import ENDED, Key, key_of

TRUSTED_SECONDS = 1.0
GLANCE_SECONDS = 0.02
MOST_TOKENS = 1_000


@dataclass(frozen=True)
class _Verified:
    key: Key
    until: float
    ended: int


class VerifiedKeys:
    """Opens keys as `key_of` does, and trusts for a second that a token is that of its key.

    Whether the key is still in use is asked of a file fifty times a second at most: under load each
    look lets other threads go first. A server is asked once a second. Within that time what another
    process revokes is refused, what this one revokes or what expires at once. Tokens are remembered
    by their hash alone.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, _Verified] = OrderedDict()
        self._looked: dict[str, float] = {}

    def key_of(self, database: Database, token: str) -> Key | None:
        """The key that the token opens; None where it opens none."""
        digest, now = _digest(token), time.monotonic()
        known = self._known.get(digest)
        if known and now < known.until and self._is_in_use(database, known, now):
            return known.key
        ended = ENDED.times  # before reading: a key ended meanwhile is read again
        key = key_of(database, token)
        if key is None:
            self._known.pop(digest, None)
            return None
        self._known[digest] = _Verified(key, now + TRUSTED_SECONDS, ended)
        if len(self._known) > MOST_TOKENS:
            self._known.popitem(last=False)
        return key

    def _is_in_use(self, database: Database, known: _Verified, now: float) -> bool:
        key = known.key
        if now < self._looked.get(key.key_id, 0.0) + GLANCE_SECONDS and known.ended == ENDED.times:
            return key.is_in_use(datetime.now(UTC))
        if len(self._looked) > MOST_TOKENS:
            self._looked.clear()
        self._looked[key.key_id] = now
        return _is_in_use(database, known)

    def has_opened(self, token: str) -> bool:
        """Whether the token opened a key when it was last tried here."""
        return _digest(token) in self._known


def _is_in_use(database: Database, known: _Verified) -> bool:
    """Whether the key still opens what it did."""
    key = known.key
    rows = database.glance(
        "SELECT expires_at, revoked_at FROM api_keys WHERE key_id = ?", (key.key_id,)
    )
    if rows is None:
        if known.ended != ENDED.times:
            return False
    elif not rows:
        return False
    else:
        ((expires_at, revoked_at),) = rows
        key = replace(key, expires_at=expires_at, revoked_at=revoked_at)
    return key.is_in_use(datetime.now(UTC))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
