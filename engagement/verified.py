"""Keys that were just verified: read and hashed once a second, not once a call."""

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass

from engagement.database import Database
from engagement.keys import ENDED, Key, key_of

TRUSTED_SECONDS = 1.0
MOST_TOKENS = 1_000


@dataclass(frozen=True)
class _Verified:
    key: Key
    until: float
    ended: int


class VerifiedKeys:
    """Opens keys as `key_of` does, and trusts what it found for a second.

    What another process revokes is refused within that second, what this one revokes at once.
    Tokens are remembered by their hash alone.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, _Verified] = OrderedDict()

    def key_of(self, database: Database, token: str) -> Key | None:
        """The key that the token opens; None where it opens none."""
        digest, now = _digest(token), time.monotonic()
        known = self._known.get(digest)
        if known and now < known.until and known.ended == ENDED.times:
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

    def has_opened(self, token: str) -> bool:
        """Whether the token opened a key when it was last tried here."""
        return _digest(token) in self._known


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
