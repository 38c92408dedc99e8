"""Files that survive a stop at any moment: written, flushed to disk, then swapped in one step."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def sync(path: Path) -> None:
    """Have the disk hold this file's bytes, or this folder's entries, before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(directory: Path) -> None:
    """Have the disk hold everything under the folder, and the folder itself."""
    for path in directory.rglob("*"):
        sync(path)
    sync(directory)


def replace_text(path: Path, text: str) -> None:
    """Give the file this text in one step: a reader sees the old whole text or the new one."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    sync(draft)
    draft.replace(path)
    sync(path.parent)


def digest_of(directory: Path) -> str:
    """A digest of the names and bytes of all files under the folder."""
    digest = hashlib.sha256()
    for path in _files(directory):
        digest.update(path.relative_to(directory).as_posix().encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _files(directory: Path) -> Iterable[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())
