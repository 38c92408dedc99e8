"""Takes up a new champion, new tables and new features while the service goes on answering."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from features.errors import HuoliError, NotReadyError
from features.feature_store.snapshots import MANIFEST as FEATURES_MANIFEST
from features.feature_store.snapshots import ONLINE, current_folder
from features.home import Home
from features.tables.snapshots import MANIFEST as TABLES_MANIFEST
from serving.desk import Desk
from serving.refreshing import made_ready
from serving.state import State, load_state
from training.registry.champion import champion_versions

SECONDS = 1.0
# after so long what could not be loaded is tried again, twice as long each time, up to so long
RETRY_SECONDS = 5.0
MOST_RETRY_SECONDS = 60.0
STOP_SECONDS = 20
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seen:
    """What there is to take up; another value once any of it changed.

    The two manifests name folders that never change, and `champion` is the registry's own word or
    why it cannot be read. `online` is where and what the online file is, which a fault may change.
    """

    tables: bytes
    features: bytes
    online: tuple[int, ...]
    champion: str


def what_is_there(home: Home) -> Seen:
    """A look of a millisecond; nothing is loaded, and no fault is an error."""
    try:
        champion = str(champion_versions(home))
    except HuoliError as error:
        champion = error.in_language("en")
    return Seen(
        tables=_content(home.tables / TABLES_MANIFEST),
        features=_content(home.features / FEATURES_MANIFEST),
        online=_online(home),
        champion=champion,
    )


class Watcher:
    """Looks about once a second, in a thread of its own.

    What changed is loaded and has answered once before it replaces what is in use, in one step.
    What cannot be loaded changes nothing: the reason stands in the log and in /readyz, and it is
    tried again once something has changed again, or after some seconds: in the end once a minute,
    where something else is in use.
    """

    def __init__(
        self,
        desk: Desk,
        seconds: float = SECONDS,
        prepare: Callable[[State], State] = made_ready,
    ) -> None:
        """Made before the desk is opened, so that no change in between is missed."""
        self.desk = desk
        self.prepare = prepare
        self.seconds = seconds
        self._seen = what_is_there(desk.home)
        self._tried = time.monotonic()
        # how often in a row it could not be loaded
        self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="huoli-watcher", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; what is being loaded is loaded to the end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def check(self) -> bool:
        """Take up what changed since the last look; say whether there was anything to load."""
        seen = what_is_there(self.desk.home)
        if seen == self._seen and not self._is_to_try_again():
            return False
        if seen != self._seen:
            self._failures = 0
        self._seen = seen
        self._failures = 0 if self._take_up() else self._failures + 1
        self._tried = time.monotonic()
        return True

    def _take_up(self) -> bool:
        """Whether what is there could be loaded, and is in use now."""
        try:
            state = load_state(self.desk.home, self.desk.database, self.desk.loaded)
            self.desk.replace(self.prepare(state))
        except HuoliError as error:
            self.desk.keep(error)
        except Exception as error:  # a fault in what is new must not end the watch
            log.exception("what changed could not be loaded")
            self.desk.keep(NotReadyError(
                "what changed cannot be loaded: {problem}; run `huoli doctor`",
                problem=type(error).__name__,
            ))  # fmt: skip
        else:
            return True
        return False

    def _is_to_try_again(self) -> bool:
        """Whether a fault keeps from use what is there, may have ended, and was met long ago."""
        wait = RETRY_SECONDS
        if self.desk.loaded is not None:
            if not self._failures:
                return False
            wait = min(wait * 2.0 ** (self._failures - 1), MOST_RETRY_SECONDS)
        elif not self.desk.missing:
            return False
        return time.monotonic() - self._tried >= wait

    def _watch(self) -> None:
        while not self._stopping.wait(self.seconds):
            try:
                self.check()
            except Exception:  # the next look may see more
                log.exception("looking for what changed failed")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _online(home: Home) -> tuple[int, ...]:
    try:
        found = (current_folder(home) / ONLINE).stat()
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns)
