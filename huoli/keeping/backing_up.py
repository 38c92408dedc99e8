"""A backup: one archive of a home, consistent while events arrive, read back before it is named.

Who writes tables, features or models waits meanwhile, by the writer's lock; the database is taken
as it stands at one moment, so that what was acknowledged before is in it.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from features import clock
from features.errors import InputError
from features.home import Home
from features.tables.durable import sync
from features.writer import writer_lock
from huoli.keeping.archive import PRIVATE, Archive, Told, read_archive
from huoli.keeping.contents import Content, contents_of, copy_sqlite, is_sqlite, revision_in
from huoli.keeping.manifest import Manifest

Share = Callable[[float], None]


@dataclass(frozen=True)
class Backup:
    """An archive that was written: its file, size in bytes, SHA-256, and its manifest."""

    file: Path
    size: int
    sha256: str
    manifest: Manifest


def back_up(home: Home, target: Path, replace: bool, tell: Share) -> Backup:
    """Write the whole home into one archive, for its owner alone.

    Args:
        home: Nobody else may be writing tables, features or models; events may arrive.
        target: The archive; it appears whole, or not at all.
        replace: Whether it may take the place of an earlier file.
        tell: Hears the share that is done.

    Raises:
        InputError: there is no home, the target is within it or is there already, a database is
            damaged, another writer is at work, or the disk does not take it.
    """
    target = target.absolute()
    _check(home, target, replace)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.draft")
    try:
        with _disk_told(target), _private(draft) as copies, writer_lock(home, "backup"):
            manifest = _write(home, draft, copies, lambda share: tell(share * 0.7))
        with _disk_told(target):
            _check_written(draft, target, manifest, shares(draft.stat().st_size, tell, 0.7))
            digest = _sha256(draft)
            _check_free(target, replace)
            draft.replace(target)
            sync(target.parent)
    finally:
        draft.unlink(missing_ok=True)
    tell(1.0)
    return Backup(target, target.stat().st_size, digest, manifest)


def _write(home: Home, draft: Path, copies: Path, tell: Share) -> Manifest:
    database = _copy_database(home, copies)
    contents = [one for one in contents_of(home) if database is None or one.name != database.name]
    contents += [] if database is None else [database]
    told = shares(sum(one.path.stat().st_size for one in contents) or 1, tell)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        archive = Archive(file)
        for one in contents:
            with _copied(one, copies) as path:
                archive.add(one.name, path, told)
        manifest = Manifest(
            huoli=version("huoli"), made_at=clock.now().isoformat(timespec="seconds"),
            database=_kind(), revision=revision_in(database.path) if database else None,
            places=tuple(dict.fromkeys((str(home.mlruns), str(home.mlruns.resolve())))),
            files=tuple(archive.entries),
        )  # fmt: skip
        archive.finish(manifest)
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _copy_database(home: Home, copies: Path) -> Content | None:
    """A copy of Huoli's own database as an SQLite file; None where there is none yet."""
    from engagement.database.copying import dump_server

    copy = Content(copies / home.database.name, home.database.relative_to(home.root).as_posix())
    if dump_server(home, copy.path):
        return copy
    if not home.database.is_file():
        return None
    copy_sqlite(home.database, copy.path)
    copy.path.chmod(home.database.stat().st_mode & 0o777)
    return copy


def _kind() -> str:
    from engagement.database.address import server_address

    return "SQLite" if server_address() is None else "PostgreSQL"


@contextmanager
def _copied(one: Content, copies: Path) -> Iterator[Path]:
    """The file, or a copy of it at one moment where it is a database in use."""
    if one.path.is_relative_to(copies) or not is_sqlite(one.path):
        yield one.path
        return
    copy = copies / "copy"
    copy_sqlite(one.path, copy)
    copy.chmod(one.path.stat().st_mode & 0o777)
    try:
        yield copy
    finally:
        copy.unlink()


@contextmanager
def _private(draft: Path) -> Iterator[Path]:
    """A folder beside the draft for its owner alone, gone after the block."""
    folder = draft.with_name(f"{draft.name}.copies")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _check(home: Home, target: Path, replace: bool) -> None:
    if not home.data.is_dir():
        raise InputError(
            "{home} must hold a home of Huoli, found no folder data in it; set HUOLI_HOME",
            home=home.root,
        )
    if not target.parent.is_dir():
        raise InputError(
            "the folder {folder} must be there; make it, or name another file", folder=target.parent
        )
    inside = [place for place in (home.data, home.mlruns, home.root / "out")
              if target.resolve().is_relative_to(place.resolve())]  # fmt: skip
    source = (home.root / "pyproject.toml").is_file()
    if inside or (not source and target.resolve().is_relative_to(home.root.resolve())):
        raise InputError(
            "{file} must lie outside of the home, or each backup would hold the one before; name "
            "a file elsewhere, best on another disk",
            file=target.name,
        )
    _check_free(target, replace)


def _check_free(target: Path, replace: bool) -> None:
    if target.is_dir() or (target.exists() and not replace):
        raise InputError(
            "{file} is there already; name another file, or give --replace", file=target.name
        )


@contextmanager
def _disk_told(target: Path) -> Iterator[None]:
    """Have an error of the disk say what was not written."""
    try:
        yield
    except OSError as error:
        name = Path(str(error.filename)).name if error.filename else target.name
        raise InputError(
            "the backup {file} could not be written, and nothing of it is left: {name}: {problem}; "
            "free space or correct the rights, then try again",
            file=target.name, name=name, problem=error.strerror or type(error).__name__,
        ) from error  # fmt: skip


def _check_written(draft: Path, target: Path, manifest: Manifest, told: Told) -> None:
    """Read back what was written, all of it."""
    found: Manifest | None = None
    with suppress(InputError):
        found = read_archive(draft, None, told)
    if found != manifest:
        raise InputError(
            "the backup {file} was read back and is not what was written, so that it was removed; "
            "check the disk, then try again",
            file=target.name,
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shares(total: int, tell: Share, begin: float = 0.0) -> Told:
    """Adds up bytes and tells the share of all that they are, from `begin` on."""
    done = 0

    def told(n: int) -> None:
        nonlocal done
        done += n
        with suppress(ZeroDivisionError):
            tell(begin + (1 - begin) * done / total)

    return told
