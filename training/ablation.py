"""What each group of features earns: the same forecasts without it, on activities not yet seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.errors import InputError
from features.history.columns import Floats
from features.history.history import History
from training.affinity import fit_as_time_goes, quarterly
from training.backtest import EMPTY_WINDOW
from training.baselines import base_rate
from training.feature_groups import GROUPS, group_of
from training.labels import labels_from
from training.metrics import pair_metrics
from training.paired import paired_difference
from training.plan import day_name, first_and_last_start, lead_blocks, month_starts
from training.rolling import predict_forward
from training.rows import Asked, EmployeeFeatures, Rows, Track, build_rows

AFFINITY = "affinity"
REFIT_MONTHS = 3
MAX_ROWS = 200_000


@dataclass(frozen=True)
class Ablation:
    """One group left out: what the forecasts lose by it, and how sure that is.

    `loss` is the rise of log-loss without the group, positive where the group helps; it lies in
    [`loss_low`, `loss_high`] in 95 of 100 cases, whole activities being drawn.
    """

    left_out: str
    n_columns: int
    log_loss: float
    average_precision: float
    loss: float = 0.0
    loss_low: float = 0.0
    loss_high: float = 0.0


def ablate(
    history: History,
    employee_features: EmployeeFeatures | None,
    start: int,
    end: int,
    lead_days: float,
    track: Track = iter,
) -> list[Ablation]:
    """Forecasts of the activities that start in [start, end): whole, then without each group.

    The groups are those under which HR reads a forecast, and LightFM's affinity. Models are
    refitted quarterly on activities that had started.

    Raises:
        InputError: no activity of the window has its outcome on record.
    """
    labels, last = labels_from(history), min(end, history.until)
    first, _ = first_and_last_start(history)
    blocks = lead_blocks(history, first, last, lead_days)
    if not any(labels.starts[block.activity] >= start for block in blocks):
        raise InputError(EMPTY_WINDOW, start=day_name(start), end=day_name(end))
    asked = Asked(
        history, labels, "launch", fit_as_time_goes(history, quarterly(first, last)),
        employee_features,
    )  # fmt: skip
    rows = build_rows(asked, blocks, MAX_ROWS, track)
    chosen = (rows.starts >= start) & rows.told
    if not chosen.any():
        raise InputError(EMPTY_WINDOW, start=day_name(start), end=day_name(end))
    refits = [int(rows.as_of[chosen].min()), *month_starts(start, last)[::REFIT_MONTHS]]
    groups = groups_of(rows)
    whole = _predicted(rows, refits, chosen)
    found = [_measured("", 0, whole, whole)]
    for name, columns in track(list(groups.items())):
        without = _without(rows, columns)
        found.append(_measured(name, len(columns), _predicted(without, refits, chosen), whole))
    return [found[0], *sorted(found[1:], key=lambda one: -one.loss)]


def groups_of(rows: Rows) -> dict[str, list[str]]:
    """The columns of each group that has any."""
    columns = [str(name) for name in rows.features.columns]
    found = {group: [name for name in columns if group_of(name) == group] for group in GROUPS}
    found[AFFINITY] = [name for name in columns if name == AFFINITY]
    return {group: names for group, names in found.items() if names}


def _without(rows: Rows, columns: Sequence[str]) -> Rows:
    return replace(rows, features=rows.features.drop(columns=list(columns)))


def _predicted(rows: Rows, refits: list[int], chosen: np.ndarray) -> tuple[Rows, Floats]:
    """(the rows of the window, their probabilities of taking part; the base rate where none)."""
    refits = sorted(set(refits))
    found, _ = predict_forward(rows, rows, refits)
    base = np.nan_to_num(base_rate(rows, refits), nan=0.5)
    p = np.where(found.known, found.participates, base)
    return replace(rows, features=rows.features[[]]).where(chosen), p[chosen]


def _measured(
    left_out: str, n_columns: int, without: tuple[Rows, Floats], whole: tuple[Rows, Floats]
) -> Ablation:
    rows, p = without
    metrics = pair_metrics(rows.participated, p, rows.weight)
    mean, spread = paired_difference(rows, p, whole[1])
    return Ablation(
        left_out, n_columns, metrics["log_loss"], metrics["average_precision"],
        mean, mean - 1.96 * spread, mean + 1.96 * spread,
    )  # fmt: skip
