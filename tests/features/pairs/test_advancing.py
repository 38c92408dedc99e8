"""A moment moved on holds what one computed anew would; nothing that changes is taken over."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse

from features.history.columns import HOUR, micros, moment
from features.pairs.advancing import BY_COLUMN, BY_ENTRY, UNMOVED, advanced
from features.pairs.features import pair_features
from features.pairs.moment import Moment

# a regression over the activities held; with late answers to those it is fitted at the next start
FITTED = ("turnout", "expected", "away", "surplus", "group_surplus")


def known(row):
    """When a participation was known."""
    return max(row["occurred_at"], row["recorded_at"] or row["occurred_at"])


@pytest.fixture
def live(messy_records, history_of, tables_of):
    """(moments of a season, one history per moment with the answers known by then)."""

    def made(seed):
        records = messy_records(seed)
        activities = history_of(records).activities
        starts = np.sort(activities.starts[activities.last_rows])
        times = [int(starts[len(starts) // 2]) + 1 + n * 60 * HOUR for n in range(8)]
        rows = records["participations"]
        early = [row for row in rows if known(row) < moment(times[0])]
        histories = [history_of(records | {"participations": early})]
        for one, other in pairwise(map(moment, times)):
            fresh = [row for row in rows if one <= known(row) < other]
            table = tables_of({"participations": fresh})["participations"]
            # one history moved on: people and activities stay the same objects
            histories.append(histories[-1].with_answers(table, micros(other)))
        return times, histories

    return made


def computed(found):
    for name in (*UNMOVED, *BY_COLUMN, *BY_ENTRY, "n_asked", "shared"):
        getattr(found, name)
    return found


def same(one, other):
    if isinstance(one, tuple):
        return all(same(*pair) for pair in zip(one, other, strict=True))
    if sparse.issparse(one):
        return (one != other).nnz == 0
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


@pytest.mark.parametrize("seed", range(12))
def test_every_array_is_that_of_a_moment_computed_anew(live, seed):
    times, histories = live(seed)
    moved = computed(Moment(histories[0], times[0]))
    for time, history in zip(times[1:], histories[1:], strict=True):
        moved = advanced(moved, history, time)
        anew = Moment(history, time)
        for name in (*BY_COLUMN, *BY_ENTRY, "n_asked", "past", "shared"):
            if name not in FITTED:
                assert same(getattr(moved, name), getattr(anew, name)), name
        computed(moved)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("stage", ["launch", "open"])
def test_features_are_those_of_a_moment_computed_anew(live, seed, stage):
    times, histories = live(seed)
    moved = computed(Moment(histories[0], times[0]))
    for time, history in zip(times[1:4], histories[1:4], strict=True):
        moved = advanced(moved, history, time)
        anew = Moment(history, time)
        # told apart by what is fitted alone: late answers to activities held count at the next one
        vars(anew).update({name: getattr(moved, name) for name in FITTED})
        for activity in range(history.n_activities):
            one, other = (
                pair_features(each, activity, np.arange(history.n_employees), stage)
                for each in (moved, anew)
            )
            for name, values in other.items():
                np.testing.assert_array_equal(one[name], values, err_msg=name)
        computed(moved)


def test_the_former_moment_is_left_as_it_was(live):
    times, histories = live(0)
    former = computed(Moment(histories[0], times[0]))
    before = {name: np.copy(vars(former)[name]) for name in ("state", "yes", "asked", "n_asked")}
    advanced(former, histories[-1], times[-1])
    assert all(np.array_equal(vars(former)[name], values) for name, values in before.items())


def test_between_two_starts_what_answers_cannot_move_is_taken_over(live):
    quiet = 0
    for seed in range(6):
        times, histories = live(seed)
        for step in range(len(times) - 1):
            former = computed(Moment(histories[step], times[step]))
            anew = Moment(histories[step + 1], times[step + 1])
            moved = advanced(former, anew.history, anew.as_of)
            people = anew.history.people
            same_people = same(people.rows_at(former.as_of - 1), people.rows_at(anew.as_of - 1))
            if same(former.held, anew.held) and same_people and "turnout" in vars(moved):
                quiet += 1
                assert moved.turnout is former.turnout
                assert set(vars(former)) <= set(vars(moved)) | {"last_answers", "last_yes_to_held"}
    assert quiet >= 3
