"""What forecasts of a simulated company are worth, level by level, beside the truth.

Tables go in and come out: a row per activity and method, or per activity and team.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from calibration import (
    QUANTILE_LEVELS,
    clustered_error,
    distance_to_truth,
    near_nominal,
    pit_bounds,
    shares_missed,
)
from held_out import MODEL, HeldOut

from features.history.columns import Bools

EDGES = (0.05, 0.95)
# bars
LARGEST_PART_OF_BASELINE = 1 / 3
LARGEST_WIDTH = 1.3


def distances(held: HeldOut) -> dict[str, float]:
    """Per method the summed distance to the truth in log-loss, and the rows that it is summed over.

    Left out is who had left, or was invited no more, by the start: that nobody could know.
    """
    here = held.true > 0
    found = {name: float(distance_to_truth(p[here], held.true[here]).sum())
             for name, p in held.p.items()}  # fmt: skip
    return found | {"rows": float(here.sum())}


def intervals(held: HeldOut) -> list[dict[str, object]]:
    """A row for the total and for each team of each breakdown.

    Columns: level, people; expected, true (the mean) and true_sd; width and true_width of the 90%
    interval; covered, the chance that it holds if the activity were held again; below and above,
    that the count misses it on that side; happened, whether it held the count there was, randomised
    like the former; and printed, the chance that the whole numbers shown to people hold.
    """
    return [_interval(held, level, mask) for level, mask in _levels(held)]


def _levels(held: HeldOut) -> Iterator[tuple[str, Bools | None]]:
    yield "total", None
    for level, names in held.teams.items():
        for team in sorted(set(names.tolist()) - {""}):
            yield level, names == team


def _interval(held: HeldOut, level: str, mask: Bools | None) -> dict[str, object]:
    chosen = slice(None) if mask is None else mask
    drawn = held.drawn[chosen].sum(axis=0) + (held.late_drawn if mask is None else 0)
    happened = held.happened[chosen].sum() + (held.late_happened if mask is None else 0)
    low, high = held.counts.quantiles(EDGES, mask)
    levels = held.counts.quantiles(QUANTILE_LEVELS, mask)
    below, above = shares_missed(*pit_bounds(levels, drawn))
    fact = shares_missed(*pit_bounds(levels, np.array([happened])))
    true_low, true_high = np.quantile(drawn, EDGES)
    return {
        "level": level,
        "people": len(held.true) if mask is None else int(mask.sum()),
        "expected": held.counts.expected(mask),
        "true": float(drawn.mean()),
        "true_sd": float(drawn.std()),
        "width": float(high - low),
        "true_width": float(true_high - true_low),
        "covered": float(1 - below.mean() - above.mean()),
        "below": float(below.mean()),
        "above": float(above.mean()),
        "happened": float(1 - fact[0][0] - fact[1][0]),
        "printed": float(((drawn >= np.floor(low)) & (drawn <= np.ceil(high))).mean()),
    }


def incoherence(held: HeldOut) -> float:
    """The largest distance, in people, of summed draws of teams and late joiners from the total.

    Of all breakdowns and draws; nought where teams add up in every draw.
    """
    counts = held.counts
    everyone = np.ones(len(held.true), dtype=bool)
    late = counts.count() - counts.count(everyone)
    worst = 0.0
    for names in held.teams.values():
        teams = sum(counts.count(names == team) for team in set(names.tolist()))
        worst = max(worst, float(np.abs(teams + late - counts.count()).max()))
    return worst


def distance_figures(table: pd.DataFrame) -> dict[str, object]:
    """Mean distances to the truth a row, by method, and the model's over the best baseline's.

    `table` has a row per activity: a column per method, `rows`, and `activity`, its name.
    """
    methods = [name for name in table if name not in ("rows", "activity")]
    rows = table["rows"].to_numpy()
    means = {name: float(table[name].sum() / rows.sum()) for name in methods}
    best = min((name for name in methods if name != MODEL), key=means.__getitem__)
    some = rows > 0
    # the ratio's error by the delta method, activities as clusters
    away = (table[MODEL] - means[MODEL] / means[best] * table[best])[some] / rows[some]
    error = clustered_error(away, table["activity"][some], rows[some]) / means[best]
    part = means[MODEL] / means[best]
    return {
        "activities": int(some.sum()), "rows": int(rows.sum()), "nats": means,
        "best_baseline": best, "part": part, "part_error": error,
        "bar": LARGEST_PART_OF_BASELINE, "met": part <= LARGEST_PART_OF_BASELINE,
    }  # fmt: skip


def interval_figures(table: pd.DataFrame) -> dict[str, dict[str, object]]:
    """By level: coverage with its error, misses on either side, width over the true one, the bar.

    `mean_off` is the expected count's distance from the true mean, as root mean square over the
    true standard deviation: an interval that is off by m of these must be sqrt(1 + m^2) as wide.
    `table` has the columns of `intervals`, and `activity`, whose units count as one cluster.
    """
    found = {}
    for level, part in table.groupby("level", sort=False):
        covered, error = _mean(part, "covered")
        happened, happened_error = _mean(part, "happened")
        ratio = float(part["width"].mean() / part["true_width"].mean())
        near = near_nominal(covered, error)
        off = (part["expected"] - part["true"]).to_numpy()
        spread = part["true_sd"].to_numpy()
        found[str(level)] = {
            "activities": int(part["activity"].nunique()), "units": len(part),
            "mean_expected": float(part["expected"].mean()),
            "mean_true": float(part["true"].mean()),
            "mean_off": float(np.sqrt(off @ off / (spread @ spread))),
            "coverage": covered, "error": error,
            "below": float(part["below"].mean()), "above": float(part["above"].mean()),
            "happened": happened, "happened_error": happened_error,
            "printed": float(part["printed"].mean()), "width_over_true": ratio,
            "met": bool(near and ratio <= LARGEST_WIDTH),
        }  # fmt: skip
    return found


def _mean(table: pd.DataFrame, column: str) -> tuple[float, float]:
    values = table[column].to_numpy(float)
    return float(values.mean()), clustered_error(values, table["activity"].to_numpy())
