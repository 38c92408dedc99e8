"""The tables of a ranking report: figures as defined, earlier yeses, and no few people."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.history.columns import micros
from training.backtest import backtest_ranking
from training.metrics import ndcg_at_k
from training.ranking_report import (
    BASELINES,
    METHODS,
    earlier_classes,
    exposure_figures,
    lists_of,
    ranking_figures,
    ranking_report,
    similarity_of,
)
from training.team_counts import SMALLEST_TEAM

START, END = (micros(pd.Timestamp(day, tz="UTC")) for day in ("2026-02-01", "2026-04-01"))


@pytest.fixture(scope="module")
def ranked(history, employee_features):
    return backtest_ranking(history, employee_features, START, END, 30)


def test_figures_of_hits_are_means_over_lists_that_hold_one(history, ranked):
    found = ranking_figures(history, ranked)
    for method, rank in METHODS.items():
        ordered = ranked.sort_values(["as_of", "employee_id", rank])
        lists = ordered.groupby(["as_of", "employee_id"])["outcome"]
        naive = [ndcg_at_k(hits.to_numpy(float), int(hits.sum())) for _, hits in lists
                 if hits.any()]  # fmt: skip
        assert found[method]["ndcg_at_10"] == pytest.approx(np.mean(naive))
    assert found["ranking"]["ndcg_at_10"] > found["popularity"]["ndcg_at_10"]
    # whoever has nothing left to answer has no list
    assert 0.9 < found["ranking"]["people_reached"] <= 1


def test_popularity_is_the_number_of_registrations_so_far(history, ranked):
    answers = history.answers.answers
    pairs = ranked[["as_of", "activity_id", "popularity"]].drop_duplicates()
    assert len(pairs) > 5
    for row in pairs.itertuples():
        mine = answers.before(micros(row.as_of)).by_occurrence()
        mine = mine.where(mine.activity == history.activity_index(row.activity_id))
        newest = dict(zip(mine.employee.tolist(), mine.code.tolist(), strict=True))
        assert row.popularity == pytest.approx(sum(code == 1 for code in newest.values()), abs=1e-4)


def test_order_of_rows_matters_to_nothing(history, ranked):
    shuffled = ranked.sample(frac=1, random_state=1)
    one, two = (lists_of(history, table) for table in (ranked, shuffled))
    for method in METHODS:
        pd.testing.assert_frame_equal(one[method], two[method])


def test_earlier_yeses_are_those_before_the_moment(history, ranked):
    table = lists_of(history, ranked)["ranking"]
    answers = history.answers.answers
    for row in table.sample(8, random_state=2).itertuples():
        mine = (answers.employee == history.employee_index(row.employee_id)) & (
            answers.known < micros(row.as_of)) & (answers.code == 1)  # fmt: skip
        assert row.earlier == len(set(answers.activity[mine].tolist()))


def test_activities_are_alike_by_template_and_tags(history):
    quiz, games = (history.activity_index(name) for name in ("held-00", "held-01"))
    alike = similarity_of(history, np.array([quiz, games, history.activity_index("held-02")]))
    assert alike[0].tolist() == pytest.approx([1, 0, 1])


def test_exposure_counts_the_first_ten():
    ranked = pd.DataFrame({
        "as_of": pd.Timestamp("2026-02-01", tz="UTC"),
        "activity_id": ["a", "b", "a", "b"], "rank": [1, 11, 10, 12],
    })  # fmt: skip
    assert exposure_figures(ranked, "rank") == {"activities_reached": 0.5, "gini_of_exposure": 0.5}


def test_the_report_pairs_every_figure_with_each_baseline(history, ranked):
    report = ranking_report(history, ranked)
    for name in BASELINES:
        for gain in report.gains[name]:
            ours, other = (report.figures[one][gain.metric] for one in ("ranking", name))
            assert (gain.ours, gain.baseline) == pytest.approx((ours, other), nan_ok=True)
            assert gain.low <= gain.difference <= gain.high
    assert report.by_earlier["people"].min() >= SMALLEST_TEAM
    assert report.by_earlier["lists"].sum() == report.n_scored
    assert set(report.gains_by_earlier) == {
        (name, other) for name in report.by_earlier["earlier"] for other in BASELINES
    }


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40))
def test_a_class_of_few_people_joins_its_neighbour(earlier):
    person = pd.Series([f"P{n}" for n in range(len(earlier))])
    names = earlier_classes(np.array(earlier), person)
    if len(earlier) < SMALLEST_TEAM:
        assert set(names) == {""}
        return
    assert person.groupby(names).nunique().min() >= SMALLEST_TEAM
    for value, name in zip(earlier, names, strict=True):
        low, _, high = str(name).rstrip("+").partition("-")
        assert int(low) <= value
        assert name.endswith("+") or value <= int(high or low)
