"""What a disk holds of an SQLite database after a power cut, by the trace of who wrote it.

A write is safe once a flush of its file that began after it has ended. Of a write that is not,
a disk may hold all, nothing, or its first part, whatever it holds of the others.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from random import Random

from syscalls import FLUSHES, SENDS, WRITES, Call

LOG = "-wal"


class PowerCut:
    """A trace of all that was written to a database, by which any moment can be cut at.

    Args:
        calls: The trace, in the order in which calls ended.
        database: The SQLite file in the trace.
        before: A folder with a copy of that file and its log, as they were before the trace.
        pattern: Ids, of one length, as they stand in the database and in acknowledgements.
    """

    def __init__(self, calls: Sequence[Call], database: Path, before: Path, pattern: bytes) -> None:
        files = {str(database), f"{database}{LOG}"}
        self.database, self.before = database, before
        self.writes = [one for one in calls if one.name in WRITES and one.target in files]
        self.flushes = [one for one in calls if one.name in FLUSHES and one.target in files]
        # pipes and sockets are told by kind and number, files by their address
        self.acknowledgements = [
            (one.began, set(re.findall(pattern, one.data))) for one in calls
            if one.name in SENDS and not one.target.startswith("/") and re.search(pattern, one.data)
        ]  # fmt: skip
        self.first_written: dict[bytes, Call] = {}
        for one in self.writes:
            if one.target.endswith(LOG):
                for name in re.findall(pattern, one.data):
                    self.first_written.setdefault(name, one)

    def acknowledged(self, place: int) -> set[bytes]:
        """The ids whose acknowledgement began to leave by then."""
        return {name for began, names in self.acknowledgements if began <= place for name in names}

    def too_early(self) -> set[bytes]:
        """The ids that were acknowledged before what was written of them was flushed."""
        return {
            name for began, names in self.acknowledgements for name in names
            if not self._flushed(name, began)
        }  # fmt: skip

    def _flushed(self, name: bytes, place: int) -> bool:
        """Whether all that the id's transaction wrote to the log was flushed by then."""
        first = self.first_written.get(name)
        if first is None:
            return False
        # a transaction ends with the flush that its own thread asks for
        return any(
            flush.target == first.target and flush.thread == first.thread
            and flush.began > first.ended and flush.ended < place
            for flush in self.flushes
        )  # fmt: skip

    def checkpoints(self) -> int:
        """How often pages were written back from the log and flushed."""
        own = str(self.database)
        written = [one.ended for one in self.writes if one.target == own]
        flushed = [one.began for one in self.flushes if one.target == own]
        runs, last = 0, -1
        for flush in flushed:
            runs += any(last < write < flush for write in written)
            last = flush
        return runs

    def replay(self, place: int, target: Path, chance: Random | None = None) -> int:
        """Make the database as `target`, as the disk would hold it after a cut at that place.

        Args:
            place: Where in the trace.
            target: The file to make; its log goes beside it.
            chance: Which of the writes that are not safe arrived, and which of them in part; none
                did where this is not given.

        Returns:
            How many writes were not safe.
        """
        for end in ("", LOG):
            kept = self.before / f"{self.database.name}{end}"
            copy = Path(f"{target}{end}")
            shutil.copyfile(kept, copy) if kept.exists() else copy.touch()
        ended = [one for one in self.flushes if one.ended < place]
        safe_until = {
            name: max((one.began for one in ended if one.target == name), default=-1)
            for name in (str(self.database), f"{self.database}{LOG}")
        }
        unsafe = 0
        for one in self.writes:
            if one.began >= place:
                continue
            part = 1.0
            if one.ended > safe_until[one.target]:
                unsafe += 1
                part = chance.choice((0.0, 0.5, 1.0)) if chance else 0.0
            if part:
                _apply(one, Path(str(target) + one.target.removeprefix(str(self.database))), part)
        return unsafe


def _apply(write: Call, target: Path, part: float) -> None:
    with target.open("r+b") as file:
        if write.name == "ftruncate":
            file.truncate(write.at)
        else:
            file.seek(write.at)
            file.write(write.data[: int(len(write.data) * part)])
