"""What the service holds in memory: the history, the models and the way to features online."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

import pyarrow as pa

from engagement.database import Database
from engagement.events import all_events
from engagement.records import Kind, Record, records_after
from features import clock
from features.errors import HuoliError, NotReadyError
from features.history.columns import Ints, micros, moment
from features.history.history import History
from features.home import Home
from features.tables.live import participations_from
from features.tables.snapshots import TableSnapshot, current_tables, read_tables
from serving.arrived import TABLE_OF, Event, fitting, joined, moment_after, with_records
from serving.board import Board
from serving.champion import champion, warm
from serving.online import staleness
from serving.predictor import Predictor
from serving.shelf import Shelf, Table

BEGINNING = datetime.min.replace(tzinfo=UTC)
# so many numbers of versions that were left out are told
MOST_TOLD = 5


@dataclass(frozen=True)
class State:
    """One snapshot of the data and the models over it; replaced whole, never changed.

    `missing` says what forecasts and personal lists lack: without a predictor only the popular
    list is given. `degraded` says why the popular list is given though there is a predictor,
    `notes` what a reader should know beside. `snapshot` names the tables, into which the import
    reaches up to `imported_until`; `newest_event` and `newest_record` are the numbers of the last
    live event, and of the last version of an activity, employee or membership, that are worked in;
    `tables` has those three as they are now. `left_out` has the numbers of versions that could not
    be worked in, by what they are of, as long as no later one could. `shelf` holds the chances that
    were computed ahead; it is of this predictor and of these people.
    """

    board: Board
    data_until: datetime
    predictor: Predictor | None
    missing: tuple[HuoliError, ...] = ()
    degraded: HuoliError | None = None
    notes: tuple[HuoliError, ...] = ()
    snapshot: str = ""
    imported_until: datetime = BEGINNING
    newest_event: int = 0
    newest_record: int = 0
    tables: Mapping[str, pa.Table] = field(default_factory=dict, repr=False)
    left_out: Mapping[tuple[Kind, str], int] = field(default_factory=dict, repr=False)
    shelf: Shelf | None = field(default=None, repr=False)

    @cached_property
    def table(self) -> Table:
        """Chances at what is open now, as far as they are computed."""
        if self.shelf is None or self.shelf.people is not self.board.history.people.ids:
            return Table.bare(self.board)
        return Table(self.shelf, self.board)

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
        left_out = [_left_out(self.left_out)] if self.left_out else []
        degraded = [self.degraded] if self.degraded else []
        return (*self.missing, *degraded, *self.notes, *left_out)

    def with_events(self, events: Sequence[Event], now: datetime) -> "State":
        """This state with more events worked in, in order of arrival."""
        board, present = self.board, micros(now)
        as_of = max(board.as_of, moment_after([str(event["recorded_at"]) for event in events[-1:]]))
        history = board.history.with_answers(participations_from(events), as_of)
        predictor = self.predictor.moved(history, as_of) if self.predictor else None
        newest = int(events[-1]["seq"]) if events else self.newest_event
        board = board.moved(history, as_of, present)
        board.popular  # noqa: B018
        found = replace(self, board=board, predictor=predictor, newest_event=newest)
        found.table.ready()
        return found

    def with_records(self, records: Sequence[Record], now: datetime) -> "State":
        """This state with more versions of activities, employees and memberships."""
        as_of = max(self.board.as_of, moment_after([record.recorded_at for record in records]))

        def worked_in(some: Sequence[Record]) -> tuple[dict[str, pa.Table], Board]:
            tables = with_records(self.tables, some, self.imported_until)
            history = self.board.history.with_tables(tables, as_of)
            return tables, _ready(Board(history, as_of, self.board.horizon_days, micros(now)))

        fit, (tables, board) = fitting(records, worked_in)
        predictor = self.predictor.moved(board.history, as_of) if self.predictor else None
        changed = [record.record_id for record in fit if record.kind == "activity"]
        who = [record.content["employee_id"] for record in fit
               if record.kind != "activity" and record.content]  # fmt: skip
        shelf = self.table.shelf.over(board, changed, who)
        found = replace(self, board=board, predictor=predictor, tables=tables, shelf=shelf,
                        newest_record=records[-1].seq,
                        left_out=_without_fit(self.left_out, records, fit))  # fmt: skip
        found.table.ready()
        return found

    def renewed(self, wanted: Mapping[int, Ints], whole: bool = False) -> Shelf:
        """The shelf with chances computed anew: per activity, of these people.

        Raises:
            NotReadyError: employees' features cannot be read.
        """
        assert self.predictor is not None  # noqa: S101
        return self.table.shelf.renewed(self.board, self.predictor, wanted, whole)

    def at(self, now: datetime) -> "State":
        """This state later, where nothing but the clock has changed what can be joined."""
        present = micros(now)
        if present <= self.board.next_change:
            return self
        return replace(self, board=self.board.moved(self.board.history, self.board.as_of, present))


def missing(state: State) -> int | None:
    """The first open activity of which some chance is missing; None where there is none."""
    lacking = (state.table.lacking & ~state.board.opted_out[:, None]).any(axis=0)
    return int(lacking.argmax()) if lacking.any() else None


def load_state(
    home: Home,
    database: Database | None = None,
    former: State | None = None,
    now: datetime | None = None,
) -> State:
    """The current tables, and the champion over them where there is one that can be loaded.

    With a database, what arrived in it is worked in. Of a `former` state all but the models is kept
    while the tables are the same, and the models too where the champion cannot be loaded. One
    answer was computed when this returns.

    Raises:
        NotReadyError: nothing was imported yet, or the tables cannot be read.
        InputError: a setting is wrong.
    """
    snapshot = _snapshot(home)
    if former and former.snapshot == snapshot.snapshot_id:
        state = former
    else:
        state = _gathered(snapshot, database, now or clock.now())
    found = champion(home, state.board, former.predictor if former else None)
    if found.predictor is None:
        warm(state.board, None)
    return replace(
        state, predictor=found.predictor, missing=found.missing, notes=found.notes, shelf=None,
        degraded=staleness(home, state.as_of) if found.predictor else None,
    )  # fmt: skip


def _gathered(snapshot: TableSnapshot, database: Database | None, now: datetime) -> State:
    """The tables and what arrived since, without models."""
    until = snapshot.data_until
    events = all_events(database) if database else []
    records = records_after(database, 0) if database else []
    imported = _read(snapshot)
    # what is known reaches as far as what arrived last; the clock says what is still to come
    newest = [str(event["recorded_at"]) for event in events[-1:]]
    newest += [record.recorded_at for record in records[-1:]]
    as_of = max(min(micros(now), micros(until)), moment_after(newest))

    def worked_in(some: Sequence[Record]) -> tuple[dict[str, pa.Table], Board]:
        tables = joined(imported, events, some, snapshot.imported_until)
        history = History.from_tables(tables, max(micros(until), as_of))
        return tables, _ready(Board(history, as_of, now=micros(now)))

    fit, (tables, board) = fitting(records, worked_in)
    return State(
        board, until, None,
        snapshot=snapshot.snapshot_id, imported_until=snapshot.imported_until,
        newest_event=int(events[-1]["seq"]) if events else 0,
        newest_record=records[-1].seq if records else 0,
        tables={name: tables[name] for name in TABLE_OF.values()},
        left_out=_without_fit({}, records, fit),
    )  # fmt: skip


def _ready(board: Board) -> Board:
    """The board, once what all answers read of it is computed; whatever is wrong in it shows."""
    board.popular, board.joinable  # noqa: B018
    return board


def _without_fit(
    former: Mapping[tuple[Kind, str], int], records: Sequence[Record], fit: Sequence[Record]
) -> dict[tuple[Kind, str], int]:
    """What is left out after these versions, of which those that are `fit` were worked in."""
    newest = {(one.kind, one.record_id): one.seq for one in records}
    good = {one.seq for one in fit}
    kept = {name: seq for name, seq in former.items() if name not in newest}
    return kept | {name: seq for name, seq in newest.items() if seq not in good}


def _left_out(versions: Mapping[tuple[Kind, str], int]) -> NotReadyError:
    numbers = [str(seq) for seq in sorted(versions.values())]
    told = numbers[:MOST_TOLD] + ["…"] * (len(numbers) > MOST_TOLD)
    return NotReadyError(
        "{n} activities, people or memberships were set over REST to what cannot be worked in, and "
        "count as before: set them anew; the log tells of these versions of records: {numbers}",
        n=len(numbers), numbers=", ".join(told),
    )  # fmt: skip


def _snapshot(home: Home) -> TableSnapshot:
    try:
        return current_tables(home)
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(error) from error


def _read(snapshot: TableSnapshot) -> dict[str, pa.Table]:
    try:
        return read_tables(snapshot)
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> NotReadyError:
    return NotReadyError(
        "the tables cannot be read: {problem}; run `huoli doctor`", problem=type(error).__name__
    )
