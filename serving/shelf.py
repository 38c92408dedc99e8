"""Chances made ready: everyone's at every open activity, computed before anyone asks.

A list is then read off: what can be joined is decided when it is asked for, its order and reasons
come from here. What is missing is computed when asked for; what events move is computed anew by
`serving.refreshing`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.history.columns import Bools, Floats, Ints, Strings, positions
from serving.answers import Unit
from serving.board import Board
from serving.predictor import Pairs, Predictor


@dataclass(frozen=True)
class Column:
    """Everyone's chances at one activity, an entry per person of the board; NaN: not computed.

    `as_of` (microseconds) is the moment as of which the oldest of them was computed.
    """

    probability: Floats
    own_history: Bools
    reasons: Ints
    unit: Unit
    as_of: int

    @classmethod
    def empty(cls, n_employees: int, unit: Unit, as_of: int) -> "Column":
        """Nobody's."""
        return cls(np.full(n_employees, np.nan), np.zeros(n_employees, dtype=bool),
                   np.zeros(n_employees, dtype=np.int64), unit, as_of)  # fmt: skip

    def with_pairs(self, pairs: Pairs, reasons: Ints) -> "Column":
        """This column with these people's chances in place of the former ones."""
        probability, own, codes = (self.probability.copy(), self.own_history.copy(),
                                   self.reasons.copy())  # fmt: skip
        probability[pairs.employee] = pairs.probability
        own[pairs.employee] = pairs.own_history
        codes[pairs.employee] = reasons
        return Column(probability, own, codes, pairs.unit, self.as_of)

    def taken(self, places: Ints) -> "Column":
        """The same of people who stand elsewhere; a place of -1 is someone new."""
        known = places >= 0
        return Column(
            np.where(known, self.probability[places], np.nan),
            known & self.own_history[places],
            np.where(known, self.reasons[places], 0),
            self.unit, self.as_of,
        )  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """Columns by activity id over the people `people`; replaced whole, never changed."""

    people: Strings
    columns: Mapping[str, Column] = field(default_factory=dict)

    def over(self, board: Board, changed: Iterable[str] = (), who: Sequence[str] = ()) -> "Shelf":
        """What still counts on a board of other tables.

        All but that of activities that were `changed` and of the people `who` were.
        """
        people, gone = board.history.people.ids, set(changed)
        places = positions(self.people, people)
        places[np.isin(people, np.array(who, dtype=object))] = -1
        open_ids = set(board.history.activities.ids[board.open].tolist())
        kept = {name: column.taken(places) for name, column in self.columns.items()
                if name in open_ids - gone}  # fmt: skip
        return Shelf(people, kept)

    def with_column(self, activity_id: str, column: Column) -> "Shelf":
        """This shelf with one column more, or in place of the former one."""
        return Shelf(self.people, {**self.columns, activity_id: column})

    def renewed(
        self, board: Board, predictor: Predictor, wanted: Mapping[int, Ints], whole: bool = False
    ) -> "Shelf":
        """This shelf with chances computed anew: per activity, of these people.

        With `whole`, nothing else of those activities' columns is kept.

        Raises:
            NotReadyError: employees' features cannot be read.
        """
        everyone = np.unique(np.concatenate(list(wanted.values())))
        question = predictor.question(board.history, board.as_of, everyone)
        found = dict(self.columns)
        for activity, employees in wanted.items():
            name = str(board.history.activities.ids[activity])
            pairs = question.pairs(activity, employees, "open")
            column = None if whole else found.get(name)
            if column is None:
                column = Column.empty(board.history.n_employees, pairs.unit, board.as_of)
            found[name] = column.with_pairs(pairs, question.reason_codes(pairs))
        return Shelf(self.people, found)


@dataclass(frozen=True)
class Table:
    """A shelf as a board needs it: arrays of employees x open activities."""

    shelf: Shelf
    board: Board

    @classmethod
    def bare(cls, board: Board) -> "Table":
        """One in which nothing is computed yet."""
        return cls(Shelf(board.history.people.ids), board)

    def filled(self, predictor: Predictor, employees: Ints) -> "Table":
        """This table with what is missing of these people's chances at what they can join.

        Raises:
            NotReadyError: employees' features cannot be read.
        """
        if not self.lacks.any() or not self.lacks[employees].any():
            return self
        lacking = employees[self.lacks[employees]]
        missing = self.lacking[lacking]
        wanted = {int(self.board.open[column]): lacking[missing[:, column]]
                  for column in np.flatnonzero(missing.any(axis=0))}  # fmt: skip
        return Table(self.shelf.renewed(self.board, predictor, wanted), self.board)

    @cached_property
    def columns(self) -> list[Column | None]:
        """The column of each open activity; None where there is none."""
        ids = self.board.history.activities.ids[self.board.open]
        return [self.shelf.columns.get(str(one)) for one in ids]

    @cached_property
    def probability(self) -> Floats:
        """Everyone's chances; NaN where not computed."""
        n = self.board.history.n_employees
        found = np.full((n, len(self.columns)), np.nan)
        for number, column in enumerate(self.columns):
            if column is not None:
                found[:, number] = column.probability
        return found

    @cached_property
    def lacking(self) -> Bools:
        """What can be joined and is not computed."""
        lacking: Bools = self.board.joinable & np.isnan(self.probability)
        return lacking

    @cached_property
    def lacks(self) -> Bools:
        """Who can join something that is not computed."""
        lacks: Bools = np.asarray(self.lacking.any(axis=1))
        return lacks

    @cached_property
    def starts(self) -> Ints:
        """When each open activity starts."""
        starts: Ints = self.board.history.activities.starts[self.board.rows[self.board.open]]
        return starts

    def order(self, employee: int) -> NDArray[np.intp]:
        """The columns that a person can join, the likeliest first, the sooner among equals."""
        can = np.flatnonzero(self.board.joinable[employee])
        return can[np.lexsort((self.starts[can], -self.probability[employee, can]))]

    def ready(self) -> "Table":
        """This table, once what all lists read of it is computed."""
        self.lacks, self.starts, self.families, self.heads  # noqa: B018
        return self

    @cached_property
    def families(self) -> Ints:
        """The template of each open activity as a number; -1 without one."""
        return self.board.template[self.board.open]

    @cached_property
    def heads(self) -> list[tuple[str, str, str]]:
        """(id, title, start) of each open activity, as an answer says them."""
        return [(str(self.board.history.activities.ids[one]), self.board.title(int(one)),
                 self.board.starts_at(int(one))) for one in self.board.open]  # fmt: skip
