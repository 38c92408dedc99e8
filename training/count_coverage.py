"""How often intervals of head counts held, where counts fell in them, and the worst surprises."""

import numpy as np
import pandas as pd

from features.history.columns import Floats, Ints
from features.history.history import History
from training.size_classes import SIZE_EDGES, classes, lower_edge
from training.team_counts import SMALLEST_TEAM, TEAM_KINDS

N_BINS = 10


def coverage_by_size(counts: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """How often 90% intervals held, by kind ("total" or one of TEAM_KINDS) and class of size.

    Columns kind, size_class, n, activities, coverage, low, high (95 of 100; Wilson, with activities
    as units, since their teams share their luck), mean turnout and width.
    """
    total = counts.assign(kind="total")
    total = total[total["size"] >= SMALLEST_TEAM]
    columns = ["kind", "size", "activity_id", "count", "p05", "p95"]
    every = pd.concat([total[columns], teams[columns]], ignore_index=True)
    every["size"] = classes(every["size"].to_numpy(float), SIZE_EDGES)
    rows = []
    for (kind, size), part in every.groupby(["kind", "size"]):
        inside = ((part["count"] >= part["p05"]) & (part["count"] <= part["p95"])).mean()
        n_activities = part["activity_id"].nunique()
        low, high = wilson(float(inside), n_activities)
        width = float((part["p95"] - part["p05"]).mean())
        rows.append({
            "kind": kind, "size_class": size, "n": len(part), "activities": n_activities,
            "coverage": float(inside), "low": low, "high": high,
            "turnout": float(part["count"].mean()), "width": width,
        })  # fmt: skip
    names = ["kind", "size_class", "n", "activities", "coverage", "low", "high", "turnout", "width"]
    table = pd.DataFrame(rows, columns=names)
    kinds = ["total", *TEAM_KINDS]
    order = np.lexsort((table["size_class"].map(lower_edge), table["kind"].map(kinds.index)))
    return table.iloc[order].reset_index(drop=True)


def wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval for a share of `n` units.

    >>> [round(end, 2) for end in wilson(1.0, 10)]
    [0.72, 1.0]
    """
    centre, spread = (
        share + z * z / (2 * n),
        z * np.sqrt(share * (1 - share) / n + (z / n / 2) ** 2),
    )
    scale = 1 + z * z / n
    return float((centre - spread) / scale), float(min((centre + spread) / scale, 1.0))


def pit_masses(counts: pd.DataFrame, n_bins: int = N_BINS) -> Floats:
    """Activities by tenth of their forecast: the expectation of the randomised PIT's histogram.

    A count's mass is spread evenly over [pit_low, pit_high]; see Czado, Gneiting and Held (2009).
    """
    low = counts["pit_low"].to_numpy(float)[:, None]
    high = np.maximum(counts["pit_high"].to_numpy(float)[:, None], low + 1e-9)
    edges = np.linspace(0, 1, n_bins + 1)[None]
    # a place at the very end counts into the last bin
    low, high = np.minimum(low, 1 - 1e-9), np.minimum(high, 1.0)
    share = np.clip((edges - low) / (high - low), 0, 1)
    masses: Floats = np.diff(share, axis=1).sum(axis=0)
    return masses


def surprises(history: History, counts: pd.DataFrame) -> pd.DataFrame:
    """Activities from the least to the most surprising; small audiences left out.

    Columns title, starts, size, p05, p50, p95, turnout and surprise, the turnout's distance from
    the median in lengths from there to the 90% interval's end: beyond 1 it fell outside.
    """
    told = counts[counts["size"] >= SMALLEST_TEAM].reset_index(drop=True)
    rows = history.activities.last_rows
    at: Ints = np.searchsorted(
        history.activities.ids.astype(str), told["activity_id"].to_numpy(str)
    )
    titles = history.activities.table["title"].take(rows[at]).to_pylist()
    above = told["count"] - told["p50"]
    length = np.where(above > 0, told["p95"] - told["p50"], told["p50"] - told["p05"])
    table = told[["size", "p05", "p50", "p95"]].assign(
        turnout=told["count"],
        title=[title or "" for title in titles],
        starts=pd.to_datetime(history.activities.starts[rows[at]], unit="us", utc=True),
        # an interval without length still leaves room for half a person
        surprise=above / np.maximum(length, 0.5),
    )
    order = np.lexsort((-table["turnout"], table["surprise"].abs()))
    return table.iloc[order].reset_index(drop=True)
