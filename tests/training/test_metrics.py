"""Metrics and baselines: worked by hand, against naive twins, within their bounds."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.history.columns import DAY
from training.baselines import base_rate, count_quantiles, own_group, own_group_popularity
from training.metrics import (
    LEVELS,
    count_metrics,
    expected_calibration_error,
    log_loss,
    ndcg_at_k,
    pair_metrics,
    reliability,
)
from training.rows import Rows

forecasts = st.lists(
    st.tuples(
        st.booleans(),
        st.floats(0, 1, allow_subnormal=False),
        st.floats(0.1, 9, allow_subnormal=False),
    ),
    min_size=1,
    max_size=60,
)


def columns(drawn):
    outcome, p, weight = zip(*drawn, strict=True)
    return np.array(outcome), np.array(p), np.array(weight)


def test_log_loss_by_hand():
    found = log_loss(np.array([True, False]), np.array([0.8, 0.4]))
    assert found == pytest.approx(-(math.log(0.8) + math.log(0.6)) / 2)
    weighted = log_loss(np.array([True, False]), np.array([0.8, 0.4]), np.array([3.0, 1.0]))
    assert weighted == pytest.approx(-(3 * math.log(0.8) + math.log(0.6)) / 4)


@given(forecasts)
def test_log_loss_is_its_naive_twin_and_finite_at_the_ends(drawn):
    outcome, p, weight = columns(drawn)
    total = 0.0
    for y, q, w in drawn:
        q = min(max(q, 1e-6), 1 - 1e-6)
        total -= w * math.log(q if y else 1 - q)
    assert log_loss(outcome, p, weight) == pytest.approx(total / weight.sum(), rel=1e-9)
    assert 0 <= log_loss(outcome, p) < 14


@given(forecasts)
def test_reliability_parts_all_rows_and_calibration_error_is_a_share(drawn):
    outcome, p, weight = columns(drawn)
    table = reliability(outcome, p, weight, bins=5)
    assert table["n"].sum() == pytest.approx(weight.sum())
    assert (table["n"] * table["observed"]).sum() == pytest.approx(outcome @ weight)
    assert (table["n"] * table["predicted"]).sum() == pytest.approx(p @ weight)
    assert np.diff(table["predicted"]).min(initial=0) >= -1e-12
    assert 0 <= expected_calibration_error(outcome, p, weight) <= 1


def test_calibration_error_by_hand():
    outcome = np.array([False, False, True, True])
    p = np.array([0.0, 0.2, 0.6, 1.0])
    # bins (0, .2) and (.6, 1): off by .1 and .2
    assert expected_calibration_error(outcome, p, bins=2) == pytest.approx(0.15)
    assert expected_calibration_error(outcome, outcome.astype(float), bins=2) == 0


def test_pair_metrics_by_hand():
    outcome, p = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1])
    found = pair_metrics(outcome, p)
    assert found["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["auc"] == pytest.approx(3 / 4)


@pytest.mark.parametrize("outcome", [[], [True], [False, False]])
def test_what_cannot_be_told_apart_is_nan(outcome):
    y = np.array(outcome, dtype=bool)
    found = pair_metrics(y, np.full(len(y), 0.5))
    assert math.isnan(found["auc"])
    assert math.isnan(found["average_precision"])
    assert math.isnan(found["log_loss"]) == (not outcome)


def quantile_table(*rows):
    return pd.DataFrame(list(rows), columns=list(LEVELS))


def test_count_metrics_by_hand():
    table = quantile_table((2, 4, 6, 8, 10), (0, 0, 0, 0, 0))
    found = count_metrics(np.array([10.0, 1.0]), table)
    first = [0.05 * 8, 0.25 * 6, 0.5 * 4, 0.75 * 2, 0.95 * 0]
    second = list(LEVELS.values())
    assert found["pinball"] == pytest.approx((sum(first) + sum(second)) / 10)
    assert found["mae_median"] == pytest.approx((4 + 1) / 2)
    assert found["coverage_90"] == 0.5  # the bounds themselves are inside
    assert found["width_90"] == pytest.approx(4)


@given(st.lists(st.tuples(st.integers(0, 99), st.lists(st.integers(0, 99), min_size=5, max_size=5)),
                min_size=1, max_size=20))  # fmt: skip
def test_count_metrics_are_their_naive_twin(drawn):
    counts = np.array([n for n, _ in drawn], dtype=float)
    table = quantile_table(*(sorted(values) for _, values in drawn))
    found, losses, inside = count_metrics(counts, table), [], 0
    for n, values in drawn:
        low, *_, high = sorted(values)
        inside += low <= n <= high
        for level, value in zip(LEVELS.values(), sorted(values), strict=True):
            losses.append(level * (n - value) if n >= value else (1 - level) * (value - n))
    assert found["pinball"] == pytest.approx(np.mean(losses))
    assert found["coverage_90"] == pytest.approx(inside / len(drawn))
    assert found["pinball"] >= 0
    assert found["width_90"] >= 0


@pytest.mark.parametrize(
    ("hits", "n_relevant", "expected"),
    [
        ([1, 0, 0], 1, 1.0),
        ([0, 1, 0], 1, 1 / math.log2(3)),
        ([0, 0, 0], 1, 0.0),
        ([1, 1, 0], 2, 1.0),
        ([1], 2, 1 / (1 + 1 / math.log2(3))),
        ([0] * 10 + [1], 1, 0.0),
        ([1] * 12, 12, 1.0),
        ([], 1, 0.0),
    ],
)
def test_ndcg_by_hand(hits, n_relevant, expected):
    assert ndcg_at_k(np.array(hits, dtype=float), n_relevant) == pytest.approx(expected)


@given(st.lists(st.booleans(), min_size=1, max_size=25).filter(any))
def test_ndcg_is_a_share_and_a_hit_further_up_never_lowers_it(hits):
    found = ndcg_at_k(np.array(hits, dtype=float), sum(hits))
    assert 0 <= found <= 1 + 1e-12
    best = ndcg_at_k(np.array(sorted(hits, reverse=True), dtype=float), sum(hits))
    assert best == pytest.approx(1)
    assert found <= best + 1e-12


def rows_of(registered, starts, as_of, weight=None, **features):
    n = len(registered)
    flags, zeros = np.zeros(n, dtype=bool), np.zeros(n, dtype=np.int64)
    return Rows(
        zeros, zeros, np.array(as_of) * DAY, np.array(starts) * DAY, np.array(registered), flags,
        flags, flags, np.ones(n) if weight is None else np.array(weight, dtype=float),
        pd.DataFrame(features, index=range(n)),
    )  # fmt: skip


def test_the_base_rate_is_that_of_activities_started_by_the_last_refit():
    rows = rows_of([True, False, True, True], [5, 6, 12, 30], [1, 7, 10, 21],
                   weight=[1, 3, 1, 1])  # fmt: skip
    found = base_rate(rows, [7 * DAY, 20 * DAY])
    assert math.isnan(found[0])
    assert found[1:].tolist() == [0.25, 0.25, pytest.approx(2 / 5)]


def test_group_baselines_fall_back_on_the_crowd_and_put_the_own_audience_first():
    rows = rows_of([False] * 3, [1] * 3, [0] * 3, group_recent=[0.4, np.nan, 0.1],
                   crowd_recent=[0.2] * 3, registered_so_far=[0.0, 5.0, 2.0],
                   in_audience=[1.0, 0.0, 1.0])  # fmt: skip
    assert own_group(rows).tolist() == [0.4, 0.2, 0.1]
    assert np.argsort(-own_group_popularity(rows)).tolist() == [2, 0, 1]


def test_quantiles_of_past_counts_ascend_and_one_count_is_all_of_them():
    found = count_quantiles(np.array([3.0, 1.0, 2.0]))
    assert found["mean"] == found["p50"] == 2
    assert found[list(LEVELS)].is_monotonic_increasing
    assert set(count_quantiles(np.array([7.0]))) == {7.0}
