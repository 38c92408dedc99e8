"""A home made of a backup: beside its place, checked whole, migrated, and only then named."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from features.errors import HuoliError, InputError
from features.home import Home
from features.tables.durable import replace_text, sync, sync_tree
from huoli.keeping.archive import read_archive
from huoli.keeping.backing_up import Share, shares
from huoli.keeping.manifest import Manifest
from huoli.keeping.moving import after_restore, move_addresses

# of the time, for reading the archive
READING = 0.9
# beside the folder of a restore whose rows may be on a server: its id, which marks those
MARK = ".id"


@dataclass(frozen=True)
class Restored:
    """A home that was made of a backup; `revision` is that of its database now, None for none.

    `n_forgotten` people had been erased since, and were again.
    """

    home: Home
    manifest: Manifest
    revision: str | None
    on_server: bool
    n_forgotten: int = 0


def restore(archive: Path, home: Home, tell: Share, erased_from: Home | None = None) -> Restored:
    """Make the home of the archive; there is a whole home in the end, or none.

    A restore that is killed leaves a folder `.NAME.restoring` beside the home, which the next
    one to the same place clears away, together with what the killed one put on a server.

    Args:
        archive: What `huoli backup` wrote.
        home: Must not be there, or be an empty folder.
        tell: Hears the share that is done.
        erased_from: A home whose list of erased people is newer than the backup.

    Raises:
        InputError: the archive cannot be read, is no backup or not as it was written; the home or
            the server's database is not empty; or the disk does not take it.
        NotReadyError: the database is of a newer version, or its server cannot be reached.
    """
    home = Home(home.root.resolve())
    size = _size(archive)
    _check_empty(home)
    with _disk_told(home), _staged(home) as staged:
        _check_server()
        manifest = read_archive(
            archive, lambda name, mode: _made(staged.root, name, mode), shares(size, tell, READING)
        )
        done = _finish(staged, home, manifest, erased_from)
    tell(1.0)
    return done


def _finish(staged: Home, home: Home, manifest: Manifest, erased_from: Home | None) -> Restored:
    """Bring the staged home to this version and to its place."""
    from engagement.database.address import files_alone
    from engagement.database.copying import migrate_file

    revision = None
    # a server gets the rows last, and of nobody who was erased since
    with files_alone():
        if staged.database.is_file():
            _former, revision = migrate_file(staged.database)
        # its registry can be used where it is staged, too
        move_addresses(staged, manifest.places, staged.root)
        n_forgotten = after_restore(staged, erased_from)
        move_addresses(staged, [str(staged.mlruns)], home.root)
    on_server = _placed(staged, home)
    return Restored(home, manifest, revision, on_server, n_forgotten)


def _placed(staged: Home, home: Home) -> bool:
    """Put the rows on the server, where one is named, and the home in its place; whether one is.

    Stopped in between, the id beside the staged folder is that of the rows on the server: they are
    no home's yet, and whoever clears the folder away clears them away first.
    """
    from engagement.database.address import server_address
    from engagement.database.copying import keep_loaded, load_server

    if server_address() is None or not staged.database.is_file():
        sync_tree(staged.root)
        _name(staged, home)
        return False
    restore_id = secrets.token_hex(16)
    sync_tree(staged.root)
    replace_text(_mark(staged.root), restore_id)
    load_server(staged.database, restore_id)
    staged.database.unlink()
    sync(staged.database.parent)
    _name(staged, home)
    # the home is there: a mark that stays, here or on the server, means nothing any more
    with suppress(HuoliError):
        keep_loaded()
    _mark(staged.root).unlink()
    return True


def _clear(folder: Path) -> None:
    """Take away what a restore left that came to nothing, on a server and then here."""
    from engagement.database.copying import empty_server

    if _mark(folder).is_file():
        empty_server(_mark(folder).read_text(encoding="ascii"))
    shutil.rmtree(folder)
    _mark(folder).unlink(missing_ok=True)


def _mark(folder: Path) -> Path:
    return folder.with_name(folder.name + MARK)


def _name(staged: Home, home: Home) -> None:
    """Give the staged home its name, on disk when this returns."""
    try:
        # takes the place of an empty folder, and of no other
        staged.root.rename(home.root)
    except OSError as error:
        raise InputError(
            "{home} cannot be made by renaming a folder beside it: {problem}; name a folder "
            "within a mounted one, which is not there yet",
            home=home.root, problem=error.strerror,
        ) from error  # fmt: skip
    sync(home.root.parent)


def _made(root: Path, name: str, mode: int) -> IO[bytes]:
    """A new file under the root, open for writing, with these rights for those it is for."""
    path = root / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    # its owner can always read and write what is of its own home
    os.fchmod(descriptor, (mode & 0o777) | 0o600)
    return os.fdopen(descriptor, "wb")


@contextmanager
def _staged(home: Home) -> Iterator[Home]:
    """An empty folder beside the home, for one restore at a time; gone after the block."""
    home.root.parent.mkdir(parents=True, exist_ok=True)
    folder = home.root.with_name(f".{home.root.name}.restoring")
    if folder.is_dir() and not folder.is_symlink():
        with _held(folder):
            _clear(folder)  # a stopped restore's
    _mark(folder).unlink(missing_ok=True)
    folder.mkdir(mode=0o700)
    with _held(folder):
        try:
            yield Home(folder)
        finally:
            if folder.is_dir():
                _clear(folder)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the folder; the operating system lets go of it when this process ends, however."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise InputError(
            "another restore fills {folder} now; wait for it, then look whether the home is there",
            folder=folder,
        ) from error
    finally:
        os.close(descriptor)


def _size(archive: Path) -> int:
    try:
        with archive.open("rb") as file:
            return max(os.fstat(file.fileno()).st_size, 1)
    except OSError as error:
        raise InputError(
            "{archive} must be a file that can be read: {problem}",
            archive=archive, problem=error.strerror,
        ) from error  # fmt: skip


def _check_server() -> None:
    from engagement.database.copying import check_server_is_empty

    check_server_is_empty()


def _check_empty(home: Home) -> None:
    if home.root.exists() and not (home.root.is_dir() and not any(home.root.iterdir())):
        raise InputError(
            "{home} must not be there yet, or be an empty folder; name another with --home, or "
            "move away what is in it",
            home=home.root,
        )


@contextmanager
def _disk_told(home: Home) -> Iterator[None]:
    """Have an error of the disk say what was not made."""
    try:
        yield
    except HuoliError:
        raise
    except OSError as error:
        raise InputError(
            "{home} could not be made, and nothing of it is left: {problem}; free space or "
            "correct the rights, then try again",
            home=home.root, problem=error.strerror or type(error).__name__,
        ) from error  # fmt: skip
