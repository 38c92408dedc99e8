"""Forecasts of simulated companies against the truth that their simulator knows."""

import importlib
import json
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.feature_store import ensure_features, historical_features
from features.history.columns import DAY, micros, moment
from features.history.history import History
from features.home import Home
from features.tables.importing import import_exports
from features.tables.snapshots import current_tables, read_tables
from sample_company.exports import write_exports
from sample_company.settings import Settings
from sample_company.truth import counterfactual, hypothetical
from sample_company.world import simulate
from training.affinity import fit_affinity
from training.fitting import LEAD_DAYS, Models, snapped
from training.headcounts import HeadcountModel
from training.labels import labels_from
from training.plan import lead_blocks
from training.predicting import Now
from training.rolling import fit_stages
from training.rows import Asked, build_rows

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


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A company simulated, exported, imported, with features and launch models: (world, now)."""
    world, home = simulate(Settings(400, 24, END, 1)), Home(tmp_path_factory.mktemp("small"))
    write_exports(world, home.data / "sample")
    import_exports(home, home.data / "sample", "sample_company")
    snapshot = current_tables(home)
    until = micros(snapshot.data_until)
    history = History.from_tables(read_tables(snapshot), until)
    blocks = [block for block in snapped(lead_blocks(history, until - 400 * DAY, until, LEAD_DAYS))
              if block.as_of < until]  # fmt: skip
    ensure_features(home, [moment(at) for at in {*(b.as_of for b in blocks), until}])
    fits = [fit_affinity(history, until - 400 * DAY)]
    asked = Asked(history, labels_from(history), "launch", fits,
                  lambda rows: historical_features(home, rows))  # fmt: skip
    stages = fit_stages(build_rows(asked, blocks, max_rows=15_000), until)
    at = pd.to_datetime(until, unit="us", utc=True)
    rows = pd.DataFrame({"employee_id": history.people.ids, "event_timestamp": at})
    own = historical_features(home, rows).drop(columns=list(rows))
    models = Models(stages, stages, HeadcountModel(), fits[0], pd.Series(dtype=float), until)
    return world, Now(models, history, until, own)


def rd_share(world, now, corporate):
    """(forecast, true) share of R&D at a knowledge quiz, given its share of company topics."""
    tags = {"corporate": corporate, "technical": 1 - corporate}
    asked = {"template": "knowledge_quiz", "audience": {"function": ["R&D"]},
             "tags": {name: share for name, share in tags.items() if share}}  # fmt: skip
    what = hypothetical(world, asked)
    at = {"announced_at": what.announced, "starts_at": what.starts, "ends_at": what.ends}
    history, activity = now.history.with_activity({
        "activity_id": "what-if", "title": "知识竞答", "template": what.template,
        "tags": json.dumps(what.tags), "format": what.format, "mode": what.mode,
        "timezone": "Asia/Shanghai", "audience": json.dumps(asked["audience"]),
        "reward_kind": "points", "reward_points": float(what.reward_points),
        **{name: datetime.fromtimestamp(second, UTC) for name, second in at.items()},
    })  # fmt: skip
    invited = np.flatnonzero(history.invited(activity, now.as_of - 1))
    found = replace(now, history=history).predict(activity, invited, "launch")
    return found.participates.mean(), counterfactual(world, asked).participate.mean()


def test_rd_is_forecast_for_a_half_technical_quiz_far_above_a_corporate_one(small):
    corporate, half, technical = (rd_share(*small, share) for share in (1.0, 0.5, 0.0))
    assert half[1] > corporate[1] + 0.3  # so it is in truth
    assert half[0] > corporate[0] + 0.3
    assert technical[0] > half[0]


@pytest.fixture(scope="module")
def measured(benchmarks, tmp_path_factory):
    """(coming head counts beside counts drawn anew, quizzes) of several trained companies."""
    measuring, truth = benchmarks
    counts, quizzes = [], []
    for seed in SEEDS:
        settings = Settings(600, 24, END, seed)
        company = truth.trained(tmp_path_factory.mktemp("company"), settings)
        counts.append(measuring.head_counts(company).assign(seed=seed))
        quizzes.append(measuring.quiz_rates(company).assign(seed=seed))
    return pd.concat(counts), pd.concat(quizzes)


@pytest.mark.slow
def test_redrawn_head_counts_lie_inside_nine_intervals_in_ten(measured, benchmarks):
    counts, _ = measured
    assert len(counts) > 10 * len(SEEDS)
    found = benchmarks[0].interval_figures(counts)
    assert 0.85 <= found["coverage_90"] <= 0.95, found


@pytest.mark.slow
def test_intervals_are_at_most_half_again_as_wide_as_the_truth(measured, benchmarks):
    found = benchmarks[0].interval_figures(measured[0])
    assert found["width_over_true"] <= 1.5, found


@pytest.mark.slow
def test_in_every_company_the_half_technical_quiz_is_forecast_far_above(measured):
    rates = measured[1].pivot(index="seed", columns="corporate_share", values="forecast")
    assert (rates[0.5] > rates[1.0] + 0.3).all(), rates
