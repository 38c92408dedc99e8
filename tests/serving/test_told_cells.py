"""No difference of past numbers that are told tells of one to four people."""

from itertools import combinations

import numpy as np
import pytest

from serving.told_cells import told_cells

FEW = range(1, 5)


def company(rng, n, n_columns=3):
    counted = rng.random((n, n_columns)) < rng.choice([0.3, 0.7, 1.0])
    counted[:, counted.sum(axis=0) < 5] = False
    sizes = {"function": 3, "city": 4, "project_group": 6}
    return counted, {
        by: (rng.integers(-1, size, (n, n_columns)), size) for by, size in sizes.items()
    }


def sets(counted, teams, told, by, column):
    """The people of each team that is told of, and those of the others together."""
    inside = counted[:, column]
    found = [inside & (teams[by][0][:, column] == team)
             for team in np.flatnonzero(told[by][column])]  # fmt: skip
    rest = inside & ~np.logical_or.reduce([np.zeros_like(inside), *found])
    return [one for one in [*found, rest] if one.any()], bool(found)


@pytest.mark.parametrize("seed", range(40))
def test_no_sum_of_teams_differs_from_another_breakdowns_by_a_few(seed):
    rng = np.random.default_rng(seed)
    counted, teams = company(rng, int(rng.integers(6, 80)))
    told = told_cells(counted, teams)
    for column in range(counted.shape[1]):
        shown = {by: sets(counted, teams, told, by, column) for by in teams}
        assert all(one.sum() not in FEW for parts, _ in shown.values() for one in parts)
        for by, other in combinations(shown, 2):
            for parts, wholes in ((shown[by], shown[other]), (shown[other], shown[by])):
                if not parts[1]:
                    continue
                for whole in wholes[0]:
                    for target in (whole, counted[:, column] & ~whole):
                        left = target.copy()
                        inside = [one for one in parts[0] if not (one & ~target).any()]
                        for one in inside:
                            left &= ~one
                        assert not inside or left.sum() not in FEW


def test_large_teams_are_told_and_small_ones_are_not():
    codes = np.repeat([0, 1, 2, 3], [20, 10, 4, 3])[:, None]
    told = told_cells(np.ones((37, 1), dtype=bool), {"city": (codes, 4)})
    assert told["city"].tolist() == [[True, True, False, False]]


def test_nobody_at_all_is_told_of_without_a_fault():
    codes = np.zeros((0, 0), dtype=np.int64)
    assert told_cells(np.zeros((0, 0), dtype=bool), {"city": (codes, 0)})["city"].shape == (0, 0)
