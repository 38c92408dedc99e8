"""Answers are kept together: one flush to disk for all that wait for one.

Who asks waits until the answer is on disk, and others' that came meanwhile go with the next flush:
a disk flushes a few thousand times a second at best, whoever waits for it.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from engagement.database import Database, Transaction

Kept = TypeVar("Kept")
Said = TypeVar("Said")
MOST_AT_ONCE = 200
LINGER_SECONDS = 0.002


class GroupCommit(Generic[Kept, Said]):
    """Keeps what several threads hand in, in one transaction each time; starts when first used.

    `write` keeps some of them within a transaction; what it says of them is told to each.
    """

    def __init__(
        self, database: Database, write: Callable[[Transaction, Sequence[Kept]], Said]
    ) -> None:
        self.database = database
        self.write = write
        self._waiting = queue.SimpleQueue[tuple[Kept, "Future[Said]"] | None]()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def keep(self, one: Kept) -> "Future[Said]":
        """Hand one in; done once it is on disk, or with the error for which it is not."""
        done: Future[Said] = Future()
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="huoli-keep", daemon=True)
                self._thread.start()
            self._waiting.put((one, done))
        return done

    def close(self) -> None:
        """End, once all that was handed in is kept."""
        with self._starting:
            thread, self._thread = self._thread, None
            if thread:
                self._waiting.put(None)
        if thread:
            thread.join()

    def _run(self) -> None:
        several = False
        while first := self._waiting.get():
            if several:
                # where many wait, those that come within a moment spare a flush of their own
                time.sleep(LINGER_SECONDS)
            together, ends = [first], False
            while len(together) < MOST_AT_ONCE and not self._waiting.empty():
                another = self._waiting.get()
                if another is None:
                    ends = True
                    break
                together.append(another)
            several = len(together) > 1
            # who has gone away meanwhile is told nothing, and so nothing need be kept
            self._keep([each for each in together if each[1].set_running_or_notify_cancel()])
            if ends:
                return

    def _keep(self, together: Sequence[tuple[Kept, "Future[Said]"]]) -> None:
        if not together:
            return
        try:
            with self.database.begin() as transaction:
                said = self.write(transaction, [one for one, _done in together])
        except Exception as error:
            if len(together) == 1:
                together[0][1].set_exception(error)
                return
            # one that cannot be kept must not take the others with it
            for each in together:
                self._keep([each])
        else:
            for _one, done in together:
                done.set_result(said)
