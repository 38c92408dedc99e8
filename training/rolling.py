"""Predictions that only ever saw the past, by models refitted as time goes.

At a refit the rows of activities that have started are learnt from; the rows asked about until the
next refit are predicted. Calibrations and the dispersion of counts come from such predictions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.history.columns import DAY, Bools, Floats
from training.hyperparameters import DEFAULTS, Hyperparameters
from training.participation import Stage, fit_shift, fit_stage, recency
from training.rows import Rows, Track

# of the real data's later years, which have more, half as many made forecasts a little worse
MAX_ROWS = 100_000


@dataclass(frozen=True)
class Stages:
    """Both stages of one moment."""

    registers: Stage
    attends: Stage

    def participates(self, rows: Rows) -> tuple[Floats, Floats]:
        """(probability of registering, of taking part)."""
        registers = self.registers.predict(rows.features)
        attends = self.attends.predict(rows.features)
        return registers, registers * np.where(rows.counts_attendance, attends, 1.0)


@dataclass(frozen=True)
class OutOfSample:
    """Predictions for rows, `_raw` before their shift; NaN where no model could be fitted."""

    raw: Floats
    registers: Floats
    attends_raw: Floats
    participates: Floats

    @property
    def known(self) -> Bools:
        """Which rows were predicted."""
        return ~np.isnan(self.raw)


def fit_stages(
    learnt: Rows,
    at: int,
    asked: Rows | None = None,
    past: OutOfSample | None = None,
    hyperparameters: Hyperparameters = DEFAULTS,
    max_rows: int = MAX_ROWS,
) -> Stages | None:
    """Both stages from the rows of activities started before `at`; None where there are none.

    `past` holds out-of-sample predictions of `asked`, from which the shifts are fitted.
    """
    started = learnt.starts < at
    if not started.any():
        return None
    known = _thinned(learnt.where(started).known_at(at), at, max_rows)
    half_life = hyperparameters.half_life_days
    weight = by_activity(known) * recency((at - known.as_of) / DAY, half_life)
    came = known.registered & known.records_attendance
    shifts = _shifts(asked, at, past, half_life) if asked and past else (0.0, 0.0)
    return Stages(
        fit_stage(
            known.features,
            known.registered,
            weight,
            shifts[0],
            known.activity,
            hyperparameters,
            known.as_of,
        ),
        fit_stage(
            known.features.loc[came],
            known.attended[came],
            weight[came],
            shifts[1],
            known.activity[came],
            hyperparameters,
            known.as_of[came],
        ),
    )


def by_activity(rows: Rows) -> Floats:
    """Weights by which an activity counts as the root of its number of rows.

    Its people share its luck: a thousand of them tell less than a thousand times what one does.
    """
    _, activity = np.unique(rows.activity, return_inverse=True)
    n = np.bincount(activity, rows.weight)
    weight: Floats = rows.weight / np.sqrt(n)[activity]
    found: Floats = weight * (rows.weight.sum() / max(weight.sum(), 1e-9))
    return found


def _thinned(rows: Rows, at: int, most: int) -> Rows:
    """At most so many rows: registrations first, the rest weighing for those left out."""
    if len(rows) <= most:
        return rows
    n_yes = int(rows.registered.sum())
    keep_yes = min(1.0, max(most / 2, most - (len(rows) - n_yes)) / max(n_yes, 1))
    keep_no = (most - keep_yes * n_yes) / max(len(rows) - n_yes, 1)
    keep = np.where(rows.registered, keep_yes, keep_no)
    drawn = np.random.default_rng(at % 2**32).random(len(rows)) < keep
    return replace(rows.where(drawn), weight=(rows.weight / keep)[drawn])


def _shifts(asked: Rows, at: int, past: OutOfSample, half_life_days: float) -> tuple[float, float]:
    seen = past.known & (asked.starts < at)
    known = replace(asked, features=asked.features[[]]).known_at(at).where(seen)
    weight = by_activity(known) * recency(2 * (at - known.as_of) / DAY, half_life_days)
    came = known.registered & known.records_attendance
    return (
        fit_shift(past.raw[seen], known.registered, weight),
        fit_shift(past.attends_raw[seen][came], known.attended[came], weight[came]),
    )


def predict_forward(
    learnt: Rows,
    asked: Rows,
    refits: Sequence[int],
    track: Track = iter,
    hyperparameters: Hyperparameters = DEFAULTS,
    max_rows: int = MAX_ROWS,
) -> tuple[OutOfSample, list[tuple[int, Stages]]]:
    """(out-of-sample predictions of `asked` from the first refit on, the models by refit).

    `refits` ascend; the model of one, fitted on at most `max_rows`, predicts the rows asked about
    from it until the next.
    """
    found = OutOfSample(*(np.full(len(asked), np.nan) for _ in range(4)))
    models = []
    for number, at in track(list(enumerate(refits))):
        later = refits[number + 1] if number + 1 < len(refits) else np.iinfo(np.int64).max
        stages = fit_stages(learnt, at, asked, found, hyperparameters, max_rows)
        if stages is None:
            continue
        models.append((at, stages))
        chosen: Bools = (asked.as_of >= at) & (asked.as_of < later)
        if chosen.any():
            _predict_into(found, stages, asked, chosen)
    return found, models


def _predict_into(found: OutOfSample, stages: Stages, asked: Rows, chosen: Bools) -> None:
    rows = asked.where(chosen)
    found.raw[chosen] = stages.registers.raw(rows.features)
    found.attends_raw[chosen] = stages.attends.raw(rows.features)
    found.registers[chosen], found.participates[chosen] = stages.participates(rows)
