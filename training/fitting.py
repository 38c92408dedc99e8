"""Both models for now, with the out-of-sample forecasts that calibrate and judge them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from features.errors import NotReadyError
from features.history.columns import DAY, Bools, Floats
from features.history.history import History
from training.affinity import AffinityFit, fit_as_time_goes, quarterly
from training.backtest import counts_known
from training.baselines import base_rate, count_quantiles, kept_rate, past_counts
from training.headcounts import HeadcountModel, simulate
from training.hyperparameters import DEFAULTS, Hyperparameters
from training.labels import labels_from
from training.luck import PastCount, fit_headcounts
from training.metrics import LEVELS
from training.plan import (
    Block,
    announced_blocks,
    cut_blocks,
    first_and_last_start,
    lead_blocks,
    monday_before,
    n_started,
    training_cuts,
)
from training.rolling import MAX_ROWS, OutOfSample, Stages, fit_stages, predict_forward
from training.rows import Asked, EmployeeFeatures, Rows, Track, build_rows
from training.usual import usual_loads, usual_values

LEARNT_ROWS = 60_000
FOLDS = 3
FOLD_DAYS = 91
LEAD_DAYS = 14
HORIZON_DAYS = 30
# forecasts of past activities, made without having seen them, beside what came of them
PAST_COLUMNS = ("activity_id", "starts", "count", "mean", "p05", "p50", "p95")


@dataclass(frozen=True)
class Models:
    """A pair of models and what they need: one immutable bundle for serving.

    `usual` holds the mean of each feature over training rows; what only the stage "open" reads has
    that of its rows. `past` has PAST_COLUMNS of `count_table`, `loads` each team's usual workload;
    None in models kept without them.
    `verified` is False for files that were registered without a digest.
    """

    launch: Stages
    open: Stages
    headcounts: HeadcountModel
    affinity: AffinityFit | None
    usual: pd.Series
    data_until: int
    version: str = "unregistered"
    verified: bool = True
    past: pd.DataFrame | None = None
    loads: pd.DataFrame | None = None


@dataclass(frozen=True)
class Judged:
    """Out-of-sample rows of one stage with their predictions.

    `base` holds the base rate of each row at its refit, NaN where there was none, `kept` the share
    of those registered that took part.
    """

    rows: Rows
    found: OutOfSample
    base: Floats
    kept: Floats

    @property
    def seen(self) -> Rows:
        """The rows that were predicted and whose outcomes are on record."""
        return self.rows.where(self.judged)

    @property
    def probability(self) -> Floats:
        """The probabilities of taking part of `seen`."""
        return self.found.participates[self.judged]

    @property
    def judged(self) -> Bools:
        """Which rows are `seen`."""
        return self.found.known & self.rows.told


@dataclass(frozen=True)
class Fitted:
    """The models and the forecasts that judged them; counts as `count_table` gives them."""

    models: Models
    launch: Judged
    open: Judged
    counts: pd.DataFrame
    refits: list[int]


def fit_models(
    history: History,
    until: int,
    employee_features: EmployeeFeatures | None,
    track: Track = iter,
    hyperparameters: Hyperparameters = DEFAULTS,
) -> Fitted:
    """Fit both models on what was known before `until`.

    `hyperparameters` are those of the launch model; that of open activities keeps the defaults,
    since tuning judges none of its rows.

    Raises:
        NotReadyError: no activity has started yet, so there is nothing to learn from.
    """
    labels = labels_from(history)
    first, _ = first_and_last_start(history)
    if first >= until:
        raise NotReadyError("activities none has started before {day}; import more history",
                            day=str(np.datetime64(until, "us"))[:10])  # fmt: skip
    fits = fit_as_time_goes(history, quarterly(first + 60 * DAY, until))
    refits = [until - fold * FOLD_DAYS * DAY for fold in range(FOLDS, 0, -1)]
    launch = Asked(history, labels, "launch", fits, employee_features)
    opened = Asked(history, labels, "open", fits, employee_features)
    blocks = snapped(lead_blocks(history, first, until, LEAD_DAYS))
    launch_stages, launch_judged, usual = _fit_stage_pair(
        launch, blocks, refits, until, track, hyperparameters, max_rows=MAX_ROWS
    )  # fmt: skip
    cuts = training_cuts(first, until)
    open_stages, open_judged, open_usual = _fit_stage_pair(
        opened, cut_blocks(history, cuts, HORIZON_DAYS), refits[-1:], until, track,
        # as they are announced, so that a forecast does not jump as sign-up opens
        also=announced_blocks(history, first, until),
    )  # fmt: skip
    counted = {
        at: counts_known(history, launch_judged.seen, launch_judged.probability, at, refits)
        for at in (*refits, until)
    }
    headcounts = {at: fit_headcounts(past, n_started(history, at)) for at, past in counted.items()}
    # what is read only once answers come in has its usual value from rows of that stage
    usual = pd.concat([usual, open_usual.drop(usual.index, errors="ignore")])
    loads = None
    if employee_features is not None:
        moments = [block.as_of for block in blocks]
        loads = usual_loads(history, employee_features, moments, until)
    models = Models(
        launch_stages,
        open_stages,
        headcounts.pop(until),
        fits[-1] if fits else None,
        usual,
        until,
        loads=loads,
    )
    counts = count_table(history, counted[until], headcounts)
    past = counts[list(PAST_COLUMNS)] if len(counts) else None
    return Fitted(replace(models, past=past), launch_judged, open_judged, counts, refits)


def snapped(blocks: Sequence[Block]) -> list[Block]:
    """The blocks asked about on the Monday at or before: leads of up to a week more.

    Employee features are computed for Mondays, so that training reads one snapshot a week.
    """
    return [Block(block.activity, monday_before(block.as_of)) for block in blocks]


def _fit_stage_pair(
    asked: Asked,
    blocks: list[Block],
    refits: list[int],
    until: int,
    track: Track,
    hyperparameters: Hyperparameters = DEFAULTS,
    also: Sequence[Block] = (),
    max_rows: int = LEARNT_ROWS,
) -> tuple[Stages, Judged, pd.Series]:
    """Both stages of one kind of row, the forecasts that calibrated them, and what is usual.

    Rows of the blocks `also` are learnt from, and judged none.
    """
    started, more = (
        [b for b in some if asked.labels.starts[b.activity] < until and b.as_of < until]
        for some in (blocks, also)
    )
    # of an announcement that was put off, a Monday may be among both
    learnt = build_rows(asked, list(dict.fromkeys([*started, *more])), max_rows, track)
    # after a long pause, the newest that there were: predicted by no refit, they judge nothing
    recent = [block for block in started if block.as_of >= refits[0]] or started[-1:]
    judged_on = asked if asked.stage == "launch" else replace(asked, people=_some(asked, recent))
    later = build_rows(judged_on, recent, track=track)
    found, _ = predict_forward(learnt, later, refits, track, hyperparameters)
    stages = fit_stages(learnt, until, later, found, hyperparameters)
    if stages is None:
        raise NotReadyError("activities too few have started to learn from; import more history")
    rates = (rate(learnt, refits, later) for rate in (base_rate, kept_rate))
    return stages, Judged(later, found, *rates), usual_values(learnt)


def _some(asked: Asked, blocks: Sequence[Block]) -> Bools:
    """People drawn so that whole lists of theirs make about LEARNT_ROWS rows: a mask."""
    history = asked.history
    n_rows = sum(int(history.invited(block.activity, block.as_of).sum()) for block in blocks)
    draw = np.random.default_rng(0).random(history.n_employees)
    return draw * max(n_rows, 1) < LEARNT_ROWS


def count_table(
    history: History,
    past: Sequence[PastCount],
    models: Mapping[int, HeadcountModel],
) -> pd.DataFrame:
    """Forecasts of past counts by the newest of the models, by refit, that saw earlier ones alone.

    Columns: activity_id, starts, count, mean, LEVELS and baseline_<mean, LEVELS>.
    """
    rows = []
    for number, count in enumerate(past):
        model = models[max(at for at in models if at <= count.as_of)]
        late = model.late_mean(count.audience, count.as_of, count.exposure)
        draws = simulate(model, count.p, count.team, late, seed=number, n_draws=1000)
        quantiles = draws.quantiles(list(LEVELS.values()))
        # as the counts themselves, without those who refuse
        counted = ~history.refuses(count.as_of)
        past_ones = past_counts(history, count.activity, count.as_of, people=counted)
        baseline = count_quantiles(past_ones)
        rows.append({
            "activity_id": history.activities.ids[count.activity],
            "starts": count.starts,
            "count": int(count.participated.sum()) + count.n_late,
            "mean": draws.expected(),
            **dict(zip(LEVELS, quantiles.tolist(), strict=True)),
            **{f"baseline_{name}": value for name, value in baseline.items()},
        })  # fmt: skip
    return pd.DataFrame(rows)
