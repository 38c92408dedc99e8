"""What teams like and when they have time: past turnout and surveys, of groups alone.

Nobody is told by a portrait, nor by the difference of two:

- Portraits are as of the last Monday, so that they change once a week.
- People count in the team of which they were when an activity began, so that who moves takes
  nothing along. What is known of an activity is taken as of a week after its end, of surveys as of
  the end of a whole quarter, and never changes after that.
- A team counts in an activity or a quarter with five people at least, as `told_cells` says.
- Who refuses profiling is in no number, from that moment on. A team of which one to four people
  changed their mind in the last thirty days has no portrait meanwhile, unless it is so large that
  they move no whole percent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from features.history.columns import DAY, Bools, Ints, moment
from serving.board import Board
from serving.held import KINDS, Held, Kind, held
from serving.portrait_cells import Cells, Figure, Sums, cells
from serving.privacy import MIN_PEOPLE
from serving.survey_cells import Ratings, ratings

BREAKDOWNS = ("function", "city", "project_group")
SETTLED = 7 * DAY
QUARTER = 91 * DAY
N_QUARTERS = 8
HALF_YEAR = 2 * QUARTER
MONTHS = 6
RESTING = 30 * DAY
# one to four of so many people move no figure by a whole percent
LARGE = 400


@dataclass(frozen=True)
class Row:
    """One figure of a team: of the last half year, of the one before, and the company's."""

    name: str
    now: Figure | None
    before: Figure | None
    company: Figure | None


@dataclass(frozen=True)
class Quarter:
    """A quarter of a year by its first day, and what share of those invited came."""

    day: str
    team: Figure | None
    company: Figure | None


@dataclass(frozen=True)
class Portrait:
    """A team: its usual rate, how often it is invited a month, and its rates by kind."""

    by: str
    team: str
    people: int
    usual: Row
    invitations: tuple[float, float, float]
    activities: int
    rates: Mapping[Kind, Sequence[Row]]
    quarters: Sequence[Quarter]
    ratings: Sequence[Row]


@dataclass(frozen=True)
class TeamPortraits:
    """The portraits of one company as of a Monday; `board` is as of then, `refuses` as of now."""

    board: Board
    refuses: Bools
    _kept: dict[tuple[str, str], Portrait] = field(default_factory=dict, repr=False)

    @property
    def as_of(self) -> int:
        """The Monday."""
        return self.board.as_of

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """Per breakdown, all teams; the position of each is its code."""
        people = self.board.history.people
        return {by: list(map(str, people.team_codes(by, self.as_of - 1)[1])) for by in BREAKDOWNS}

    def teams(self, by: str) -> dict[str, int]:
        """The teams that can be shown, and how many people each has now."""
        sizes, changed, shaped = self._sizes[by], self._changed[by], self._shaped[by]
        rests = (changed > 0) & (changed < MIN_PEOPLE) & (shaped < LARGE)
        return {name: int(sizes[code]) for code, name in enumerate(self.names[by])
                if sizes[code] >= MIN_PEOPLE and not rests[code]}  # fmt: skip

    @property
    def is_resting(self) -> bool:
        """Whether the company as a whole is too small for what changed lately."""
        n_changed = int(self._lately.sum())
        everyone = int(self._invited.everyone.inside.any(axis=1).sum())
        return 0 < n_changed < MIN_PEOPLE and everyone < LARGE

    def of(self, by: str, team: str) -> Portrait:
        """The portrait of a team of `teams`."""
        if (by, team) not in self._kept:
            self._kept[by, team] = self._computed(by, self.names[by].index(team))
        return self._kept[by, team]

    @cached_property
    def held(self) -> Held:
        """The activities of two years of which it is settled who came."""
        since = self.as_of - N_QUARTERS * QUARTER
        return held(self.board, since, self.as_of - SETTLED)

    @cached_property
    def _teams(self) -> dict[str, tuple[Ints, int]]:
        """Per breakdown, everyone's team when each activity began."""
        people = self.board.history.people
        return {by: (_columns([people.team_codes(by, int(at) - 1)[0] for at in self.held.starts],
                              len(people.ids)), len(self.names[by]))
                for by in BREAKDOWNS}  # fmt: skip

    @cached_property
    def _invited(self) -> Cells:
        """Who was invited, and of those who came."""
        came = self.held.came(self.held.ends + SETTLED)
        counted = self.held.invited & ~self.refuses[:, None]
        return cells(counted, came.astype(float), self._teams, (0.0, 1.0))

    @cached_property
    def _ratings(self) -> Ratings:
        return ratings(self.board.history, self.as_of, self.refuses, BREAKDOWNS)

    @cached_property
    def _here(self) -> Bools:
        """Who was at the company when each activity began, people x activities."""
        history = self.board.history
        found = np.zeros((history.n_employees, len(self.held.starts)), dtype=bool)
        for column, at in enumerate(self.held.starts.tolist()):
            found[:, column] = history.employed(at - 1) & ~self.refuses
        return found

    @cached_property
    def _lately(self) -> Bools:
        """Who refused profiling in the last thirty days, or took that back."""
        before = self.board.history.opted_out(self.as_of - RESTING)
        return (self.refuses ^ before) & self.held.invited.any(axis=1)

    @cached_property
    def _changed(self) -> dict[str, Ints]:
        """Per breakdown, how many of each team those are."""
        return {by: self._n_of_team(by, self._lately[:, None] & self.held.invited)
                for by in BREAKDOWNS}  # fmt: skip

    @cached_property
    def _shaped(self) -> dict[str, Ints]:
        """Per breakdown, of how many people each team's figures are made."""
        return {by: self._n_of_team(by, self._invited.counted) for by in BREAKDOWNS}

    def _n_of_team(self, by: str, inside: Bools) -> Ints:
        """How many different people each team has among those in any column."""
        codes, n_teams = self._teams[by]
        person, column = np.nonzero(inside & (codes >= 0))
        pairs = np.unique(person * n_teams + codes[person, column])
        return np.bincount(pairs % max(n_teams, 1), minlength=n_teams)

    @cached_property
    def _sizes(self) -> dict[str, Ints]:
        """Per breakdown, how many people each team has now."""
        history, before = self.board.history, self.as_of - 1
        here = history.employed(before) & ~self.refuses
        found = {}
        for by in BREAKDOWNS:
            code = history.people.team_codes(by, before)[0]
            found[by] = np.bincount(code[here & (code >= 0)], minlength=len(self.names[by]))
        return found

    @cached_property
    def _age(self) -> Ints:
        """How many quarters ago each activity began."""
        return (self.as_of - self.held.starts) // QUARTER

    @cached_property
    def _company(self) -> dict[tuple[Kind, str] | None, Figure | None]:
        """The company's figures of the last half year, by kind; None: of all activities."""
        now, everyone = self._age < HALF_YEAR // QUARTER, self._invited.everyone
        return {None: everyone.figure(now)} | {
            trait: everyone.figure(now & mask) for trait, mask in self.held.traits.items()
        }

    def _computed(self, by: str, code: int) -> Portrait:
        sums = self._invited.of(by, code)
        now, before = self._age < 2, (self._age >= 2) & (self._age < 4)
        rates: dict[Kind, list[Row]] = {kind: [] for kind in KINDS}
        for trait, mask in self.held.traits.items():
            row = Row(trait[1], sums.figure(now & mask), sums.figure(before & mask),
                      self._company[trait])  # fmt: skip
            if row.now or row.before:
                rates[trait[0]].append(row)
        usual = Row("", sums.figure(now), sums.figure(before), self._company[None])
        member = self._here & (self._teams[by][0] == code)
        return Portrait(
            by, self.names[by][code], int(self._sizes[by][code]), usual,
            (_monthly(sums, member, now), _monthly(sums, member, before),
             _monthly(self._invited.everyone, self._here, now)),
            int(((sums.n > 0) & now).sum()), rates, self._quarters(sums),
            [Row(*one) for one in self._ratings.rows(by, code)],
        )  # fmt: skip

    def _quarters(self, sums: Sums) -> list[Quarter]:
        """The last two years, the oldest quarter first."""
        return [
            Quarter(f"{moment(self.as_of - (age + 1) * QUARTER):%Y-%m-%d}",
                    sums.figure(self._age == age), self._invited.everyone.figure(self._age == age))
            for age in reversed(range(N_QUARTERS))
        ]  # fmt: skip


def team_portraits(board: Board) -> TeamPortraits:
    """The portraits of a company as of the last Monday before the moment of a board."""
    monday = last_monday(board.as_of)
    refuses = board.history.refuses(monday) | board.opted_out
    return TeamPortraits(Board(board.history, monday), refuses)


def last_monday(at: int) -> int:
    """When the week of a moment began, in UTC.

    >>> moment(last_monday(2 * DAY + 5)).isoformat()
    '1969-12-29T00:00:00+00:00'
    """
    day = at // DAY
    return int(day - (day + 3) % 7) * DAY


def _monthly(sums: Sums, here: Bools, columns: Bools) -> float:
    """To how many activities a month one of those who were there is invited."""
    n_here = here.sum(axis=0)[columns]
    return float((sums.n[columns] / np.maximum(n_here, 1)).sum()) / MONTHS


def _columns(found: Sequence[Ints], n_people: int) -> Ints:
    return np.column_stack(found) if len(found) else np.zeros((n_people, 0), dtype=np.int64)
