"""What a search for designs asks of one: its forecast, its goals, and what must hold."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from features.language import _, render
from serving.answers import CostAnswer, DesignAnswer, DesignsFound, TeamCount
from serving.changes import Variant, cannot_tell, varied
from serving.contract import DesignsRequest, RequiredTeam
from serving.difference import Difference
from serving.forecast import Forecast
from serving.predictor import Predictor, Words
from serving.privacy import Group
from serving.problems import FieldError, Problem
from serving.subject import Subject, without_answers
from training.designing import Judged, Picked, Tried, frontier, search_designs

NO_PROOF = _(
    "These are predictions from what was held so far, no proof of what a change causes; the best "
    "of many tried look a little better than they are"
)
NONE_HOLDS = _("No design that was tried keeps to all that must hold")
SOME_ONLY = _("{n} of {all} designs of the frontier are told, spread over it by turnout")
NOT_SHOWN = _("names no team of those invited that can be shown")
MOST_TOLD = 20
# audiences of which what was read is kept while a search runs
MOST_READ = 8
# more is better, or less
RAISED = {"turnout": True, "weakest_team": True, "cost": False}
Settle = Callable[[Subject, str], Subject]


class Search:
    """One search over the choices of a request, from a draft or activity on.

    Every choice is checked by itself before the search begins, and for each audience it is settled
    once of whom numbers may be told.
    """

    def __init__(
        self, request: DesignsRequest, base: Subject, predictor: Predictor, settle: Settle
    ) -> None:
        """Check what is asked.

        Raises:
            Problem: a choice cannot be, or a required team is none that can be shown.
        """
        self.request, self.predictor = request, predictor
        if "audience" in request.choices:
            base = without_answers(base)
        for name, values in request.choices.items():
            for number, value in enumerate(values):
                varied(base, base.board, {name: value}, f"choices.{name}[{number}]")
        self.base = settle(base, "draft.audience" if request.draft else "activity_id")
        self._audiences = [self.base, *(
            settle(varied(base, base.board, {"audience": value}, "choices").subject,
                   f"choices.audience[{number}]")
            for number, value in enumerate(request.choices.get("audience", ()))
        )]  # fmt: skip
        self._check_teams()
        # by audience a design that was forecast: what was read of the same people is read once
        self._read: OrderedDict[int, Forecast] = OrderedDict()

    @property
    def raise_goals(self) -> list[bool]:
        """Of each goal, whether more is better."""
        return [RAISED[name] for name in self.request.goals]

    def run(self, go_on: Callable[[int], bool]) -> list[Tried]:
        """Try designs until there are enough, or `go_on` says no."""
        request = self.request
        sizes = {name: 1 + len(values) for name, values in request.choices.items()}
        return search_designs(
            sizes, self._judge, self.raise_goals, request.trials, request.seed, go_on
        )

    def found(
        self, tried: Sequence[Tried], basis: Mapping[str, Any], language: str
    ) -> DesignsFound:
        """The frontier of what was tried, beside the draft as it is."""
        best = frontier(tried, self.raise_goals)
        told = _spread(best)
        base = self.forecast({})
        notes = [Words(NO_PROOF)]
        if not best:
            notes.append(Words(NONE_HOLDS))
        if len(told) < len(best):
            notes.append(Words(SOME_ONLY, {"n": len(told), "all": len(best)}))
        return DesignsFound(
            **basis,
            unit=base.forecast.unit,
            goals=list(self.request.goals),
            draft=base.answer(None, language, self.request.required_teams),
            draft_is_feasible=base.judged(self.request).is_feasible,
            feasible=sum(one.judged.is_feasible for one in tried),
            # the draft is forecast anew for each: it is told in the draws that both share
            frontier=[
                self.forecast(one.picked).answer(
                    self.forecast({}), language, self.request.required_teams
                )
                for one in told
            ],
            notes=[render(one.template, one.values, language) for one in notes],
        )

    def forecast(self, picked: Picked) -> "Design":
        """The design that takes these choices; 0 is the field as it is.

        Raises:
            Problem: they do not go together.
        """
        changes = self._changes(picked)
        audience = picked.get("audience", 0)
        variant = Variant(self.base, {}, "choices")
        if changes:
            variant = varied(self.base, self.base.board, changes, "choices")
        settled = self._audiences[audience]
        subject = replace(variant.subject, invited=settled.invited, settled=settled.settled)
        variant = replace(variant, subject=subject)
        forecast = Forecast(subject, self.predictor, explain=False, like=self._read.get(audience))
        self._read[audience] = forecast
        if len(self._read) > MOST_READ:
            self._read.popitem(last=False)
        return Design(variant, forecast, self._points(changes))

    def _judge(self, picked: Picked) -> Judged:
        try:
            return self.forecast(picked).judged(self.request)
        except Problem:
            # each choice can be by itself, but not beside these others
            return Judged(None)

    def _changes(self, picked: Picked) -> dict[str, Any]:
        return {name: self.request.choices[name][number - 1]
                for name, number in picked.items() if number}  # fmt: skip

    def _points(self, changes: Mapping[str, Any]) -> float:
        """Points per head under these changes."""
        activities = self.base.board.history.activities
        row = int(activities.rows_at(self.base.board.as_of - 1)[self.base.activity])
        stored = activities.reward_points[row]
        found = changes.get("reward_points", stored if stored == stored else 0.0)
        return float(found or 0.0)

    def _check_teams(self) -> None:
        errors = []
        shown = [Forecast(one, self.predictor, explain=False).groups for one in self._audiences]
        for number, team in enumerate(self.request.required_teams):
            if not any(_group(groups[team.by], team.team) for groups in shown):
                errors.append(FieldError(f"required_teams[{number}].team", NOT_SHOWN))
        if errors:
            raise Problem(422, *errors)


class Design:
    """A design and its forecast; `points` per head are what it costs."""

    def __init__(self, variant: Variant, forecast: Forecast, points: float) -> None:
        self.variant, self.forecast, self.points = variant, forecast, points

    @cached_property
    def weakest(self) -> Group | None:
        """The function with the lowest rate, the small ones as one; None where none is shown."""
        return min(self.forecast.groups["function"], key=self._rate, default=None)

    def _rate(self, group: Group) -> float:
        return self.forecast.counts.expected(group.mask) / group.size

    def _cost(self, n_people: int) -> float:
        """What so many cost, as it is told."""
        return round(self.points * n_people, 1)

    def judged(self, request: DesignsRequest) -> Judged:
        """What it gives of the goals, and what it breaks.

        It is held to the numbers that are told alone: by asking with one budget after another,
        finer ones could be found out.
        """
        turnout = self.forecast.counts.expected()
        weakest = self.weakest
        rate = self._rate(weakest) if weakest else turnout / len(self.forecast.subject.invited)
        values = {"turnout": turnout, "weakest_team": rate, "cost": self.points * turnout}
        broken = []
        if request.budget_points is not None:
            broken.append(self._cost(self.forecast.expected()) - request.budget_points)
        for team in request.required_teams:
            group = _group(self.forecast.groups[team.by], team.team)
            expected = -1 if group is None else self.forecast.expected(group.mask)
            broken.append(team.at_least - expected)
        return Judged(tuple(values[name] for name in request.goals), tuple(broken))

    def answer(
        self, base: "Design | None", language: str, required: Sequence[RequiredTeam] = ()
    ) -> DesignAnswer:
        """What is told of it; beside the base, in draws that both share."""
        difference, notes = None, []
        if base is not None:
            told = Difference(base.forecast, self.forecast)
            difference = told.overall
            notes = list(cannot_tell(self.variant, told.paired.hardly_told))
        weakest = self.weakest
        team: TeamCount | None = None
        if weakest is not None:
            groups = self.forecast.groups["function"]
            (number,) = (number for number, one in enumerate(groups) if one is weakest)
            team = self.forecast.teams(language)["function"][number]
        overall = self.forecast.overall
        return DesignAnswer(
            changes=dict(self.variant.changes), overall=overall, weakest_team=team,
            cost=CostAnswer(
                expected=self._cost(overall.expected),
                low=self._cost(overall.low), high=self._cost(overall.high),
            ),
            difference=difference,
            required_teams=self._required(required, language),
            notes=[render(one.template, one.values, language) for one in notes],
        )  # fmt: skip

    def _required(self, required: Sequence[RequiredTeam], language: str) -> list[TeamCount]:
        """Those of the required teams that stand alone."""
        if not required:
            return []
        teams = self.forecast.teams(language)
        shown = {(by, one.team): one for by, counts in teams.items()
                 for one in counts if not one.merged}  # fmt: skip
        return [shown[one.by, one.team] for one in required if (one.by, one.team) in shown]


def _group(groups: Sequence[Group], team: str) -> Group | None:
    return next((one for one in groups if one.team == team and not one.merged), None)


def _spread(best: Sequence[Tried]) -> list[Tried]:
    """At most twenty of them, the ends among them, by the first goal."""
    order = sorted(best, key=lambda one: one.judged.values or ())
    if len(order) <= MOST_TOLD:
        return order
    step = (len(order) - 1) / (MOST_TOLD - 1)
    return [order[round(number * step)] for number in range(MOST_TOLD)]


def basis_of(as_of: datetime, data_until: datetime, version: str | None) -> dict[str, Any]:
    """What the answer rests on, as its fields."""
    return {"as_of": as_of.isoformat(), "data_until": data_until.isoformat(),
            "model_version": version}  # fmt: skip
