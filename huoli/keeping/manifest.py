"""What an archive says of itself: the last member, so that an archive cut short has none."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, Self

NAME = "manifest.json"
FOLDER = "home"
FORMAT = 1
MOST_BYTES = 256 << 20


@dataclass(frozen=True)
class Entry:
    """One file: its name within the home, size in bytes, SHA-256 of its content, and its rights."""

    name: str
    size: int
    sha256: str
    mode: int


@dataclass(frozen=True)
class Manifest:
    """Of which version, moment and schema a backup is, where the home stood, and every file.

    `revision` is that of the database's tables, None where there was no database or one from
    before there were revisions; `places` are the folders under which MLflow knew its artifacts.
    """

    huoli: str
    made_at: str
    database: str
    revision: str | None
    places: tuple[str, ...]
    files: tuple[Entry, ...]

    @property
    def n_bytes(self) -> int:
        """Of all files together."""
        return sum(one.size for one in self.files)

    def as_bytes(self) -> bytes:
        """The manifest as it stands in the archive."""
        return json.dumps({"format": FORMAT} | asdict(self), ensure_ascii=False).encode()

    @classmethod
    def of(cls, content: bytes) -> Self | None:
        """The manifest that the bytes are; None where they are none of this format."""
        try:
            found: Mapping[str, Any] = json.loads(content)
            if found["format"] != FORMAT:
                return None
            return cls(
                huoli=str(found["huoli"]), made_at=str(found["made_at"]),
                database=str(found["database"]),
                revision=found["revision"] and str(found["revision"]),
                places=tuple(map(str, found["places"])),
                files=tuple(_entry(one) for one in found["files"]),
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, RecursionError):
            return None


def is_safe(name: str) -> bool:
    r"""Whether the name leads to a place within the folder in which it is unpacked.

    >>> [is_safe(name) for name in ("data/huoli.db", "../x", "/x", "a/../../x", "a//b", "a\\b")]
    [True, False, False, False, False, False]
    """
    parts = name.split("/")
    return not (
        set(parts) & {"", ".", ".."} or "\\" in name or "\0" in name
    ) and name == str(PurePosixPath(name))  # fmt: skip


def _entry(found: Mapping[str, Any]) -> Entry:
    return Entry(str(found["name"]), int(found["size"]), str(found["sha256"]), int(found["mode"]))
