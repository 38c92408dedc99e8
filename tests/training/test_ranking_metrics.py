"""Metrics of rankings beside hits, by hand, and what bounds them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.ranking_metrics import (
    average_precision_at_k,
    diversity,
    gini,
    novelty,
    reached,
    recall_at_k,
    similarities,
)

hits_lists = st.lists(st.booleans(), min_size=1, max_size=25).filter(any)


@pytest.mark.parametrize(
    ("hits", "n_relevant", "precision", "recall"),
    [
        ([1, 0, 0], 1, 1.0, 1.0),
        ([0, 1], 1, 0.5, 1.0),
        ([1, 0, 1], 3, (1 + 2 / 3) / 3, 2 / 3),
        ([0] * 10 + [1], 1, 0.0, 0.0),
        ([1] * 12, 12, 1.0, 10 / 12),
        ([], 2, 0.0, 0.0),
    ],
)
def test_precision_and_recall_by_hand(hits, n_relevant, precision, recall):
    hits = np.array(hits, dtype=float)
    assert average_precision_at_k(hits, n_relevant) == pytest.approx(precision)
    assert recall_at_k(hits, n_relevant) == pytest.approx(recall)


@given(hits_lists)
def test_they_are_shares_and_best_with_the_hits_first(hits):
    given_order, best = np.array(hits, float), np.array(sorted(hits, reverse=True), float)
    for measure in (average_precision_at_k, recall_at_k):
        assert 0 <= measure(given_order, sum(hits)) <= measure(best, sum(hits)) <= 1 + 1e-12
    assert average_precision_at_k(best, sum(hits)) == pytest.approx(1)


def test_diversity_is_the_mean_distance_of_pairs():
    alike = np.array([[1, 1, 0], [1, 1, 0.5], [0, 0.5, 1]], dtype=float)
    assert diversity(alike, np.array([0, 1])) == 0
    assert diversity(alike, np.array([0, 2])) == 1
    assert diversity(alike, np.array([2, 0, 1])) == pytest.approx((0 + 1 + 0.5) / 3)
    assert math.isnan(diversity(alike, np.array([1])))


def test_novelty_falls_by_a_bit_when_twice_as_many_registered():
    assert novelty(np.array([1.0]), 99) - novelty(np.array([3.0]), 99) == pytest.approx(1)
    assert novelty(np.array([99.0]), 99) == 0
    assert math.isnan(novelty(np.zeros(0), 99))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30).filter(any), st.integers(1, 5))
def test_gini_is_its_naive_twin_and_knows_no_scale(exposure, times):
    x = np.array(exposure)
    naive = np.abs(x[:, None] - x[None]).sum() / (2 * len(x) * x.sum())
    assert gini(x) == pytest.approx(naive, abs=1e-12)
    assert gini(x * times) == pytest.approx(gini(x), abs=1e-12)
    assert 0 <= gini(x) < 1
    assert reached(x) == np.mean([one > 0 for one in exposure])


def test_nothing_shown_has_no_gini():
    assert math.isnan(gini(np.zeros(3, dtype=int)))
    assert math.isnan(reached(np.zeros(0, dtype=int)))


def test_likeness_is_the_mean_over_what_both_have():
    tags = np.array([[1.0, 0], [2, 0], [0, 1], [0, 0]])
    template = np.array([[1.0, 0], [0, 1], [1, 0], [0, 0]])
    found = similarities([tags, template])
    assert found[0].tolist() == pytest.approx([1, 0.5, 0.5, 0])
    # what is unknown of one of the two counts for neither
    assert similarities([tags, np.zeros((4, 1))])[0].tolist() == pytest.approx([1, 1, 0, 0])
    assert np.diag(found).tolist() == [1] * 4
