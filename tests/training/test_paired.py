"""Paired differences: figures as the metrics have them, and units that share their luck."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.metrics import LEVELS, count_metrics, pair_metrics
from training.paired import count_measures, gains, mean_of, pair_measures

drawn_pairs = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.1, 0.35, 0.5, 0.8, 1.0])),
    min_size=2, max_size=60,
)  # fmt: skip


@given(drawn_pairs)
def test_measures_of_pairs_are_the_metrics(drawn):
    outcome, p = np.array([y for y, _ in drawn]), np.array([p for _, p in drawn])
    expected, once = pair_metrics(outcome, p), np.ones(len(drawn))
    for name, measure in pair_measures(outcome, p).items():
        # where nobody says no, the metric calls the precision undefined, here it is 1
        if not (name == "average_precision" and outcome.all()):
            assert measure(once) == pytest.approx(expected[name], nan_ok=True)


@given(drawn_pairs, st.integers(0, 3))
def test_a_weight_is_as_many_rows(drawn, times):
    outcome, p = np.array([y for y, _ in drawn]), np.array([p for _, p in drawn])
    weight = np.ones(len(drawn))
    weight[0] = times
    rows = np.repeat(np.arange(len(drawn)), weight.astype(int))
    ours, repeated = pair_measures(outcome, p), pair_measures(outcome[rows], p[rows])
    for name in ("log_loss", "average_precision"):
        found = ours[name](weight)
        assert found == pytest.approx(repeated[name](np.ones(len(rows))), nan_ok=True)


def test_measures_of_counts_are_the_metrics():
    rng = np.random.default_rng(3)
    table = pd.DataFrame(np.sort(rng.integers(0, 40, (30, 5)), axis=1), columns=list(LEVELS))
    counts = rng.integers(0, 40, 30).astype(float)
    found = count_measures(counts, table)
    expected = count_metrics(counts, table)
    assert {name: one(np.ones(30)) for name, one in found.items()} == pytest.approx(expected)


def gain_of(ours, other, unit):
    return gains({"mean": mean_of(ours)}, {"mean": mean_of(other)}, np.asarray(unit))[0]


def test_an_interval_holds_the_difference_and_shrinks_with_more_units():
    rng = np.random.default_rng(0)
    few, many = rng.normal(1, 1, 20), rng.normal(1, 1, 2000)
    small, large = (gain_of(v, np.zeros(len(v)), np.arange(len(v))) for v in (few, many))
    assert small.low < small.difference < small.high
    assert small.difference == small.ours - small.baseline
    assert large.high - large.low < (small.high - small.low) / 5
    # a mean of 2000 normal values has a standard error of 1 / sqrt(2000)
    assert large.high - large.low == pytest.approx(2 * 1.96 / np.sqrt(2000), rel=0.15)


def test_rows_of_one_unit_tell_no_more_than_the_unit():
    values = np.random.default_rng(1).normal(0, 1, 30)
    alone = gain_of(values, np.zeros(30), np.arange(30))
    often = gain_of(np.repeat(values, 50), np.zeros(1500), np.repeat(np.arange(30), 50))
    assert (often.low, often.high) == pytest.approx((alone.low, alone.high))


def test_pairing_takes_out_what_both_share():
    rng = np.random.default_rng(2)
    shared = rng.normal(0, 10, 200)
    gain = gain_of(shared + 1, shared, np.arange(200))
    assert (gain.difference, gain.low, gain.high) == pytest.approx((1, 1, 1))


def test_one_unit_has_no_interval_and_no_rows_have_no_figure():
    assert np.isnan(gain_of(np.ones(3), np.zeros(3), ["a"] * 3).low)
    nothing = gain_of(np.zeros(0), np.zeros(0), np.zeros(0, dtype=int))
    assert np.isnan([nothing.ours, nothing.difference, nothing.high]).all()
