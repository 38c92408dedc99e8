"""The registered models behind serving's questions, with features read online at each question."""

import threading
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from features.history.answers import REGISTERED
from features.history.columns import Bools, Ints
from features.history.history import History
from features.pairs.advancing import advanced
from features.pairs.moment import with_draft
from serving.answers import Unit
from serving.predictor import (
    Counts,
    Driver,
    Paired,
    Pairs,
    PastForecast,
    Question,
    Stage,
    Words,
)
from training.comparing import Compared, compared
from training.effects import departure
from training.explaining import explanation
from training.fitting import Models
from training.predicting import N_DRAWS, Now, PairProbabilities
from training.reasons import own_facts, people_behind, reason_codes, reasons_of
from training.usual import readable

ReadFeatures = Callable[[Sequence[str]], pd.DataFrame]
# so many own invitations make a probability the person's own
MIN_INVITATIONS = 5


@dataclass(frozen=True)
class TrainedPaired:
    """Head counts beside those of a base."""

    drawn: Compared
    hardly_told: bool

    @property
    def base(self) -> Counts:
        """The base's counts by themselves."""
        return self.drawn.first

    @property
    def counts(self) -> Counts:
        """The counts of these pairs by themselves."""
        return self.drawn.other

    def difference(self, first: Bools | None = None, other: Bools | None = None) -> Ints:
        """Draws of these pairs' count less the base's (`first`), over a mask of each."""
        return self.drawn.difference(first, other)


@dataclass(frozen=True)
class TrainedQuestion:
    """Some employees at one moment, their features in `now`.

    `everyone` reads the features of all who may be read, a row per employee of the history.
    """

    now: Now
    everyone: Callable[[], pd.DataFrame]

    def pairs(self, activity: int, employees: Ints, stage: Stage) -> Pairs:
        """Probabilities of some of these employees, in the order given."""
        found = self.now.predict(activity, employees, stage)
        unit: Unit = "attendance" if found.counts_attendance else "registration"
        enough = self.now.moment.n_asked[employees] >= MIN_INVITATIONS
        return Pairs(activity, stage, employees, found.participates, enough, unit, found)

    def reason_codes(self, pairs: Pairs) -> Ints:
        """A number per row that stands for its reasons."""
        registered = self.now.answers_to(pairs.activity, pairs.stage) == REGISTERED
        facts = own_facts(self.now.moment, pairs.activity, pairs.employee)
        behind = people_behind(self.now.moment, pairs.activity, registered, pairs.employee)
        return reason_codes(pairs.within.features, facts, behind)

    def counts(self, pairs: Pairs) -> Counts:
        """Head counts of the pairs; the same pairs give the same draws."""
        return self.now.simulate(pairs.activity, _probabilities(pairs))

    def paired(self, pairs: Pairs, base: Question, base_pairs: Pairs) -> Paired:
        """Head counts of the pairs beside those of another question of this predictor."""
        assert isinstance(base, TrainedQuestion)  # noqa: S101
        first = base.now.design(base_pairs.activity, _probabilities(base_pairs))
        other = self.now.design(pairs.activity, _probabilities(pairs))
        doubt = departure(base.now, base_pairs.activity, self.now.history, pairs.activity)
        model = self.now.models.headcounts
        found = compared(model, first, other, doubt.sd, seed=0, n_draws=N_DRAWS)
        return TrainedPaired(found, doubt.hardly_told)

    def drivers(self, pairs: Pairs) -> Sequence[Driver]:
        """What raises and what lowers turnout of the pairs, the largest first."""
        # how much a team has to do, those tell who are not asked, too
        everyone = self.everyone() if self.now.models.loads is not None else None
        found = explanation(self.now, pairs.activity, pairs.within, pairs.stage, everyone=everyone)
        return [Driver(one.group, one.points, one.error) for one in found.contributions()]


class TrainedPredictor:
    """The registered pair of models over one history.

    `read` gives, for employees' ids, a row each with the features that are online now.
    """

    def __init__(self, models: Models, read: ReadFeatures, history: History, as_of: int) -> None:
        self.models = models
        self.read = read
        self._at = (history, as_of)
        self._former: Now | None = None
        self._found: Now | None = None
        self._finding = threading.Lock()

    @property
    def version(self) -> str:
        """Which registered version answers."""
        return self.models.version

    @property
    def n_counted(self) -> int:
        """How many past activities the intervals of head counts rest on."""
        return len(self.models.headcounts.pit)

    @property
    def past(self) -> Sequence[PastForecast]:
        """Forecasts of past activities that judged the models, the oldest first."""
        if self.models.past is None:
            return ()
        ordered = self.models.past.sort_values(["starts", "activity_id"])
        return [
            PastForecast(one["activity_id"], one["mean"], one["p05"], one["p95"], int(one["count"]))
            for one in ordered.to_dict("records")
        ]

    def reasons(self, code: int, days: int) -> Sequence[Words]:
        """The two or three reasons that a code stands for, so many days before the start."""
        return [Words(reason.template, reason.values) for reason in reasons_of(code, days)]

    def colleagues(self, employees: Ints) -> Ints:
        """Whose chances hang on what these people answer: their groups, and who writes to them."""
        moment = self._shared.moment
        groups = np.unique(moment.main_group[employees])
        of_group = np.isin(moment.main_group, groups[groups >= 0])
        write = np.zeros(len(of_group), dtype=bool)
        # who exchanges messages does so both ways
        write[moment.ties[employees].indices] = True
        return np.flatnonzero(of_group | write)

    def moved(self, history: History, as_of: int) -> "TrainedPredictor":
        """The same models over a history moved on.

        What its new answers change is computed when first asked for: many moves cost as one.
        """
        found = TrainedPredictor(self.models, self.read, history, as_of)
        # in this order: what was the former one is let go once it is found
        former = self._former
        found._former = self._found or former
        return found

    def ready(self) -> None:
        """Compute what every question shares, where it is not yet."""
        self._shared.people  # noqa: B018

    @property
    def _shared(self) -> Now:
        if self._found is None:
            with self._finding:
                if self._found is None:
                    self._found = self._now()
                    self._former = None
        return self._found

    def _now(self) -> Now:
        history, as_of = self._at
        if self._former is None:
            return Now(self.models, history, as_of)
        found = replace(self._former, history=history, as_of=as_of)
        vars(found)["moment"] = advanced(self._former.moment, history, as_of)
        return found

    def question(
        self, history: History, as_of: int, employees: Ints, like: Question | None = None
    ) -> TrainedQuestion:
        """Ask about these employees of the history, as of the moment (microseconds).

        Where `like` asked about the very same employees, their features are not read again.
        """
        shared = self._shared
        if history is not shared.history or as_of != shared.as_of:
            shared = _elsewhere(shared, history, as_of)
        everyone = partial(self._everyone, history, as_of)
        if isinstance(like, TrainedQuestion) and like.now.employee_features is not None:
            own = like.now.employee_features
        else:
            own = self._features(history, employees)
        return TrainedQuestion(_with_features(shared, own), everyone)

    def _everyone(self, history: History, as_of: int) -> pd.DataFrame:
        """A row per employee of the history, empty but for those who may be read."""
        return self._features(history, readable(history, as_of))

    def _features(self, history: History, employees: Ints) -> pd.DataFrame:
        """A row per employee of the history, empty but for these."""
        found = self.read([str(one) for one in history.people.ids[employees]])
        own = found.drop(columns="employee_id").set_index(employees)
        return own.reindex(range(history.n_employees))


def _probabilities(pairs: Pairs) -> PairProbabilities:
    """What is counted of the pairs."""
    return PairProbabilities(
        pairs.employee, pairs.probability, pairs.probability, pairs.unit == "attendance",
        pd.DataFrame(),
    )  # fmt: skip


def _elsewhere(shared: Now, history: History, as_of: int) -> Now:
    """Another history or moment; all that stays is kept where it is the same one with a draft."""
    other = replace(shared, history=history, as_of=as_of)
    if as_of == shared.as_of and history.people is shared.history.people:
        vars(other).update(moment=with_draft(shared.moment, history), people=shared.people)
    return other


def _with_features(shared: Now, features: pd.DataFrame) -> Now:
    """The same moment with these features, a row per employee, and all it has computed so far."""
    shared.moment, shared.people  # noqa: B018
    own = copy(shared)
    vars(own)["employee_features"] = features
    return own
