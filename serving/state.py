"""What the service holds in memory: the history, the models and the way to features online."""

from dataclasses import dataclass
from datetime import UTC, datetime

from features.errors import HuoliError, NotReadyError
from features.history.columns import micros, moment
from features.history.history import History
from features.home import Home
from features.tables.snapshots import TableSnapshot, current_tables, read_tables
from serving.board import Board
from serving.champion import champion, warm
from serving.online import staleness
from serving.predictor import Predictor


@dataclass(frozen=True)
class State:
    """One snapshot of the data and the models over it; replaced whole, never changed.

    `missing` says what forecasts and personal lists lack: without a predictor only the popular
    list is given. `degraded` says why the popular list is given though there is a predictor,
    `notes` what a reader should know beside. `tables` names the snapshot of the tables.
    """

    board: Board
    data_until: datetime
    predictor: Predictor | None
    missing: tuple[HuoliError, ...] = ()
    degraded: HuoliError | None = None
    notes: tuple[HuoliError, ...] = ()
    tables: str = ""

    @property
    def as_of(self) -> datetime:
        """The moment as of which answers are given."""
        return moment(self.board.as_of)

    @property
    def version(self) -> str | None:
        """The version of the models; None without."""
        return self.predictor.version if self.predictor else None

    @property
    def impersonal(self) -> HuoliError | None:
        """Why no list is personal; None where they are."""
        return next(iter(self.missing), self.degraded)

    @property
    def reasons(self) -> tuple[HuoliError, ...]:
        """All that is not as it should be."""
        return (*self.missing, *([self.degraded] if self.degraded else ()), *self.notes)


def load_state(home: Home, now: datetime | None = None, former: State | None = None) -> State:
    """The current tables, and the champion over them where there is one that can be loaded.

    Of a `former` state the board is kept while the tables are the same, and the models where the
    champion cannot be loaded. One answer was computed when this returns.

    Raises:
        NotReadyError: nothing was imported yet, or the tables cannot be read.
        InputError: a setting is wrong.
    """
    snapshot = _snapshot(home)
    as_of = min(micros(now or datetime.now(UTC)), micros(snapshot.data_until))
    if former and (former.tables, former.board.as_of) == (snapshot.snapshot_id, as_of):
        board = former.board
    else:
        board = Board(_history(snapshot), as_of)
    found = champion(home, board, former.predictor if former else None)
    degraded = staleness(home, moment(as_of)) if found.predictor else None
    if found.predictor is None:
        warm(board, None)
    return State(
        board, snapshot.data_until, found.predictor, found.missing, degraded, found.notes,
        snapshot.snapshot_id,
    )  # fmt: skip


def _snapshot(home: Home) -> TableSnapshot:
    try:
        return current_tables(home)
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(error) from error


def _history(snapshot: TableSnapshot) -> History:
    try:
        tables = read_tables(snapshot)
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(error) from error
    return History.from_tables(tables, micros(snapshot.data_until))


def _unreadable(error: Exception) -> NotReadyError:
    return NotReadyError(
        "the tables cannot be read: {problem}; run `huoli doctor`", problem=type(error).__name__
    )
