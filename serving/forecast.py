"""Who would come: the head count of everyone and of each team, and what moves it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from features.history.columns import Bools, Ints
from features.history.people import People
from features.language import _, render
from serving.answers import Count, DriverAnswer, TeamCount, Unit
from serving.changes import unlike_all
from serving.predictor import Counts, Driver, Pairs, Predictor, Question, Words
from serving.privacy import MIN_PEOPLE, Group, base_rates, shown_groups, whole_percent
from serving.subject import Subject
from training.headcounts import team_numbers

BREAKDOWNS = ("function", "project_group", "city")
LEVELS = (0.05, 0.5, 0.95)
INTERVAL = (0.05, 0.95)
FEW_COUNTS = 20
OTHER_TEAMS = _("other teams")
PLACES = _(
    "There are {n} places; the numbers are of how many would come if there were one for everybody"
)
FEW = _("The intervals rest on {n} past activities only, and are wide for that reason")
MERGED = _("Teams too small to be shown alone are counted together")
OTHERS = _(
    "Fewer than {n} people differ from those of a forecast of {day}: these numbers are of those "
    "people, so that no difference tells of anybody"
)
UNMODELLED = _(
    "{n} people count at their team's base rate though they do not refuse profiling, so that no "
    "difference from an earlier forecast tells of anybody"
)
DRIVERS: dict[str, str] = {
    "theme": _("theme"),
    "time": _("time"),
    "place": _("place"),
    "reward": _("reward"),
    "notice": _("notice"),
    "workload": _("workload"),
    "colleagues": _("colleagues"),
    "habit": _("habit"),
}


class Forecast:
    """A subject's simulated counts; read in the reader's language.

    Everyone who refuses profiling counts at their team's base rate; none of their record is read.
    What was read of the same people for another forecast, `like`, a moment ago is not read again.
    """

    def __init__(
        self,
        subject: Subject,
        predictor: Predictor,
        explain: bool = True,
        like: "Forecast | None" = None,
    ) -> None:
        board, invited = subject.board, subject.invited
        settled = subject.settled
        self.subject = subject
        self.n_counted = predictor.n_counted
        self.modelled = settled.modelled if settled else ~board.opted_out[invited]
        modelled = self.modelled
        asked = invited[modelled]
        known = like.question if like and like.is_of(board.history.people, asked) else None
        self.question: Question = predictor.question(board.history, board.as_of, asked, known)
        pairs = self.question.pairs(subject.activity, asked, subject.stage)
        self.unit: Unit = pairs.unit
        self.drivers: Sequence[Driver] = self.question.drivers(pairs) if explain else ()
        self.pairs = _everyone(subject, pairs, modelled)

    def is_of(self, people: People, employees: Ints) -> bool:
        """Whether these, and nobody else, are whom it read the record of."""
        own = self.subject.board.history.people
        return own is people and np.array_equal(self.subject.invited[self.modelled], employees)

    @cached_property
    def counts(self) -> Counts:
        """The simulated counts of everyone invited."""
        return self.question.counts(self.pairs)

    @cached_property
    def groups(self) -> dict[str, list[Group]]:
        """Per breakdown, the groups that can be shown."""
        if self.subject.settled:
            return dict(self.subject.settled.groups)
        history, as_of = self.subject.board.history, self.subject.board.as_of
        invited = self.subject.invited
        teams = {name: history.teams(name, as_of - 1)[invited] for name in BREAKDOWNS}
        return shown_groups(teams, self.modelled)

    @property
    def overall(self) -> Count:
        """Everyone invited, and those who will be before the start."""
        return Count(**self._numbers(None, len(self.subject.invited)))

    def expected(self, mask: Bools | None = None) -> int:
        """How many would come of everyone or of a group, in whole people, as it is told."""
        return round(self.counts.expected(mask))

    def quantiles(self) -> dict[str, float]:
        """Quantiles of the whole count by level, for the record."""
        values = self.counts.quantiles(LEVELS)
        return {str(level): float(value) for level, value in zip(LEVELS, values, strict=True)}

    def teams(self, language: str) -> dict[str, list[TeamCount]]:
        """Per breakdown, the teams that can be shown, the largest first, the merged ones last."""
        return {
            name: [self._team(group, language) for group in groups]
            for name, groups in self.groups.items()
        }

    @property
    def usual_percent(self) -> int | None:
        """The published rate less all that moves it; None where nothing is known or asked of that.

        Drivers are of those modelled: who refuses profiling, and who may join yet, count as usual.
        """
        if not self.drivers:
            return None
        overall = self.overall
        rate = 100 * overall.expected / overall.invited
        # whole people of few are a coarse rate
        return round(min(max(rate - sum(driver.points for driver in self.drivers), 0), 100))

    def driver_answers(self, language: str) -> list[DriverAnswer]:
        """What moves turnout by at least a whole point, the largest first."""
        return [
            DriverAnswer(
                group=driver.group,
                label=render(DRIVERS.get(driver.group, driver.group), {}, language),
                points=round(driver.points),
                error=round(driver.error, 1),
            )
            for driver in self.drivers
            if round(driver.points)
        ]

    def notes(self, teams: dict[str, list[TeamCount]], language: str) -> list[str]:
        """What a reader should know of the numbers."""
        notes = []
        words = [*self.of_others(), *self.beyond_places(), *unlike_all(self.subject)]
        notes += [render(one.template, one.values, language) for one in words]
        if self.n_counted < FEW_COUNTS:
            notes.append(render(FEW, {"n": self.n_counted}, language))
        if any(team.merged for breakdown in teams.values() for team in breakdown):
            notes.append(render(MERGED, {}, language))
        return notes

    def of_others(self) -> list[Words]:
        """That the numbers are of nearly, but not quite, those asked for, where that is so."""
        settled = self.subject.settled
        if settled is None:
            return []
        if settled.asked_at is None:
            refuses = self.subject.board.opted_out[settled.invited]
            n = int(np.count_nonzero(~refuses & ~settled.modelled))
            return [Words(UNMODELLED, {"n": n})] if n else []
        return [Words(OTHERS, {"day": f"{settled.asked_at:%Y-%m-%d}", "n": MIN_PEOPLE})]

    def beyond_places(self) -> list[Words]:
        """That more may want to come than there are places for, where that is so."""
        board = self.subject.board
        row = int(board.history.activities.rows_at(board.as_of - 1)[self.subject.activity])
        places = float(board.history.activities.capacity[row])
        return [Words(PLACES, {"n": int(places)})] if self.overall.high > places else []

    def _team(self, group: Group, language: str) -> TeamCount:
        name = render(OTHER_TEAMS, {}, language) if group.merged else group.team
        numbers = self._numbers(group.mask, group.size)
        return TeamCount(team=name, merged=group.merged, **numbers)

    def _numbers(self, mask: Bools | None, invited: int) -> dict[str, int]:
        low, high = self.counts.quantiles(INTERVAL, mask)
        whole = {
            "expected": self.expected(mask),
            "low": int(np.floor(low)),
            "high": int(np.ceil(high)),
        }
        return whole | {
            "invited": invited,
            "rate_percent": whole_percent(whole["expected"], invited),
            "rate_low_percent": whole_percent(whole["low"], invited),
            "rate_high_percent": whole_percent(whole["high"], invited),
        }


def _everyone(subject: Subject, pairs: Pairs, modelled: Bools) -> Pairs:
    """The pairs of all invited, those who refuse profiling at their team's base rate."""
    board, invited = subject.board, subject.invited
    probability = np.zeros(len(invited))
    probability[modelled] = pairs.probability
    team = team_numbers(board.history.teams("function", board.as_of - 1)[invited])
    own_history = np.zeros(len(invited), dtype=bool)
    own_history[modelled] = pairs.own_history
    return replace(
        pairs,
        employee=invited,
        probability=base_rates(probability, modelled, team),
        own_history=own_history,
        within=None,
    )
