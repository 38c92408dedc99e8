"""Predictions that only ever saw the past, by models refitted as time goes.

At a refit the rows of activities that have started are learnt from; the rows asked about until the
next refit are predicted. Calibrations and the dispersion of counts come from such predictions.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from features.history.columns import DAY, Bools, Floats
from training.participation import Line, Stage, fit_line, fit_stage, recency
from training.rows import Rows

Track = Callable[[Iterable[int]], Iterable[int]]


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
    """Raw and calibrated predictions for rows; NaN where no model could be fitted before."""

    raw: Floats
    registers: Floats
    attends_raw: Floats
    participates: Floats

    @property
    def known(self) -> Bools:
        """Which rows were predicted."""
        return ~np.isnan(self.raw)


def fit_stages(rows: Rows, at: int, past: OutOfSample | None = None) -> Stages | None:
    """Both stages from the rows of activities started before `at`; None where there are none.

    `past` gives the out-of-sample predictions from which the calibrations are fitted.
    """
    started = rows.starts < at
    if not started.any():
        return None
    known = rows.where(started)
    weight = known.weight * recency((at - known.as_of) / DAY)
    registered = known.registered & known.records_attendance
    lines = _lines(rows, at, past) if past else (Line(), Line())
    return Stages(
        fit_stage(known.features, known.registered, weight, lines[0]),
        fit_stage(
            known.features.loc[registered], known.attended[registered], weight[registered], lines[1]
        ),
    )


def _lines(rows: Rows, at: int, past: OutOfSample) -> tuple[Line, Line]:
    seen = past.known & (rows.starts < at)
    weight = rows.weight * recency(2 * (at - rows.as_of) / DAY)
    came = seen & rows.registered & rows.records_attendance
    return (
        fit_line(past.raw[seen], rows.registered[seen], weight[seen]),
        fit_line(past.attends_raw[came], rows.attended[came], weight[came]),
    )


def predict_forward(
    rows: Rows, refits: Sequence[int], track: Track = iter
) -> tuple[OutOfSample, list[tuple[int, Stages]]]:
    """(out-of-sample predictions of the rows from the first refit on, the models by refit).

    `refits` ascend; the model of one predicts the rows asked about from it until the next.
    """
    n = len(rows)
    columns = [np.full(n, np.nan) for _ in range(4)]
    found = OutOfSample(*columns)
    models = []
    for number, at in track(list(enumerate(refits))):  # type: ignore[arg-type, misc]
        later = refits[number + 1] if number + 1 < len(refits) else np.iinfo(np.int64).max
        stages = fit_stages(rows, at, found)
        if stages is None:
            continue
        models.append((at, stages))
        chosen: Bools = (rows.as_of >= at) & (rows.as_of < later)
        if chosen.any():
            _predict_into(found, stages, rows, chosen)
    return found, models


def _predict_into(found: OutOfSample, stages: Stages, rows: Rows, chosen: Bools) -> None:
    asked = rows.where(chosen)
    found.raw[chosen] = stages.registers.raw(asked.features)
    found.attends_raw[chosen] = stages.attends.raw(asked.features)
    found.registers[chosen], found.participates[chosen] = stages.participates(asked)


def refit_times(cuts: Sequence[int], every_days: int) -> list[int]:
    """Of ascending moments, those at least `every_days` after the last one taken."""
    taken: list[int] = []
    for cut in cuts:
        if not taken or cut - taken[-1] >= every_days * DAY:
            taken.append(cut)
    return taken
