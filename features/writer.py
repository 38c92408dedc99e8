"""One writer at a time: a lock on HUOLI_HOME that dies with its holder and names it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

from features.errors import InputError
from features.home import Home


@contextmanager
def writer_lock(home: Home, command: str) -> Iterator[None]:
    """Hold the right to write under this home while the block runs.

    The operating system frees the lock when its process ends, however it ends, so a stopped
    writer never locks out the next one.

    Raises:
        InputError: another process holds it; names that process, its command and since when.
    """
    home.lock.parent.mkdir(parents=True, exist_ok=True)
    with home.lock.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _held(file) from error
        _name_holder(file, command)
        yield
        file.truncate(0)


def _name_holder(file: IO[str], command: str) -> None:
    file.seek(0)
    file.truncate()
    since = datetime.now(UTC).isoformat(timespec="seconds")
    json.dump({"pid": os.getpid(), "command": command, "since": since}, file)
    file.flush()


def _held(file: IO[str]) -> InputError:
    file.seek(0)
    try:
        holder = json.loads(file.read())
    except json.JSONDecodeError:  # it has the lock and has not yet said who it is
        holder = {"pid": "?", "command": "?", "since": "?"}
    return InputError(
        "another writer is at work: process {pid} runs `{command}` since {since}; "
        "wait for it or stop it, then try again",
        **holder,
    )
