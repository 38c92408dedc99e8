"""Which activities suit whom: lists of open activities, ordered, each with its reasons."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from features import clock
from features.history.columns import DAY, Ints, micros
from features.language import _, render
from serving.answers import Item, Source
from serving.board import Board
from serving.predictor import Predictor, Words
from serving.problems import FieldError, Problem
from serving.shelf import Table

NOBODY = _("names nobody who is at the company as of {as_of}")
POPULAR = _("About {percent}% of those invited take part in activities like this one")
NOBODY_ASKED = _(
    "It is not known yet what many come to: nobody was invited to anything held so far"
)
OPEN_TO_ALL = _("Shown to everyone alike; nothing of your own record was read")

MOST_WORDED = 50_000
_WORDED: dict[tuple[str, int, int, str], list[str]] = {}


@dataclass(frozen=True)
class Suggestions:
    """One person's list; `personal` is False where nothing of the person's record was read."""

    employee_id: str
    personal: bool
    items: list[Item]


@dataclass(frozen=True)
class Wishes:
    """What a list should be, beside in order.

    At most `k` activities, none of those in `exclude`, at most `per_family` of one template; at
    most `per_week` different ones in seven days, where `shown` has, by employee id, those of the
    last seven.
    """

    k: int
    exclude: frozenset[str] = frozenset()
    per_family: int | None = None
    per_week: int | None = None
    shown: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """Whether the first `k` of the order are the list."""
        return not self.exclude and self.per_family is None and self.per_week is None


def suggestions(
    table: Table, predictor: Predictor | None, employees: Ints, wishes: Wishes, language: str
) -> list[Suggestions]:
    """A list of open activities for each employee, in their order.

    Without a predictor, and for those who refuse profiling, it is the popular list.

    Raises:
        NotReadyError: a chance is not computed yet, and employees' features cannot be read.
    """
    board = table.board
    personal = ~board.opted_out[employees] & (predictor is not None)
    if predictor is not None:
        table = table.filled(predictor, employees[personal])
    found = []
    for employee, own in zip(employees.tolist(), personal.tolist(), strict=True):
        who = str(board.history.people.ids[employee])
        if predictor is not None and own:
            columns = _picked(table, table.order(employee).tolist(), wishes, who)
            items = [_own(table, predictor, employee, one, language) for one in columns]
        else:
            joinable = board.joinable[employee]
            order = [column for column in board.popular.tolist() if joinable[column]]
            items = [_popular(table, one, language) for one in _picked(table, order, wishes, who)]
        found.append(Suggestions(who, own, items))
    return found


def employee_positions(
    board: Board, ids: Sequence[str], fields: Sequence[str], erased: Collection[str] = ()
) -> Ints:
    """The positions of the ids; who is `erased` is nobody.

    Raises:
        Problem: 404, naming each field whose id is of nobody at the company.
    """
    places = board.history.people.places
    found = np.array([places.get(one, -1) for one in ids], dtype=np.int64)
    here = (found >= 0) & board.employed[found]
    if erased:
        here &= np.array([one not in erased for one in ids])
    if here.all():
        return found
    raise Problem(404, *(
        FieldError(name, NOBODY, {"as_of": board.day})
        for name, good in zip(fields, here, strict=True) if not good
    ))  # fmt: skip


def _picked(table: Table, order: Iterable[int], wishes: Wishes, employee_id: str) -> list[int]:
    """The first columns of an order that the wishes let through."""
    if wishes.plain:
        return list(order)[: wishes.k]
    picked: list[int] = []
    of_family: Counter[int] = Counter()
    shown = wishes.shown.get(employee_id, frozenset())
    # what was shown already may be shown again; only another one counts
    left = len(table.heads) if wishes.per_week is None else max(0, wishes.per_week - len(shown))
    for column in order:
        name, family = table.heads[column][0], int(table.families[column])
        fresh = wishes.per_week is not None and name not in shown
        full = family >= 0 and of_family[family] == wishes.per_family
        if name in wishes.exclude or full or (fresh and not left):
            continue
        picked.append(column)
        of_family[family] += 1
        left -= fresh
        if len(picked) == wishes.k:
            break
    return picked


def _own(table: Table, predictor: Predictor, employee: int, number: int, language: str) -> Item:
    column = table.columns[number]
    assert column is not None  # noqa: S101 - it was filled
    source: Source = "model" if column.own_history[employee] else "similar people"
    activity_id, title, starts_at = table.heads[number]
    return Item(
        activity_id=activity_id, title=title, starts_at=starts_at,
        probability=round(float(column.probability[employee]), 4), unit=column.unit,
        source=source,
        reasons=_reasons(predictor, int(column.reasons[employee]), _days_left(table, number),
                         language),
    )  # fmt: skip


def _popular(table: Table, number: int, language: str) -> Item:
    board = table.board
    turnout = round(float(board.turnout[number]), 2)
    percent = round(100 * float(board.past_turnout[number]))
    popular = Words(POPULAR, {"percent": percent}) if board.knows_turnout else Words(NOBODY_ASKED)
    reasons = [popular, Words(OPEN_TO_ALL)]
    activity_id, title, starts_at = table.heads[number]
    return Item(
        activity_id=activity_id, title=title, starts_at=starts_at,
        probability=round(turnout, 4), unit=board.unit(int(board.open[number])),
        source="popular", reasons=_told(reasons, language),
    )  # fmt: skip


def _days_left(table: Table, number: int) -> int:
    """Days from now to the start of an open activity, in whole days.

    The board's own moment stands still while nothing happens.
    """
    board = table.board
    starts = board.history.activities.starts[board.rows[board.open[number]]]
    return max(0, round((int(starts) - micros(clock.now())) / DAY))


def _reasons(predictor: Predictor, code: int, days: int, language: str) -> list[str]:
    """The reasons that a code stands for, in words; kept, as few are different."""
    key = (predictor.version, code, days, language)
    found = _WORDED.get(key)
    if found is None:
        if len(_WORDED) >= MOST_WORDED:
            _WORDED.clear()
        found = _WORDED[key] = _told(predictor.reasons(code, days), language)
    return found


def _told(reasons: Sequence[Words], language: str) -> list[str]:
    return [render(one.template, one.values, language) for one in reasons]
