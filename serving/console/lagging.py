"""Which teams lag: who signed up so far against what was expected of each by now.

Teams are told in fives, as of the last midnight: exact numbers, read again and again, would tell
what one person did, whose team each breakdown names.
The groups are those of the forecast, which reveal nobody beside each other; whoever came to the
company since counts with the group that has their team's name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import pdtr

from features.history.columns import Bools, Ints, Strings, micros, moment
from features.language import _
from serving.answers import ForecastAnswer, TeamCount
from serving.board import Board
from serving.console.rendering import zone_of
from serving.forecast import BREAKDOWNS
from serving.near_audiences import Settled
from serving.privacy import MIN_PEOPLE, Group

CHANCE = 0.05
NAMES: dict[str, str] = {"function": _("By function"), "project_group": _("By project group"),
                         "city": _("By city")}  # fmt: skip


@dataclass(frozen=True)
class Expectation:
    """What is expected of teams: forecasts, the first that knows a team counts.

    `share` is how many sign-ups usually are there by now per person who comes in the end, and
    `least` how many in 95 of 100 cases at least.
    """

    forecasts: Sequence[ForecastAnswer]
    share: float = 1.0
    least: float = 1.0

    def of(self, by: str, group: Group) -> TeamCount | None:
        """What is expected of a group in the end."""
        for answer in self.forecasts:
            for one in getattr(answer, f"by_{by}"):
                if one.merged == group.merged and (
                    one.invited == group.size if group.merged else one.team == group.team
                ):
                    found: TeamCount = one
                    return found
        return None


@dataclass(frozen=True)
class TeamLine:
    """One team: about how many signed up, should have by then, and are expected in the end."""

    by: str
    team: str
    merged: bool
    invited: int
    so_far: int
    due: int
    expected: TeamCount
    # fewer than can be put down to chance
    clear: bool

    @property
    def missing(self) -> int:
        """How many are missing by now; negative where more came."""
        return self.due - self.so_far


@dataclass(frozen=True)
class Breakdown:
    """The teams of one breakdown, those that lag most first; `more` lag less."""

    by: str
    lines: Sequence[TeamLine]
    more: int = 0


@dataclass(frozen=True)
class Lagging:
    """Teams against what is expected of them."""

    breakdowns: Sequence[Breakdown] = field(default_factory=tuple)

    @property
    def has_clear(self) -> bool:
        """Whether a team is shown as clearly behind."""
        return any(line.clear for one in self.breakdowns for line in one.lines)

    def worst(self, most: int) -> list[TeamLine]:
        """The teams of which most are missing, none of them merged of several."""
        lines = [one for breakdown in self.breakdowns for one in breakdown.lines
                 if one.missing > 0 and not one.merged]  # fmt: skip
        return sorted(lines, key=lambda one: (not one.clear, -one.missing, one.team))[:most]


def lagging(
    board: Board, settled: Settled, came: Bools, expectation: Expectation, other: str, most: int
) -> Lagging:
    """The teams by the people that are missing.

    Args:
        board: What is known.
        settled: Whom the forecast is of, and in which groups.
        came: Who of those invited took part by the last midnight.
        expectation: What is expected of teams.
        other: What several small teams together are called.
        most: How many teams of a breakdown are shown.
    """
    found = []
    for by in BREAKDOWNS:
        groups = settled.groups.get(by, [])
        place = placed(groups, settled.invited, board.history.teams(by, board.as_of - 1))
        left_over = int((board.employed & (place < 0)).sum())
        if not groups or 0 < left_over < MIN_PEOPLE:
            # the sign-ups of all less those of the teams would tell of the few in none
            continue
        counts = np.bincount(place[came & (place >= 0)], minlength=len(groups))
        lines = [_line(by, group, int(count), expectation, other)
                 for group, count in zip(groups, counts, strict=True)]  # fmt: skip
        known = sorted((one for one in lines if one), key=lambda one: (-one.missing, one.team))
        found.append(Breakdown(by, known[:most], max(len(known) - most, 0)))
    return Lagging([one for one in found if one.lines])


def placed(groups: Sequence[Group], invited: Ints, team: Strings) -> Ints:
    """The group of everyone: as the forecast has it, of others by their team's name; -1 of none.

    >>> whole = Group("A", np.array([True, True, False])), Group("", np.array([False] * 2 + [True]))
    >>> placed(whole, np.arange(3), np.array(["A", "A", "B", "A", "C"], dtype=object)).tolist()
    [0, 0, 1, 0, -1]
    """
    names: Mapping[str, int] = {
        group.team: number for number, group in enumerate(groups) if not group.merged and group.team
    }
    merged = next((number for number, group in enumerate(groups) if group.merged), -1)
    found = np.array([names.get(str(one), merged) for one in team], dtype=np.int64)
    for number, group in enumerate(groups):
        found[invited[group.mask]] = number
    return found


def last_midnight(at: int, zone: str | None) -> int:
    """When the day of a moment began, in a zone.

    >>> moment(last_midnight(30 * 3_600_000_000, "+08:00")).isoformat()
    '1970-01-01T16:00:00+00:00'
    """
    day = moment(at).astimezone(zone_of(zone))
    return micros(day.replace(hour=0, minute=0, second=0, microsecond=0))


def in_fives(count: int) -> int:
    """The count to the nearest five.

    >>> [in_fives(n) for n in (2, 3, 12)]
    [0, 5, 10]
    """
    return (count + MIN_PEOPLE // 2) // MIN_PEOPLE * MIN_PEOPLE


def poisson_below(count: int, mean: float) -> float:
    """How likely a count is at most that, where so many are expected.

    >>> round(poisson_below(1, 4.0), 3)
    0.092
    """
    return float(pdtr(count, mean))


def _line(
    by: str, group: Group, so_far: int, expectation: Expectation, other: str
) -> TeamLine | None:
    expected = expectation.of(by, group)
    if expected is None:
        return None
    so_far = in_fives(so_far)
    due = round(expected.expected * expectation.share)
    # so few even where as few come as may, and as late as is usual
    clear = poisson_below(so_far, expected.low * expectation.least) < CHANCE
    return TeamLine(by, other if group.merged else group.team, group.merged, group.size,
                    so_far, due, expected, clear)  # fmt: skip
