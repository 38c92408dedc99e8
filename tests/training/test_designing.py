"""The search for designs finds those that no other one beats, and tries none twice."""

import itertools

import pytest

from training.designing import Judged, frontier, search_designs

CHOICES = {"a": 6, "b": 6, "c": 6}


def judge(picked):
    """Turnout grows with a and b, cost with a and c; b = 5 does not go together with a = 5."""
    if picked["a"] == picked["b"] == 5:
        return Judged(None)
    turnout = float(2 * picked["a"] + 3 * picked["b"])
    cost = float(10 * picked["a"] + 4 * picked["c"] + picked["b"] ** 2)
    return Judged((turnout, cost), (cost - 60,))


def whole_frontier():
    every = search_designs(CHOICES, judge, [True, False], 216, 0)
    assert len(every) == 216
    return {one.judged.values for one in frontier(every, [True, False])}


def test_where_there_are_few_designs_all_are_tried_the_one_as_it_is_first():
    tried = search_designs(CHOICES, judge, [True, False], 216, 0)
    assert tried[0].picked == {"a": 0, "b": 0, "c": 0}
    assert len({tuple(one.picked.values()) for one in tried}) == 216
    best = frontier(tried, [True, False])
    assert all(one.judged.is_feasible and one.picked["c"] == 0 for one in best)
    for one, other in itertools.permutations(best, 2):
        (t, c), (t2, c2) = one.judged.values, other.judged.values
        assert not (t2 >= t and c2 <= c)


@pytest.mark.parametrize("seed", range(3))
def test_a_third_of_all_designs_finds_most_of_the_frontier(seed):
    tried = search_designs(CHOICES, judge, [True, False], 72, seed)
    assert tried[0].picked == {"a": 0, "b": 0, "c": 0}
    assert len({tuple(one.picked.values()) for one in tried}) == len(tried) == 72
    found = {one.judged.values for one in frontier(tried, [True, False])}
    whole = whole_frontier()
    # each of the whole frontier is reached, or nearly: chance alone comes to far less
    near = [any(t >= turnout - 2 and c <= cost + 4 for t, c in found) for turnout, cost in whole]
    assert sum(near) >= 0.75 * len(whole)


def test_the_same_seed_gives_the_same_search():
    one, other = (search_designs(CHOICES, judge, [True, False], 40, 7) for _ in range(2))
    assert one == other


def test_it_ends_when_it_is_told_to():
    heard = []

    def go_on(n_done):
        heard.append(n_done)
        return n_done < 17

    assert len(search_designs(CHOICES, judge, [True, False], 60, 0, go_on)) == 17
    assert heard[-1] == 17


def test_where_nothing_is_feasible_there_is_no_frontier():
    tried = search_designs({"a": 3}, lambda _: Judged((1.0,), (5.0,)), [True], 10, 0)
    assert frontier(tried, [True]) == []
