"""The log of promotions: one line a change of the champion, each bound to the line before it."""

import getpass
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from features.errors import InputError
from features.home import Home
from features.tables.durable import sync

Entry = dict[str, Any]


def promotion_log(home: Home) -> list[Entry]:
    """Every change of the champion, oldest first: at, action, from, to, by, reason, metrics.

    `previous` is the SHA-256 of the line before, `hash` that of the entry itself.

    Raises:
        InputError: a line is no entry.
    """
    entries = []
    for number, line in enumerate(_lines(home), 1):
        entry = _parsed(line)
        if entry is None:
            raise changed(number)
        entries.append(entry)
    return entries


def append_promotion(
    home: Home,
    action: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    reason: str,
    metrics: Mapping[str, Mapping[str, float]],
    by: str | None = None,
) -> Entry:
    """Add a change of the champion, on disk when this returns; the writer's lock is held.

    Args:
        home: Whose log it is.
        action: first, promote or rollback.
        before: Version of each model that was champion.
        after: Version of each that is now.
        reason: Why.
        metrics: Figures of both, under `from` and `to`.
        by: Who; by default as the system knows the person.
    """
    lines = _lines(home)
    entry: Entry = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "action": action,
        "from": dict(before), "to": dict(after), "by": by or _user(), "reason": reason,
        "metrics": {side: dict(found) for side, found in metrics.items()},
        "previous": _sha256(lines[-1]) if lines else "",
    }  # fmt: skip
    entry["hash"] = _own_hash(entry)
    path = log_path(home)
    with path.open("ab") as file:
        # a line that a stop cut short goes: it tells of nothing that was acknowledged
        file.truncate(sum(len(line) + 1 for line in lines))
        file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)
    return entry


def check_log(home: Home) -> None:
    """Recompute every hash.

    Lines from before there were hashes must all come first.

    Raises:
        InputError: a line was changed, added or removed later; names the first that does not fit.
    """
    previous, chained = b"", False
    for number, line in enumerate(_lines(home), 1):
        entry = _parsed(line)
        if entry is None or (chained and "hash" not in entry):
            raise changed(number)
        chained = chained or "hash" in entry
        if chained and not _fits(entry, previous):
            raise changed(number)
        previous = line


def changed(number: int) -> InputError:
    """The error that names a line which is not as it was written."""
    return InputError(
        "promotions.jsonl line {line} must follow from the line before it and its own hash: one of "
        "the two was changed, added or removed later; restore a backup of the file",
        line=number,
    )


def log_path(home: Home) -> Path:
    """The file of the log."""
    return home.mlruns / "promotions.jsonl"


def _fits(entry: Entry, previous: bytes) -> bool:
    before = _sha256(previous) if previous else ""
    return entry.get("previous") == before and entry["hash"] == _own_hash(entry)


def _own_hash(entry: Entry) -> str:
    rest = {name: value for name, value in entry.items() if name != "hash"}
    return _sha256(json.dumps(rest, ensure_ascii=False, sort_keys=True).encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _lines(home: Home) -> list[bytes]:
    """The whole lines; one that a stop cut short has no end."""
    path = log_path(home)
    whole = path.read_bytes().rpartition(b"\n")[0] if path.is_file() else b""
    return whole.split(b"\n") if whole else []


def _parsed(line: bytes) -> Entry | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and {"action", "from", "to"} <= set(entry) else None


def _user() -> str:
    """Who runs this, as the system knows the person."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
