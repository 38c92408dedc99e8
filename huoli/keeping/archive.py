"""One archive: a gzip-compressed tar of plain files under `home/`, and the manifest at its end.

Whoever reads one trusts nothing in it: only plain files with names that stay inside, each with the
size and SHA-256 of the manifest, none missing, none more, nothing after the end.
"""

import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from features.errors import InputError
from features.language import _, render
from huoli.keeping.manifest import FOLDER, MOST_BYTES, NAME, Entry, Manifest, is_safe

CHUNK = 1 << 20
# most of a home is compressed already
LEVEL = 1
PRIVATE = 0o600
# what reading bytes that are no archive of ours comes to
BROKEN = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, RecursionError)
UNREADABLE = _("it cannot be unpacked")
LONGER = _("something follows its end")
SHORTER = _("its end is missing")
TWICE = _("a file is in it twice")
OTHERS = _("it holds other files than its manifest names")
CHANGED = _("{name} differs from what its manifest says")
Sink = Callable[[str, int], IO[bytes]]
Told = Callable[[int], None]


class Archive:
    """An archive being written to a file that is open for it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._packed = gzip.GzipFile("", "wb", LEVEL, file, mtime=0)
        self._tar = tarfile.TarFile("", "w", self._packed, format=tarfile.PAX_FORMAT)
        self.entries: list[Entry] = []

    def add(self, name: str, path: Path, told: Told) -> None:
        """Add the file's bytes as they are now; `told` hears how many were read."""
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            read = _Digesting(file, told)
            member = tarfile.TarInfo(f"{FOLDER}/{name}")
            member.size, member.mode = status.st_size, status.st_mode & 0o777
            member.mtime = int(status.st_mtime)
            self._tar.addfile(member, read)
        self.entries.append(Entry(name, member.size, read.digest.hexdigest(), member.mode))

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and end the archive."""
        content = manifest.as_bytes()
        member = tarfile.TarInfo(NAME)
        member.size, member.mode = len(content), PRIVATE
        self._tar.addfile(member, io.BytesIO(content))
        self._tar.close()
        self._packed.close()


class _Digesting:
    """A file that is read once, and the digest of what was read."""

    def __init__(self, file: IO[bytes], told: Told) -> None:
        self.file, self.told, self.digest = file, told, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self.file.read(size)
        self.digest.update(part)
        self.told(len(part))
        return part


def read_archive(path: Path, sink: Sink | None, told: Told) -> Manifest:
    """Read an archive from its first byte to its last; its manifest, which all of it bears out.

    Args:
        path: The archive.
        sink: Gives a file to write to for a name and its rights; None only checks.
        told: Hears how many bytes of the archive were read.

    Raises:
        InputError: it is no backup, or not as it was written.
    """
    found: dict[str, Entry] = {}
    manifest: Manifest | None = None
    with _opened(path, told) as tar:
        for member in tar:
            if manifest is not None:
                raise _not_whole(path, LONGER)
            if member.name == NAME and member.isreg():
                manifest = _manifest(path, tar, member)
                continue
            name = _name_of(path, member)
            if name in found:
                raise _not_whole(path, TWICE)
            found[name] = _unpacked(tar, member, name, sink)
        _check_end(path, tar)
    if manifest is None:
        raise _not_whole(path, SHORTER)
    _compare(path, found, manifest)
    return manifest


def _check_end(path: Path, tar: tarfile.TarFile) -> None:
    """Read what follows, which must be the zeros that fill up a tar, to the compression's end."""
    rest: Any = tar.fileobj
    while part := rest.read(CHUNK):
        if part.strip(b"\0"):
            raise _not_whole(path, LONGER)


def _unpacked(tar: tarfile.TarFile, member: tarfile.TarInfo, name: str, sink: Sink | None) -> Entry:
    content = tar.extractfile(member)
    if content is None:  # pragma: no cover - only plain files come here
        raise tarfile.ReadError(name)
    digest, size, mode = hashlib.sha256(), 0, member.mode & 0o777
    with sink(name, mode) if sink else io.BytesIO() as target:
        while part := content.read(CHUNK):
            digest.update(part)
            size += len(part)
            if sink:
                target.write(part)
    return Entry(name, size, digest.hexdigest(), mode)


def _name_of(path: Path, member: tarfile.TarInfo) -> str:
    if not member.isreg() or member.issparse():
        raise InputError(
            "{archive} must hold plain files alone, found {name}, which is a link, a device or "
            "the like; nothing was restored; take a backup that `huoli backup` wrote",
            archive=path.name, name=repr(member.name),
        )  # fmt: skip
    name = member.name.removeprefix(f"{FOLDER}/")
    if name == member.name or not is_safe(name):
        raise InputError(
            "{archive} must hold files of a home alone, found {name}, which leads elsewhere; "
            "nothing was restored; take a backup that `huoli backup` wrote",
            archive=path.name, name=repr(member.name),
        )  # fmt: skip
    return name


def _manifest(path: Path, tar: tarfile.TarFile, member: tarfile.TarInfo) -> Manifest:
    content = tar.extractfile(member) if member.size <= MOST_BYTES else None
    manifest = Manifest.of(content.read()) if content else None
    if manifest is None:
        raise InputError(
            "{archive} must have a manifest that this version reads, found another; install the "
            "version of Huoli that wrote it, or take another backup",
            archive=path.name,
        )
    return manifest


def _compare(path: Path, found: dict[str, Entry], manifest: Manifest) -> None:
    stated = {one.name: one for one in manifest.files}
    if len(stated) != len(manifest.files) or stated.keys() != found.keys():
        raise _not_whole(path, OTHERS)
    changed = sorted(name for name, one in stated.items() if found[name] != one)
    if changed:
        raise _not_whole(path, CHANGED, changed[0])


def _not_whole(path: Path, problem: str, name: str = "") -> InputError:
    return InputError(
        "{archive} must be as `huoli backup` wrote it, but {found}; take another copy or backup",
        archive=path.name, found=render(problem, {"name": name}),
    )  # fmt: skip


@contextmanager
def _opened(path: Path, told: Told) -> Iterator[tarfile.TarFile]:
    try:
        with path.open("rb") as file:
            raw: Any = _Digesting(file, told)
            with (
                gzip.GzipFile(fileobj=raw, mode="rb") as packed,
                tarfile.open(fileobj=packed, mode="r|") as tar,
            ):
                yield tar
    except BROKEN as error:
        raise _not_whole(path, UNREADABLE) from error
