"""What is usual of a team: of the last year, of the team at the time, of five people or more."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from features.history.columns import DAY
from training.saving import load_table, save_table
from training.usual import as_usual, usual_loads, usual_values

UNTIL = 1000 * DAY
HOURS = "hours_28d"


@dataclass
class Teams:
    """Ten people: before day 900 all of function A, then the last five of B; groups of the first
    two alone, and of nobody else."""

    n_employees: int = 10

    def teams(self, dimension, at):
        names = np.full(10, "", dtype=object)
        if dimension == "project_group":
            names[:2] = "G"
            return names
        names[:] = "A"
        if at >= 900 * DAY:
            names[5:] = "B"
        return names


@dataclass
class Seen:
    """Rows with what is read of them."""

    employee: np.ndarray
    as_of: np.ndarray
    weight: np.ndarray
    features: pd.DataFrame


def seen(days, hours, weight=None):
    n = len(days) * 10
    values = np.repeat(np.asarray(hours, dtype=float), 10)
    return Seen(np.tile(np.arange(10), len(days)), np.repeat(days, 10) * DAY,
                np.ones(n) if weight is None else np.repeat(weight, 10),
                pd.DataFrame({HOURS: values, "other": 1.0}))  # fmt: skip


def told(loads):
    return {(one.dimension, one.team): one.hours_28d for one in loads.itertuples()}


def test_a_team_is_told_of_by_who_was_in_it_and_by_the_last_year():
    rows = seen([500, 800, 950, 960], [99, 10, 20, 40], weight=[1, 1, 1, 3])
    found = told(usual_loads(Teams(), rows, UNTIL, [HOURS]))
    # A: ten people once, then five twice; the rows of 960 stand for three each
    assert found == {("function", "A"): pytest.approx((10 * 10 + 5 * 20 + 15 * 40) / 30),
                     ("function", "B"): pytest.approx((5 * 20 + 15 * 40) / 20)}  # fmt: skip


def test_people_keep_their_distance_from_their_team():
    loads = pd.DataFrame({"dimension": "function", "team": ["A"], HOURS: [30.0]})
    hours = np.array([10.0, 20, 30, 40, np.nan, 7, 7, 7, 7, 7])
    own = pd.DataFrame({HOURS: hours})
    found = as_usual(own, loads, Teams(), np.arange(10), UNTIL)[:, 0]
    # A has 25 now, and nothing is known of B
    np.testing.assert_allclose(found, [15, 25, 35, 45, np.nan, 7, 7, 7, 7, 7])


def test_nobody_works_less_than_nothing():
    loads = pd.DataFrame({"dimension": "function", "team": ["A"], HOURS: [0.0]})
    own = pd.DataFrame({HOURS: np.r_[0.0, 0, 0, 0, 10, np.zeros(5)]})
    found = as_usual(own, loads, Teams(), np.arange(5), UNTIL)[:, 0]
    np.testing.assert_allclose(found, [0, 0, 0, 0, 8])


def test_a_persons_own_group_comes_before_the_function():
    loads = pd.DataFrame({"dimension": ["project_group", "function"], "team": ["G", "A"],
                          HOURS: [5.0, 50.0]})  # fmt: skip
    own = pd.DataFrame({HOURS: np.full(10, 10.0)})
    found = as_usual(own, loads, Teams(), np.array([0, 2]), UNTIL)[:, 0]
    np.testing.assert_allclose(found, [5, 50])


def test_what_nobody_has_on_record_stays_unknown_through_the_file(tmp_path):
    rows = seen([950], [np.nan])
    loads = usual_loads(Teams(), rows, UNTIL, [HOURS])
    save_table(loads, tmp_path / "loads.json")
    again = load_table(tmp_path / "loads.json")
    own = pd.DataFrame({HOURS: np.full(10, 10.0)})
    np.testing.assert_allclose(as_usual(own, again, Teams(), np.arange(10), UNTIL), 10.0)
    assert np.isnan(usual_values(rows)[HOURS])
