"""Which activities suit whom: lists of open activities, ordered, each with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.history.columns import Ints
from features.language import _, render
from serving.answers import Item, Source, Unit
from serving.board import Board
from serving.predictor import Pairs, Predictor, Question, Words
from serving.problems import FieldError, Problem

NOBODY = _("names nobody who is at the company as of {as_of}")
POPULAR = _("About {percent}% of those invited take part in activities like this one")
OPEN_TO_ALL = _("Shown to everyone alike; nothing of your own record was read")


@dataclass(frozen=True)
class Suggestions:
    """One person's list; `personal` is False where nothing of the person's record was read."""

    employee_id: str
    personal: bool
    items: list[Item]


def suggestions(
    board: Board, predictor: Predictor | None, employees: Ints, k: int, language: str
) -> list[Suggestions]:
    """A list of up to `k` open activities for each employee, in their order.

    Without a predictor, and for those who refuse profiling, it is the popular list.
    """
    personal = ~board.opted_out[employees] & (predictor is not None)
    own = _own_lists(board, predictor, employees[personal], k, language) if predictor else {}
    return [
        Suggestions(
            employee_id=str(board.history.people.ids[employee]),
            personal=bool(known),
            items=own[int(employee)] if known else _popular(board, int(employee), k, language),
        )
        for employee, known in zip(employees, personal, strict=True)
    ]


def employee_positions(board: Board, ids: Sequence[str], fields: Sequence[str]) -> Ints:
    """The positions of the ids.

    Raises:
        Problem: 404, naming each field whose id is of nobody at the company.
    """
    found = np.array([board.history.employee_index(one) for one in ids], dtype=np.int64)
    here = (found >= 0) & board.employed[found]
    errors = [
        FieldError(field, NOBODY, {"as_of": board.day})
        for field, good in zip(fields, here, strict=True)
        if not good
    ]
    if errors:
        raise Problem(404, *errors)
    return found


def _pairs(board: Board, question: Question, employees: Ints) -> list[Pairs]:
    """Per open activity, the pairs with those employees who can join it."""
    joinable = board.joinable[employees]
    return [
        question.pairs(int(activity), employees[joinable[:, column]], "open")
        for column, activity in enumerate(board.open)
        if joinable[:, column].any()
    ]


def _own_lists(
    board: Board, predictor: Predictor, employees: Ints, k: int, language: str
) -> dict[int, list[Item]]:
    """Each employee's best activities by their own probability."""
    if not len(employees):
        return {}
    question = predictor.question(board.history, board.as_of, employees)
    found: dict[int, list[tuple[float, int, Pairs, int]]] = {int(one): [] for one in employees}
    starts = board.history.activities.starts[board.rows]
    for pairs in _pairs(board, question, employees):
        start = int(starts[pairs.activity])
        for row, employee in enumerate(pairs.employee.tolist()):
            found[employee].append((-float(pairs.probability[row]), start, pairs, row))
    lists = {}
    for employee, rows in found.items():
        # the sooner first among equals, so that an order never hangs on chance
        best = sorted(rows, key=lambda one: (one[0], one[1], one[2].activity))[:k]
        lists[employee] = [_own(board, question, pairs, row, language) for *_, pairs, row in best]
    return lists


def _own(board: Board, question: Question, pairs: Pairs, row: int, language: str) -> Item:
    source: Source = "model" if pairs.own_history[row] else "similar people"
    reasons = question.reasons(pairs, row)
    return _item(
        board, pairs.activity, float(pairs.probability[row]), pairs.unit, source, reasons, language
    )


def _popular(board: Board, employee: int, k: int, language: str) -> list[Item]:
    """The one popular list, without what the person is not invited to or has answered."""
    columns = [column for column in board.popular if board.joinable[employee, column]]
    items = []
    for column in columns[:k]:
        turnout = round(float(board.turnout[column]), 2)
        reasons = [Words(POPULAR, {"percent": round(100 * turnout)}), Words(OPEN_TO_ALL)]
        activity = int(board.open[column])
        unit = board.unit(activity)
        items.append(_item(board, activity, turnout, unit, "popular", reasons, language))
    return items


def _item(
    board: Board,
    activity: int,
    probability: float,
    unit: Unit,
    source: Source,
    reasons: Sequence[Words],
    language: str,
) -> Item:
    return Item(
        activity_id=str(board.history.activities.ids[activity]),
        title=board.title(activity),
        starts_at=board.starts_at(activity),
        probability=round(probability, 4),
        unit=unit,
        source=source,
        reasons=[render(one.template, one.values, language) for one in reasons],
    )
