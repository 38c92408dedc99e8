"""Forecasts of simulated companies against the truth that their simulator knows."""

import importlib
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from sample_company.settings import Settings

REPOSITORY = Path(__file__).parents[2]
END = date(2026, 3, 2)
SEEDS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def benchmarks():
    """The modules that measure companies: (measuring, truth)."""
    sys.path.insert(0, str(REPOSITORY / "benchmarks"))
    try:
        return importlib.import_module("measuring"), importlib.import_module("truth")
    finally:
        sys.path.remove(str(REPOSITORY / "benchmarks"))


def trained(benchmarks, folder, employees, seed):
    """A company simulated, exported, imported and trained in the folder, beside its world."""
    return benchmarks[1].trained(folder, Settings(employees, 24, END, seed))


def test_rd_is_forecast_for_a_half_technical_quiz_far_above_a_corporate_one(
    benchmarks, tmp_path_factory
):
    company = trained(benchmarks, tmp_path_factory.mktemp("company"), 400, 1)
    rates = benchmarks[0].quiz_rates(company).set_index("corporate_share")
    assert rates.loc[0.5, "true"] > rates.loc[1.0, "true"] + 0.3
    assert rates.loc[0.5, "forecast"] > rates.loc[1.0, "forecast"] + 0.3


@pytest.fixture(scope="module")
def counts(benchmarks, tmp_path_factory):
    """Forecasts of the coming activities of several companies beside counts drawn anew."""
    return pd.concat([
        benchmarks[0].head_counts(
            trained(benchmarks, tmp_path_factory.mktemp("company"), 600, seed)
        ).assign(seed=seed)
        for seed in SEEDS
    ])  # fmt: skip


@pytest.mark.slow
def test_redrawn_head_counts_lie_inside_nine_intervals_in_ten(counts, benchmarks):
    found = benchmarks[0].interval_figures(counts)
    assert len(counts) > 10 * len(SEEDS)
    assert 0.85 <= found["coverage_90"] <= 0.95, found


@pytest.mark.slow
def test_intervals_are_at_most_half_again_as_wide_as_the_truth(counts, benchmarks):
    found = benchmarks[0].interval_figures(counts)
    assert found["width_over_true"] <= 1.5, found
