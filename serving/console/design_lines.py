"""Differences of many teams as lines of a table, each with a mark that the page itself draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serving.answers import TeamCount, TeamDifference

# half of a line's length of 100, less room for the mark
HALF = 46.0


@dataclass(frozen=True)
class TeamLine:
    """A team's difference; `low`, `middle` and `high` are places on its line, from 0 to 100."""

    difference: TeamDifference
    before: str
    after: str
    low: float
    middle: float
    high: float


def team_lines(
    teams: Sequence[TeamDifference], before: Mapping[str, str], after: Mapping[str, str]
) -> list[TeamLine]:
    """A line per team, the most gained first, those merged last; all on one scale.

    >>> one = TeamDifference(team="A", merged=False, expected=2, low=0, high=4)
    >>> [(found.low, found.middle, found.high) for found in team_lines([one], {}, {})]
    [(50.0, 73.0, 96.0)]
    """
    ordered = sorted(teams, key=lambda one: (one.merged, -one.expected, -one.high, one.team))
    alone = [one for one in ordered if not one.merged] or ordered
    end = max([1, *(max(-one.low, one.high) for one in alone)])
    return [
        TeamLine(one, before.get(one.team, "–"), after.get(one.team, "–"),
                 *(_place(n / end) for n in (one.low, one.expected, one.high)))
        for one in ordered
    ]  # fmt: skip


def of_invited(count: TeamCount | None) -> str:
    """How many are expected of those invited, and in percent."""
    return f"{count.expected} / {count.invited} ({count.rate_percent}%)" if count else "–"


def _place(share: float) -> float:
    return round(50 + HALF * min(max(share, -1), 1), 1)
