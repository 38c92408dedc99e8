"""What a launch backtest says of its forecasts: gains, calibration by group, coverage by size."""

from dataclasses import dataclass

import pandas as pd

from features.history.columns import Bools, Floats
from features.history.history import History
from training.backtest import LaunchBacktest
from training.count_coverage import coverage_by_size, pit_masses, surprises
from training.group_reliability import DIMENSIONS, reliability_by, with_groups
from training.metrics import LEVELS, bins_of, count_metrics, pair_metrics, reliability
from training.paired import Gain, count_measures, gains, pair_measures
from training.team_counts import SMALLEST_TEAM

RELIABILITY_BINS = 15


@dataclass(frozen=True)
class LaunchReport:
    """The tables of a launch report.

    `gains` by baseline; `reliability` is of all pairs; `by` has a table of `reliability_by` for
    each of DIMENSIONS that is on record; `coverage` is of `coverage_by_size`; `pit` holds the
    number of activities by tenth of the forecast; `activities` is of `surprises`.
    """

    n_activities: int
    n_pairs: int
    n_people: int
    gains: dict[str, list[Gain]]
    reliability: pd.DataFrame
    by: dict[str, pd.DataFrame]
    coverage: pd.DataFrame
    pit: Floats
    activities: pd.DataFrame


def launch_report(history: History, found: LaunchBacktest) -> LaunchReport:
    """All that the report shows of a backtest; no group under SMALLEST_TEAM people alone."""
    pairs = with_groups(history, found.pairs)
    outcome, p = pairs["outcome"].to_numpy(bool), pairs["probability"].to_numpy(float)
    counts = found.headcounts.merge(
        pairs.groupby("activity_id").size().rename("size").reset_index(), on="activity_id"
    )
    tables = {name: reliability_by(pairs, name) for name in DIMENSIONS}
    return LaunchReport(
        n_activities=len(found.headcounts),
        n_pairs=len(pairs),
        n_people=int(pairs["employee_id"].nunique()),
        gains=launch_gains(found),
        reliability=_reliability(outcome, p, pairs["employee_id"]),
        by={name: table for name, table in tables.items() if len(table)},
        coverage=coverage_by_size(counts, found.teams),
        pit=pit_masses(found.headcounts),
        activities=surprises(history, counts),
    )


def _reliability(outcome: Bools, p: Floats, person: pd.Series) -> pd.DataFrame:
    """`reliability` in as many bins as hold SMALLEST_TEAM people each; without a row where none."""
    for n_bins in range(min(RELIABILITY_BINS, len(p) // SMALLEST_TEAM), 0, -1):
        if person.groupby(bins_of(p, n_bins)).nunique().min() >= SMALLEST_TEAM:
            return reliability(outcome, p, bins=n_bins)
    return pd.DataFrame(columns=["predicted", "observed", "n"], dtype=float)


def launch_gains(found: LaunchBacktest) -> dict[str, list[Gain]]:
    """Gains over each baseline, activities being the units."""
    pairs, counts = found.pairs, found.headcounts
    outcome, n = pairs["outcome"].to_numpy(bool), counts["count"].to_numpy(float)
    ours = pair_measures(outcome, pairs["probability"].to_numpy(float))
    by_pair = {
        name: gains(ours, pair_measures(outcome, pairs[name].to_numpy(float)),
                    pairs["activity_id"].to_numpy())
        for name in ("base_rate", "own_rate")
    }  # fmt: skip
    past = count_measures(n, past_quantiles(counts))
    of_counts = gains(count_measures(n, counts), past, counts["activity_id"].to_numpy())
    return {**by_pair, "past_counts": of_counts}


def past_quantiles(counts: pd.DataFrame) -> pd.DataFrame:
    """The baseline's quantiles under the names of LEVELS."""
    return counts[[f"baseline_{name}" for name in LEVELS]].set_axis(list(LEVELS), axis=1)


def lead_figures(by_lead: dict[float, LaunchBacktest]) -> pd.DataFrame:
    """A row per lead: figures of ours, and those of the baselines on the same rows."""
    rows = []
    for lead in sorted(by_lead):
        pairs, counts = by_lead[lead].pairs, by_lead[lead].headcounts
        outcome, n = pairs["outcome"].to_numpy(bool), counts["count"].to_numpy(float)
        own = pair_metrics(outcome, pairs["own_rate"].to_numpy(float))
        rows.append({
            "lead": lead,
            **pair_metrics(outcome, pairs["probability"].to_numpy(float)),
            **count_metrics(n, counts),
            "own_rate_log_loss": own["log_loss"],
            "past_counts_pinball": count_metrics(n, past_quantiles(counts))["pinball"],
        })  # fmt: skip
    return pd.DataFrame(rows)
