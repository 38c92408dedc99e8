"""What serving asks of the models: probabilities of pairs, and counts simulated from them."""

from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.history.answers import DECLINED, REGISTERED, WITHDRAWN
from features.history.columns import Floats, Ints
from features.history.history import History
from features.pairs.features import Stage, pair_features
from features.pairs.kernels import Columns
from features.pairs.moment import Moment, without_answers
from training.affinity import Matrix
from training.backtest import audience_name
from training.comparing import Design
from training.fitting import Models
from training.headcounts import Draws, exposure_of, simulate, team_numbers
from training.labels import counts_attendance
from training.past_designs import PastDesigns, past_designs
from training.rolling import Stages
from training.rows import affinity_column, for_stage

# of those registered, the share that stays; of those who declined, the share that comes round
STAYS, COMES_ROUND = 0.97, 0.03
N_DRAWS = 1000


@dataclass(frozen=True)
class PairProbabilities:
    """One row per employee asked about; `features` is what the models read."""

    employee_ix: Ints
    registers: Floats
    participates: Floats
    counts_attendance: bool
    features: pd.DataFrame


@dataclass(frozen=True)
class Now:
    """A history and the models as of one moment; shared by all that is asked at that moment.

    `employee_features` has a row per employee of the history, in its order; None: not computed.
    """

    models: Models
    history: History
    as_of: int
    employee_features: pd.DataFrame | None = None

    @cached_property
    def moment(self) -> Moment:
        """What is known strictly before."""
        return Moment(self.history, self.as_of)

    @cached_property
    def people(self) -> Matrix | None:
        """LightFM's vectors of everyone."""
        fit = self.models.affinity
        return fit.people(self.history, self.as_of) if fit else None

    @cached_property
    def past_designs(self) -> PastDesigns:
        """What was held so far, as what a change does is told by."""
        return past_designs(self.moment, self.models.headcounts.luck)

    def before_answers(self, activity: int) -> "Now":
        """The same, as if nobody had done anything about an activity that is still to come."""
        found = copy(self)
        vars(found)["moment"] = without_answers(self.moment, activity)
        return found

    def stages(self, stage: Stage) -> Stages:
        """The models of a stage."""
        return self.models.launch if stage == "launch" else self.models.open

    def pair_columns(self, activity: int, employees: Ints, stage: Stage) -> Columns:
        """What ties the employees to the activity, without what is known of them alone."""
        columns = pair_features(self.moment, activity, employees, stage)
        columns["affinity"] = affinity_column(
            self.models.affinity, self.people, self.moment, activity, employees
        )
        return columns

    def pair_features(self, activity: int, employees: Ints, stage: Stage) -> pd.DataFrame:
        """All that the models read of the pairs."""
        columns = self.pair_columns(activity, employees, stage)
        names, values = list(columns), list(columns.values())
        if self.employee_features is not None:
            own = for_stage(self.employee_features, stage)
            names += list(own.columns)
            values += list(own.to_numpy(dtype=np.float32)[employees].T)
        # one block of one type: what reads it need not gather hundreds of columns again
        return pd.DataFrame(np.column_stack(values), columns=names)

    def predict(self, activity: int, employees: Ints, stage: Stage) -> PairProbabilities:
        """Probabilities that the employees register for, and take part in, the activity."""
        features = self.pair_features(activity, employees, stage)
        attends = counts_attendance(self.moment, activity)
        answers = self.answers_to(activity, stage)[employees]
        registers, participates = self.take_part(features, stage, answers, attends)
        return PairProbabilities(employees, registers, participates, attends, features)

    def take_part(
        self, features: pd.DataFrame, stage: Stage, answers: NDArray[np.int8], attends: bool
    ) -> tuple[Floats, Floats]:
        """(probability of registering, of taking part) of rows already computed.

        A row's answer so far comes first; `attends` says whether taking part means attending.
        """
        stages = self.stages(stage)
        refused = (answers == DECLINED) | (answers == WITHDRAWN)
        registers = np.select(
            [answers == REGISTERED, refused],
            [STAYS, COMES_ROUND],
            stages.registers.predict(features),
        )
        share = stages.attends.predict(features) if attends else np.ones(len(features))
        return registers, registers * share

    def answers_to(self, activity: int, stage: Stage) -> NDArray[np.int8]:
        """Everyone's last answer about the activity, that a stage reads; before launch none."""
        state = np.zeros(self.history.n_employees, dtype=np.int8)
        if stage == "open":
            answers = self.moment.answers
            mine = answers.activity == activity
            state[answers.employee[mine]] = answers.code[mine]
        return state

    def simulate(self, activity: int, pairs: PairProbabilities, seed: int = 0) -> Draws:
        """Draws of who takes part; the same seed and pairs give the same draws."""
        design = self.design(activity, pairs)
        return simulate(self.models.headcounts, design.p, team_numbers(design.group),
                        design.late_mean, seed, n_draws=N_DRAWS)  # fmt: skip

    def design(self, activity: int, pairs: PairProbabilities) -> Design:
        """The pairs as head counts read them."""
        counts, invited = self.models.headcounts, pairs.employee_ix
        starts = int(self.history.activities.starts[self.moment.activity_rows[activity]])
        late = counts.late_mean(
            audience_name(self.history, activity, self.as_of), self.as_of,
            exposure_of(len(invited), self.as_of, starts),
        )  # fmt: skip
        group, function = (self.history.teams(name, self.as_of - 1)[invited]
                           for name in ("project_group", "function"))  # fmt: skip
        return Design(pairs.participates, invited, group, function, late)
