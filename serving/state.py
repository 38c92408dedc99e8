"""What the service holds in memory: the history, the models and the way to features online."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa

from engagement.database import Database
from engagement.events import all_events
from engagement.records import Kind, Record, records_after
from features import clock
from features.errors import HuoliError, NotReadyError
from features.history.columns import FIRST, micros, moment
from features.history.history import History
from features.home import Home
from features.tables.live import (
    participations_from,
    versions_from,
    with_live,
    with_versions,
)
from features.tables.snapshots import current_tables, read_tables
from serving.board import Board
from serving.predictor import Predictor

Event = Mapping[str, Any]
TABLE_OF: dict[Kind, str] = {
    "activity": "activities", "employee": "employees", "membership": "memberships",
}  # fmt: skip
# up to so many people Feast reads one by one; more come faster in bulk from the same file
READ_SINGLY = 20


@dataclass(frozen=True)
class State:
    """One snapshot of the data and the models over it; replaced whole, never changed.

    `missing` says what personal answers lack; without a predictor only the popular list is given.
    `newest_event` and `newest_record` are the numbers of the last live event, and of the last
    version of an activity, employee or membership, that are worked in; `tables` has those three
    as they are now.
    """

    board: Board
    data_until: datetime
    predictor: Predictor | None
    missing: tuple[HuoliError, ...] = ()
    newest_event: int = 0
    newest_record: int = 0
    tables: Mapping[str, pa.Table] = field(default_factory=dict, repr=False)

    @property
    def as_of(self) -> datetime:
        """The moment as of which answers are given."""
        return moment(self.board.as_of)

    @property
    def version(self) -> str | None:
        """The version of the models; None without."""
        return self.predictor.version if self.predictor else None

    def with_events(self, events: Sequence[Event], now: datetime) -> "State":
        """This state with more events worked in, in order of arrival."""
        board, present = self.board, micros(now)
        as_of = max(board.as_of, _after([str(event["recorded_at"]) for event in events[-1:]]))
        history = board.history.with_answers(participations_from(events), as_of)
        predictor = self.predictor.moved(history, as_of) if self.predictor else None
        newest = int(events[-1]["seq"]) if events else self.newest_event
        board = board.moved(history, as_of, present)
        board.joinable, board.popular  # noqa: B018
        return replace(self, board=board, predictor=predictor, newest_event=newest)

    def with_records(self, records: Sequence[Record], now: datetime) -> "State":
        """This state with more versions of activities, employees and memberships."""
        as_of = max(self.board.as_of, _after([record.recorded_at for record in records]))
        tables = _with_records(self.tables, records, self.data_until)
        history = self.board.history.with_tables(tables, as_of)
        board = Board(history, as_of, self.board.horizon_days, micros(now))
        predictor = self.predictor.moved(history, as_of) if self.predictor else None
        board.joinable, board.popular  # noqa: B018
        return replace(self, board=board, predictor=predictor, tables=tables,
                       newest_record=records[-1].seq)  # fmt: skip

    def at(self, now: datetime) -> "State":
        """This state later, where nothing but the clock has changed what can be joined."""
        present = micros(now)
        if present <= self.board.next_change:
            return self
        return replace(self, board=self.board.moved(self.board.history, self.board.as_of, present))


def load_state(home: Home, database: Database | None = None) -> State:
    """The current tables, and the champion over them where there is one that can be loaded.

    With a database, its live events are worked in.

    Raises:
        NotReadyError: nothing was imported yet.
    """
    snapshot = current_tables(home)
    events = all_events(database) if database else []
    records = records_after(database, 0) if database else []
    tables, until = read_tables(snapshot), snapshot.data_until
    tables["participations"] = with_live(
        tables["participations"], participations_from(events), until
    )
    tables |= _with_records({name: tables[name] for name in TABLE_OF.values()}, records, until)
    # what is known reaches as far as the newest event, or as the import where that is no promise
    present = micros(clock.now())
    newest = [str(event["recorded_at"]) for event in events[-1:]]
    newest += [record.recorded_at for record in records[-1:]]
    as_of = max(min(present, micros(until)), _after(newest))
    history = History.from_tables(tables, max(micros(until), as_of))
    try:
        predictor: Predictor | None = _champion(home, history, as_of)
        missing: tuple[HuoliError, ...] = ()
    except NotReadyError as error:
        predictor, missing = None, (error,)
    return State(
        Board(history, as_of, now=present), until, predictor, missing,
        newest_event=int(events[-1]["seq"]) if events else 0,
        newest_record=records[-1].seq if records else 0,
        tables={name: tables[name] for name in TABLE_OF.values()},
    )  # fmt: skip


def _with_records(
    tables: Mapping[str, pa.Table], records: Sequence[Record], data_until: datetime
) -> dict[str, pa.Table]:
    found = dict(tables)
    for kind, name in TABLE_OF.items():
        # a draft that was deleted may stay in memory: nobody is invited to what is not announced
        contents = [record.content | {"recorded_at": record.recorded_at}
                    for record in records if record.kind == kind and record.content]  # fmt: skip
        found[name] = with_versions(name, found[name], versions_from(name, contents), data_until)
    return found


def _after(recorded: Sequence[str]) -> int:
    """The first moment at which all of this was known; the beginning of time without any."""
    if not recorded:
        return FIRST
    return micros(max(map(datetime.fromisoformat, recorded))) + 1


def _champion(home: Home, history: History, as_of: int) -> Predictor:
    from features.feature_store import OnlineReader
    from serving.trained import TrainedPredictor
    from training.registry.registering import load_models

    try:
        models = load_models(home)
    except HuoliError:
        raise
    except Exception as error:
        # written by another version, damaged or moved: lists that need no model are still given
        raise NotReadyError(
            "the champion cannot be loaded: {problem}; run `huoli doctor`, "
            "or `huoli train` and then `huoli models promote`",
            problem=f"{type(error).__name__} {error}".splitlines()[0],
        ) from error
    reader = OnlineReader(home)

    def read(employee_ids: Sequence[str]) -> pd.DataFrame:
        few = len(employee_ids) <= READ_SINGLY
        return reader.one(employee_ids) if few else reader.everyone(employee_ids)

    return TrainedPredictor(models, read, history, as_of)
