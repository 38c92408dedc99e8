"""What came beside what was forecast: the forecast that was approved, never one made since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from engagement.answers import stored_forecast
from engagement.approvals import Approval, standing_approval
from engagement.database import Database
from serving.answers import Count, ForecastAnswer
from serving.board import Board
from serving.console.outcome import Outcome, Part, told_teams
from serving.console.usual import usual_percents
from serving.predictor import PastForecast


@dataclass(frozen=True)
class Against:
    """How many came beside an interval that holds in 90 of 100 cases."""

    came: int
    expected: int
    low: int
    high: int

    @property
    def outside(self) -> int:
        """How many people more (or fewer, negative) than the interval allows; 0 within it.

        >>> Against(50, 38, 30, 45).outside, Against(28, 38, 30, 45).outside
        (5, -2)
        """
        return max(self.came - self.high, 0) + min(self.came - self.low, 0)

    @property
    def side(self) -> int:
        """Within it: 1 in its upper part, -1 in its lower part, 0 near what was expected."""
        less = self.came - self.expected
        room = self.high - self.expected if less > 0 else self.expected - self.low
        return 0 if abs(less) * 2 <= room else (1 if less > 0 else -1)


@dataclass(frozen=True)
class Approved:
    """An approval and its forecast as it was given; None where that is not kept any more."""

    approval: Approval
    told: ForecastAnswer | None


@dataclass(frozen=True)
class TeamLine:
    """A team's turnout, what was forecast of it where something was, and its usual rate."""

    part: Part
    told: Against | None
    told_invited: int | None
    usual: int | None

    @property
    def outside(self) -> int:
        """People outside the interval; 0 within it, or without one."""
        return self.told.outside if self.told else 0

    @property
    def surprise(self) -> tuple[float, float]:
        """By what lines are ordered: how far outside, then how far from what was expected."""
        if self.told:
            return abs(self.told.outside), abs(self.told.came - self.told.expected)
        return 0, abs(self.part.percent - self.usual) if self.usual is not None else 0


def approved_of(database: Database, activity_id: str) -> Approved | None:
    """The newest approval of an activity's design; None where nobody approved it."""
    approval = standing_approval(database, activity_id)
    if approval is None:
        return None
    kept = stored_forecast(database, approval.forecast_id)
    return Approved(approval, ForecastAnswer.model_validate(kept["answer"]) if kept else None)


def against_told(came: int, told: Count) -> Against:
    """What came beside a count of a forecast."""
    return Against(came, told.expected, told.low, told.high)


def against_past(came: int, past: Sequence[PastForecast], activity_id: str) -> Against | None:
    """What came beside the forecast of models that had not seen it; None where there is none."""
    for one in past:
        if one.activity_id == activity_id:
            return Against(came, *whole_span(one))
    return None


def whole_span(one: PastForecast) -> tuple[int, int, int]:
    """(expected, low, high) of a forecast of a past activity, in whole people."""
    return round(one.expected), floor(one.low), ceil(one.high)


def lines_of(
    board: Board, outcome: Outcome, teams: Mapping[str, Sequence[Part]],
    told: ForecastAnswer | None,
) -> dict[str, list[TeamLine]]:  # fmt: skip
    """Per breakdown the teams, surprises first, those merged last."""
    parts = [part for some in teams.values() for part in some]
    masks = [part.mask for part in parts]
    usual: Sequence[int | None] = []
    if parts:
        usual = usual_percents(board, outcome.place, outcome.starts, masks)
    found: dict[str, list[TeamLine]] = {}
    for name, some in teams.items():
        rates = [rate for part, rate in zip(parts, usual, strict=True)
                 if any(part is one for one in some)]  # fmt: skip
        lines = [_line(part, rate, some, told, name)
                 for part, rate in zip(some, rates, strict=True)]  # fmt: skip
        found[name] = sorted(
            lines, key=lambda line: (line.part.merged, *(-x for x in line.surprise), line.part.team)
        )
    return found


def _line(
    part: Part, usual: int | None, parts: Sequence[Part], told: ForecastAnswer | None, name: str
) -> TeamLine:
    if told is None:
        return TeamLine(part, None, None, usual)
    counts = {one.team: one for one in told_teams(told, name) if not one.merged}
    merged = [one for one in told_teams(told, name) if one.merged]
    count = counts.get(part.team)
    if part.merged and merged and _shows_all(parts, list(counts)):
        count = merged[0]
    if count is None:
        return TeamLine(part, None, None, usual)
    return TeamLine(part, against_told(part.came, count), count.invited, usual)


def _shows_all(parts: Sequence[Part], names: Sequence[str]) -> bool:
    """Whether each team that was told of alone still is, so that the merged ones are the same."""
    return bool(np.isin(names, [part.team for part in parts if not part.merged]).all())
