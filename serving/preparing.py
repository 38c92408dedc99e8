"""The process that computes chances ahead, and how those that answer get them.

Answering must not wait for computing, which in Python threads of one process do. So a process of
its own keeps the shelf up, and sends each column it has computed over a socket of this machine to
those that answer. While it is away they go on from what they have, and compute what is missing.
"""

import ctypes
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection, Listener
from queue import SimpleQueue

from serving.desk import Desk
from serving.shelf import Column

SETTING = "HUOLI_LISTS"
AGAIN_SECONDS = 0.2
NICE = 10
# of Linux's prctl
PARENT_DEATH_SIGNAL = 1
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """Columns by activity id, of the models `version` and of the people with this fingerprint.

    `whole`: with these, every chance that can be asked for has been sent.
    """

    version: str
    people: str
    columns: Mapping[str, Column]
    whole: bool = False


class Sender:
    """Sends what is computed to all who listen; whoever comes later gets it all first."""

    def __init__(self, desk: Desk, file: str) -> None:
        self.desk = desk
        self._listener = Listener(file, "AF_UNIX")
        self._queues: list[SimpleQueue[Prepared]] = []
        self._adding = threading.Lock()
        desk.shelved = self.send
        threading.Thread(target=self._accept, name="huoli-accept", daemon=True).start()

    def send(self, names: list[str] | None) -> None:
        """Send the columns of these activities as they are now; None: of all."""
        with self._adding:
            found = self._prepared(names)
            if found:
                for queue in self._queues:
                    queue.put(found)

    def _prepared(self, names: list[str] | None = None) -> Prepared | None:
        state = self.desk.loaded
        if state is None or state.version is None or state.shelf is None:
            return None
        columns = state.shelf.columns
        chosen = columns if names is None else {n: columns[n] for n in names if n in columns}
        return Prepared(state.version, state.board.history.people.fingerprint, chosen,
                        whole=names is None)  # fmt: skip

    def _accept(self) -> None:
        while True:
            connection = self._listener.accept()
            queue: SimpleQueue[Prepared] = SimpleQueue()
            with self._adding:
                found = self._prepared()
                if found:
                    queue.put(found)
                self._queues.append(queue)
            threading.Thread(target=self._serve, args=(connection, queue), daemon=True).start()

    def _serve(self, connection: Connection, queue: "SimpleQueue[Prepared]") -> None:
        try:
            while True:
                connection.send(queue.get())
        except OSError:
            with self._adding:
                self._queues.remove(queue)


class Receiver:
    """Takes what is sent onto the desk's shelf."""

    def __init__(self, desk: Desk, file: str) -> None:
        self.desk = desk
        self.file = file
        self._whole = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="huoli-shelf", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until every chance has been sent once, at most so long; whether it has."""
        return self._whole.wait(seconds)

    def stop(self) -> None:
        """Take nothing more."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(AGAIN_SECONDS):
            try:
                with Client(self.file, "AF_UNIX") as connection:
                    while not self._stopped.is_set():
                        self._take(connection.recv())
            except (OSError, EOFError):
                continue  # it is being started, or started anew
            except Exception:
                LOG.exception("what was computed elsewhere cannot be read")

    def _take(self, prepared: Prepared) -> None:
        self.desk.take(prepared.columns, prepared.version, prepared.people)
        if prepared.whole:
            self._whole.set()


def end_with_parent() -> None:
    """Have the system end this process as soon as the one that started it ends, where it can."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)


def main() -> None:
    """Compute until the process that started this one is gone, or asks to stop.

    The command line has the file of the socket to listen at, and that process' number.
    """
    from features.home import current_home
    from serving.live import Live
    from serving.logs import set_up_logs
    from serving.refreshing import Refreshing, made_ready
    from serving.watcher import Watcher

    end_with_parent()
    # those that answer go first
    os.nice(NICE)
    set_up_logs()
    # those that answer tell what is not well
    logging.getLogger("serving").setLevel(logging.ERROR)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    file, parent = sys.argv[1], int(sys.argv[2])
    desk = Desk(current_home())
    watcher = Watcher(desk)
    desk.open(made_ready)
    lists, live = Refreshing(desk), Live(desk)
    Sender(desk, file)
    for part in (live, lists, watcher):
        part.start()
    while not stopping.wait(1.0) and os.getppid() == parent:
        pass
    for part in (watcher, lists, live):
        part.stop()
    desk.close()


if __name__ == "__main__":
    main()
