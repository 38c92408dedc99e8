"""API keys: shown once, kept as salted hashes, refused once they expire or are revoked.

A token reads `huoli_<key id>_<secret>`. The id finds the row; the secret has 256 random bits, so
one keyed hash with the row's own salt is enough, and nothing stored gives it back.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engagement.database import Database, Transaction, open_database
from engagement.roles import ROLES, Role
from features.errors import InputError
from features.home import Home
from features.language import _

PREFIX = "huoli"
UNKNOWN_SALT = "00" * 16
LAST = "9999"
NOT_IN_USE = _("key_id names no key in use; see `huoli keys list`")


class Ended:
    """How often this process has ended a key, so that what remembers keys asks again."""

    def __init__(self) -> None:
        self.times = 0

    def count(self) -> None:
        """Note that a key was ended."""
        self.times += 1


ENDED = Ended()


@dataclass(frozen=True)
class Key:
    """One key as listed: who it is for and what it may do; never its secret."""

    key_id: str
    role: Role
    label: str
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None

    def is_in_use(self, now: datetime) -> bool:
        """Whether it opens anything at that moment."""
        return self.revoked_at is None and (
            self.expires_at is None or now.isoformat() < self.expires_at
        )


def create_key(
    database: Database, role: str, label: str, expires_in: timedelta | None = None
) -> tuple[Key, str]:
    """A new key and its token, which is shown now and never again.

    Raises:
        InputError: there is no such role.
    """
    if role not in ROLES:
        raise InputError("role must be one of {roles}", roles=", ".join(ROLES))
    with database.begin(lock="keys") as transaction:
        return _created(transaction, role, label, expires_in)


def rotate_key(
    database: Database, key_id: str, overlap: timedelta, expires_in: timedelta | None = None
) -> tuple[Key, str]:
    """A new key of the same role and label, and its token; the old one expires after the overlap.

    Raises:
        InputError: no key with this id is in use, or it expires and no end is given for the new
            one, which would outlast what was meant.
    """
    now = datetime.now(UTC)
    with database.begin(lock="keys") as transaction:
        rows = transaction.read("SELECT * FROM api_keys WHERE key_id = :key_id", key_id=key_id)
        old = _key(rows[0]) if rows else None
        if old is None or not old.is_in_use(now):
            raise InputError(NOT_IN_USE)
        if old.expires_at is not None and expires_in is None:
            raise InputError("key_id names a key that expires; say with --expires-in how many "
                             "days the new one is to last")  # fmt: skip
        last = min(old.expires_at or LAST, (now + overlap).isoformat())
        transaction.write(
            "UPDATE api_keys SET expires_at = :last WHERE key_id = :key_id",
            [{"last": last, "key_id": key_id}],
        )
        made = _created(transaction, old.role, old.label, expires_in)
    ENDED.count()
    return made


def key_of(database: Database, token: str) -> Key | None:
    """The key that the token opens; None where it is malformed, unknown, expired or revoked."""
    key_id, secret = _parts(token)
    rows = database.read("SELECT * FROM api_keys WHERE key_id = :key_id", key_id=key_id)
    row: dict[str, Any] = rows[0] if rows else {"salt": UNKNOWN_SALT, "hash": ""}
    # compared for unknown ids too, so that the time taken does not tell which ids exist
    if not hmac.compare_digest(_hash(row["salt"], secret), row["hash"]):
        return None
    key = _key(row)
    return key if key.is_in_use(datetime.now(UTC)) else None


def key_in_use(database: Database, key_id: str) -> Key | None:
    """The key of an id, for who has shown its token before; None where it is in use no more."""
    rows = database.read("SELECT * FROM api_keys WHERE key_id = :key_id", key_id=key_id)
    key = _key(rows[0]) if rows else None
    return key if key and key.is_in_use(datetime.now(UTC)) else None


def revoke_key(database: Database, key_id: str) -> None:
    """Refuse the key from now on.

    Raises:
        InputError: no key with this id is in use.
    """
    revoked = database.write(
        "UPDATE api_keys SET revoked_at = :now WHERE key_id = :key_id AND revoked_at IS NULL",
        [{"now": datetime.now(UTC).isoformat(), "key_id": key_id}],
    )
    if not revoked:
        raise InputError(NOT_IN_USE)
    ENDED.count()


def all_keys(database: Database) -> list[Key]:
    """Every key, the oldest first, expired and revoked ones too."""
    return [_key(row) for row in database.read("SELECT * FROM api_keys ORDER BY created_at")]


def demonstration_file(home: Home, role: Role = "hr_system") -> Path:
    """Where the demonstration key of a role is kept, readable for its owner alone."""
    return home.data / ("demo_key" if role == "hr_system" else f"demo_key_{role}")


def demonstration_key(home: Home, role: Role = "hr_system") -> str:
    """The token of the demonstration key, made once; anew where the kept one no longer opens."""
    file, database = demonstration_file(home, role), open_database(home)
    try:
        kept = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
        if kept and key_of(database, kept):
            return kept
        _, token = create_key(database, role, "demonstration")
        _write_private(file, token)
        return token
    finally:
        database.close()


def _created(
    transaction: Transaction, role: Role, label: str, expires_in: timedelta | None
) -> tuple[Key, str]:
    now = datetime.now(UTC)
    expires_at = None if expires_in is None else (now + expires_in).isoformat()
    key = Key(secrets.token_hex(6), role, label, now.isoformat(), expires_at)
    salt, secret = secrets.token_hex(16), secrets.token_urlsafe(32)
    transaction.insert("api_keys", [vars(key) | {"salt": salt, "hash": _hash(salt, secret)}])
    return key, f"{PREFIX}_{key.key_id}_{secret}"


def _write_private(file: Path, token: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as lines:
        lines.write(token + "\n")
    draft.replace(file)


def _hash(salt: str, secret: str) -> str:
    return hmac.new(bytes.fromhex(salt), secret.encode(), hashlib.sha256).hexdigest()


def _parts(token: str) -> tuple[str, str]:
    """(key id, secret) of a token; empty texts where it has another form."""
    prefix, _, rest = token.partition("_")
    key_id, _, secret = rest.partition("_")
    return (key_id, secret) if prefix == PREFIX else ("", "")


def _key(row: dict[str, Any]) -> Key:
    return Key(**{name: row[name] for name in Key.__dataclass_fields__})
