"""What the list of activities says of each: what was expected, how many came, how full it is."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engagement.answers import stored_answers
from engagement.approvals import newest_approvals
from features import clock
from features.errors import HuoliError
from serving.answers import Unit
from serving.board import Board
from serving.console.activity import Shown
from serving.console.judged import whole_span
from serving.console.outcome import outcome_of
from serving.console.rendering import zone_of
from serving.console.site import Visit
from serving.predictor import PastForecast
from serving.privacy import whole_percent
from serving.problems import Problem
from serving.subject import are_too_few

# places up to that many times the largest number are drawn beside it
NEAR = 1.5
# now: as computed lately; approved: what its approver saw; backtest: by models that had not seen it
Source = Literal["now", "approved", "backtest"]


@dataclass(frozen=True)
class Expected:
    """How many are expected, the interval that holds in 90 of 100 cases, and where this is from."""

    expected: int
    low: int
    high: int
    source: Source


@dataclass(frozen=True)
class Line:
    """One activity of the list.

    `took_part` counts who came, or signed up so far, in the sense of `unit`; None where that is
    not known or would tell of fewer than five people. `is_coming` says that its forecast is being
    computed, `refusal` why there is none.
    """

    activity: Shown
    expected: Expected | None = None
    took_part: int | None = None
    unit: Unit = "attendance"
    is_coming: bool = False
    refusal: str = ""

    @property
    def mark(self) -> str:
        """A name for parts of the page, made of the id, which may hold anything."""
        return hashlib.sha256(str(self.activity.activity_id).encode()).hexdigest()[:12]

    @property
    def address(self) -> str:
        """The page that matters most in this phase."""
        ends = {"open": "/live", "running": "/live", "past": "/effect"}
        return self.activity.address + ends.get(self.activity.phase, "")

    @property
    def was_held(self) -> bool:
        """Whether it began, and people were told of it."""
        return self.activity.phase in ("running", "past") and self.activity.state == "announced"

    @property
    def days_left(self) -> int:
        """Days until its date, by the calendar where it takes place: 1 is tomorrow."""
        starts, now = (moment.astimezone(zone_of(self.activity.zone)).date()
                       for moment in (self.activity.starts, clock.now()))  # fmt: skip
        return (starts - now).days

    @property
    def percent_taken(self) -> int | None:
        """How many of its places are taken, in percent; None without a limit or a count."""
        places = self.activity.capacity
        if not places or self.took_part is None:
            return None
        return whole_percent(self.took_part, places)

    @property
    def is_short(self) -> bool:
        """Whether there are fewer places than people are expected, of one that is ahead."""
        places, expected = self.activity.capacity, self.expected
        return bool(self.activity.is_ahead and places and expected and expected.expected > places)

    @property
    def most(self) -> int:
        """The largest of its numbers; its places too, where they are near."""
        most = max(self.expected.high if self.expected else 0, self.took_part or 0)
        places = self.activity.capacity or 0
        return places if most < places <= NEAR * most else most


def lines_of(visit: Visit, some: Sequence[Shown]) -> list[Line]:
    """The lines of some activities, in their order."""
    board = visit.desk.state.board
    before = expected_before(visit, [one for one in some if not one.is_ahead])
    return [_line(visit, board, one, before) for one in some]


def _line(visit: Visit, board: Board, one: Shown, before: Mapping[str, Expected]) -> Line:
    took_part, unit = _took_part(board, one)
    if not one.is_ahead:
        return Line(one, before.get(one.activity_id), took_part, unit)
    forecasts = visit.site.forecasts
    answers, refusal = forecasts.known(one.activity_id), forecasts.refused(one)
    if answers is None:
        return Line(one, None, took_part, unit, forecasts.is_coming(one.activity_id),
                    reason(visit, refusal) if refusal else "")  # fmt: skip
    count = answers[visit.language].overall
    return Line(one, Expected(count.expected, count.low, count.high, "now"), took_part, unit)


def _took_part(board: Board, one: Shown) -> tuple[int | None, Unit]:
    """How many came, or signed up so far; None where nobody could, or too few were asked."""
    place = board.history.activity_index(one.activity_id)
    unit: Unit = "registration" if one.phase == "open" or place < 0 else board.unit(place)
    if place < 0 or one.state != "announced" or _are_few(board, place, one):
        return None, unit
    if one.is_ahead:
        return board.took_part(place, unit), unit
    return outcome_of(board, place, unit).came, unit


def _are_few(board: Board, place: int, one: Shown) -> bool:
    history = board.history
    mask = history.invited(place, board.as_of - 1) if one.is_ahead else (
        history.invited_by_start(place))  # fmt: skip
    return are_too_few(board, np.flatnonzero(mask))


def expected_before(visit: Visit, begun: Sequence[Shown]) -> dict[str, Expected]:
    """What was expected of activities that have begun: by their approval, else by the backtest."""
    predictor = visit.desk.state.predictor
    past: dict[str, PastForecast] = (
        {one.activity_id: one for one in predictor.past} if predictor else {})  # fmt: skip
    approved = _approved(visit, {str(one.activity_id) for one in begun})
    found = {}
    for one in begun:
        judged = past.get(one.activity_id)
        if one.activity_id in approved:
            found[one.activity_id] = approved[one.activity_id]
        elif judged is not None:
            found[one.activity_id] = Expected(*whole_span(judged), "backtest")
    return found


def _approved(visit: Visit, names: set[str]) -> dict[str, Expected]:
    """The forecasts by which activities were approved, read at once."""
    if not names:
        return {}
    database = visit.desk.database
    by_activity = {name: one.forecast_id for name, one in newest_approvals(database).items()
                   if name in names}  # fmt: skip
    answers = stored_answers(database, list(by_activity.values()))
    counts = {name: answers[forecast]["overall"] for name, forecast in by_activity.items()
              if forecast in answers}  # fmt: skip
    return {name: Expected(one["expected"], one["low"], one["high"], "approved")
            for name, one in counts.items()}  # fmt: skip


def reason(visit: Visit, refusal: Problem | HuoliError) -> str:
    """Why there is no forecast, in the reader's language."""
    if isinstance(refusal, HuoliError):
        return refusal.in_language(visit.language)
    return "; ".join(visit.say(one.rule, **dict(one.values)) for one in refusal.errors)
