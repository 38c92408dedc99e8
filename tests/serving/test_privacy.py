"""No number and no difference of numbers tells of one to four people."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.privacy import MIN_PEOPLE, base_rates, shown_groups, whole_percent


def teams_of(*sizes):
    return np.array(
        [name for name, size in zip("ABCDEFGH", sizes, strict=False) for _ in range(size)], object
    )


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ((6, 7), [("B", 7), ("A", 6)]),
        ((6, 4), []),
        ((9, 3, 3), [("A", 9), ("", 6)]),
        ((9, 8, 2), [("A", 9), ("", 10)]),
        ((20, 6, 1, 1), [("A", 20), ("", 8)]),
        ((4,), []),
        ((12,), []),
    ],
)
def test_teams_under_five_are_merged_with_company(sizes, shown):
    groups = shown_groups({"team": teams_of(*sizes)}, np.ones(sum(sizes), bool))["team"]
    assert [(group.team, group.size) for group in groups] == shown


def test_a_team_of_whom_one_is_modelled_is_not_shown():
    modelled = np.array([True] + [False] * 5 + [True] * 94)
    assert shown_groups({"team": teams_of(6, 94)}, modelled)["team"] == []
    found = shown_groups({"team": teams_of(6, 64, 30)}, modelled)["team"]
    assert [(group.team, group.size) for group in found] == [("B", 64), ("", 36)]


def test_people_of_no_team_stand_with_the_merged_ones():
    teams = np.array(["A"] * 8 + ["B"] * 8 + [""] * 5, dtype=object)
    groups = shown_groups({"team": teams}, np.ones(21, bool))["team"]
    assert [(group.team, group.merged) for group in groups] == [
        ("A", False), ("B", False), ("", True),
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABCD"), st.sampled_from(("", "x", "y", "z")),
            st.sampled_from((True, True, True, False)),
        ),
        min_size=1, max_size=60,
    )
)  # fmt: skip
def test_no_union_of_teams_leaves_one_to_four_people_of_another_breakdown(people):
    columns = np.array(people, dtype=object).reshape(-1, 3)
    modelled, everyone = columns[:, 2].astype(bool), np.ones(len(columns), bool)
    shown = shown_groups({"function": columns[:, 0], "city": columns[:, 1]}, modelled)
    for groups in shown.values():
        assert all((group.mask & modelled).sum() >= MIN_PEOPLE for group in groups)
        if groups:
            assert (np.sum([group.mask for group in groups], axis=0) == 1).all()
    for one, other in itertools.permutations(shown.values(), 2):
        for union, whole in itertools.product(_unions(one), other):
            for who, target in itertools.product((everyone, modelled), (whole.mask, ~whole.mask)):
                assert not 0 < _left_over(union & who, target & who) < MIN_PEOPLE


def _unions(groups):
    """Who is in each set of the groups."""
    for n in range(1, len(groups) + 1):
        for parts in itertools.combinations(groups, n):
            yield np.logical_or.reduce([part.mask for part in parts])


def _left_over(union, target):
    """How many of the target subtracting the union tells of; 0 where it is not inside."""
    return 0 if (union & ~target).any() else int((target & ~union).sum())


def test_the_unread_count_at_their_teams_rate():
    probability = np.array([0.5] * 5 + [0.1] * 5 + [0.0, 0.0])
    modelled = np.array([True] * 10 + [False, False])
    team = np.array([0] * 5 + [1] * 5 + [0, -1])
    found = base_rates(probability, modelled, team)
    assert found[10:].tolist() == pytest.approx([0.5, 0.3])
    assert found[:10].tolist() == probability[:10].tolist()


def test_the_rate_of_a_team_under_five_is_not_told():
    probability = np.array([0.9] * 4 + [0.1] * 6 + [0.0])
    modelled = np.array([True] * 10 + [False])
    found = base_rates(probability, modelled, np.array([0] * 4 + [1] * 6 + [0]))
    assert found[10] == pytest.approx(0.42)


def test_nobody_is_no_percent():
    assert whole_percent(0, 0) == 0
