"""The folds of the past that a search is judged by, and the later one that decides.

A trial's models are fitted at the start of each fold on what was known then, and asked about the
activities of the fold. What was found is then compared with the defaults on activities that were
asked about after the last of them: the search has not seen any outcome of that time.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from features.errors import NotReadyError
from features.history.columns import DAY, Bools, Floats
from features.history.history import History
from training.affinity import fit_as_time_goes, quarterly
from training.fitting import LEAD_DAYS, LEARNT_ROWS, snapped
from training.hyperparameters import DEFAULTS, Hyperparameters
from training.labels import labels_from
from training.metrics import log_loss
from training.paired import paired_difference
from training.participation import MIN_POSITIVES
from training.plan import day_name, first_and_last_start, lead_blocks
from training.rolling import fit_stages, predict_forward
from training.rows import Asked, EmployeeFeatures, Rows, Track, build_rows

FOLDS, FOLD_DAYS, HELD_OUT_DAYS = 4, 61, 122
# the loss on each fold in turn
Losses = Callable[[Hyperparameters], Iterator[float]]


@dataclass(frozen=True)
class Fold:
    """A window of time: models are of `at`, `asked` are the rows they are judged by.

    `chosen` masks these among all rows; their outcomes are those known when the fold is judged.
    """

    at: int
    chosen: Bools
    asked: Rows


@dataclass(frozen=True)
class Plan:
    """All rows, the folds that a search is judged by, and the later one that decides."""

    rows: Rows
    folds: tuple[Fold, ...]
    held_out: Fold


@dataclass(frozen=True)
class Verdict:
    """Log-loss on the later fold, found less default: negative where the found values are better.

    The difference lies in [`low`, `high`] in 95 of 100 cases, whole activities being drawn; `sure`
    is the probability that the found values are better.
    """

    log_loss: float
    default_log_loss: float
    difference: float
    low: float
    high: float
    sure: float
    n_activities: int

    @property
    def better(self) -> bool:
        """Whether the found values are to be taken."""
        return self.difference < 0 and not math.isnan(self.sure)


def plan_folds(
    history: History, until: int, employee_features: EmployeeFeatures | None, track: Track = iter
) -> Plan:
    """The rows of launch forecasts, built once, and the folds before `until`.

    Raises:
        NotReadyError: history is too short for the folds.
    """
    first, _ = first_and_last_start(history)
    held_at = until - HELD_OUT_DAYS * DAY
    starts = [held_at - n * FOLD_DAYS * DAY for n in range(FOLDS, 0, -1)]
    if first >= starts[0]:
        raise _too_short(starts[0], starts[0])
    fits = fit_as_time_goes(history, quarterly(first + 60 * DAY, until))
    asked = Asked(history, labels_from(history), "launch", fits, employee_features)
    blocks = snapped(lead_blocks(history, first, until, LEAD_DAYS))
    rows = build_rows(asked, [b for b in blocks if b.as_of < until], LEARNT_ROWS, track)
    if rows.outcomes is not None:  # every trial asks again for the same moments
        rows = replace(rows, outcomes=cache(rows.outcomes))
    folds = tuple(
        fold_of(rows, at, end, held_at)
        for at, end in zip(starts, [*starts[1:], held_at], strict=True)
    )
    held_out = fold_of(rows, held_at, until, until)
    for fold in (*folds, held_out):
        learnt = rows.registered & (rows.starts < fold.at)
        if learnt.sum() < MIN_POSITIVES or len(set(fold.asked.activity.tolist())) < 2:
            raise _too_short(fold.at, starts[0])
    return Plan(rows, folds, held_out)


def fold_of(rows: Rows, at: int, end: int, known_at: int) -> Fold:
    """The fold of what is asked about in [at, end), as far as its outcomes were known by then."""
    known = rows.known_at(known_at)
    started: Bools = (rows.starts < known_at) & known.told
    chosen: Bools = (rows.as_of >= at) & (rows.as_of < end) & started
    return Fold(at, chosen, known.where(chosen))


def _too_short(at: int, first: int) -> NotReadyError:
    return NotReadyError(
        "activities must have {least} registrations before {first} and two activities in each "
        "window from then on to tune, found fewer at {day}; import more history",
        least=MIN_POSITIVES, first=day_name(first), day=day_name(at),
    )  # fmt: skip


def losses_on(plan: Plan) -> Losses:
    """Log-loss on each fold, by models that saw only what was known at its start."""

    def losses(values: Hyperparameters) -> Iterator[float]:
        for fold in plan.folds:
            stages = fit_stages(plan.rows, fold.at, hyperparameters=values)
            if stages is None:
                raise _too_short(fold.at, plan.folds[0].at)
            _, p = stages.participates(fold.asked)
            yield log_loss(fold.asked.participated, p, fold.asked.weight)

    return losses


def judge(plan: Plan, found: Hyperparameters) -> Verdict:
    """The found values beside the defaults on the later fold, forecast as training would."""
    rows = plan.held_out.asked
    p, default = (_held_out(plan, values) for values in (found, DEFAULTS))
    difference, error = paired_difference(rows, p, default)
    sure = 0.5 * math.erfc(difference / error / math.sqrt(2)) if error > 0 else math.nan
    return Verdict(
        log_loss(rows.participated, p, rows.weight),
        log_loss(rows.participated, default, rows.weight),
        difference, difference - 1.96 * error, difference + 1.96 * error, sure,
        len(set(rows.activity.tolist())),
    )  # fmt: skip


def _held_out(plan: Plan, values: Hyperparameters) -> Floats:
    refits = [fold.at for fold in (*plan.folds, plan.held_out)]
    found, _ = predict_forward(plan.rows, plan.rows, refits, hyperparameters=values)
    p: Floats = found.participates[plan.held_out.chosen]
    return p
