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
    """Ten people: all of A, since day 900 the last five of B.

    With a group: the first five in the group G, and all of A for ever.
    """

    group: bool = False

    def teams(self, dimension, at):
        names = np.full(10, "", dtype=object)
        if dimension == "project_group":
            names[:5] = "G" if self.group else ""
            return names
        names[:] = "A"
        if at >= 900 * DAY and not self.group:
            names[5:] = "B"
        return names


@dataclass
class Seen:
    """Rows with what is read of them."""

    employee: np.ndarray
    as_of: np.ndarray
    features: pd.DataFrame
    weight: np.ndarray


def seen(days, hours, people=range(10)):
    """Of each day, every one of the people with as many hours."""
    n = len(people)
    hours = np.broadcast_to(np.asarray(hours, dtype=float)[:, None], (len(days), n)).ravel()
    return Seen(np.tile(people, len(days)), np.repeat(days, n) * DAY,
                pd.DataFrame({HOURS: hours, "other": 1.0}), np.ones(len(hours)))  # fmt: skip


def told(loads):
    return {(one.dimension, one.team): one.hours_28d for one in loads.itertuples()}


def usual(own, loads, employees=range(10), everyone=None, teams=Teams()):  # noqa: B008
    own, everyone = (pd.DataFrame({HOURS: np.asarray(some, dtype=float)})
                     for some in (own, own if everyone is None else everyone))  # fmt: skip
    return as_usual(own, everyone, loads, teams, np.asarray(employees), UNTIL)[:, 0]


def loads_of(**hours):
    teams = ["project_group" if name == "G" else "function" for name in hours]
    return pd.DataFrame({"dimension": teams, "team": list(hours), HOURS: list(hours.values())})


def test_a_team_is_told_of_by_who_was_in_it_and_by_the_last_year():
    rows = seen([500, 800, 950, 960], [99, 10, 20, 40])
    found = told(usual_loads(Teams(), rows, UNTIL, [HOURS]))
    # of A, five people were there all the time, and five at the first of these days alone
    assert found == {("function", "A"): pytest.approx((5 * 70 / 3 + 5 * 10) / 10),
                     ("function", "B"): pytest.approx(30)}  # fmt: skip


def test_who_was_asked_more_often_counts_once():
    days = [810, 820, 830, 840, 850]
    rows = seen([810, *days], [20.0] * 6, range(5))
    more = seen([850], [40.0], range(5, 10))
    both = Seen(*(np.concatenate([getattr(some, name) for some in (rows, more)])
                  for name in ("employee", "as_of")),
                pd.concat([rows.features, more.features], ignore_index=True),
                np.ones(35))  # fmt: skip
    assert told(usual_loads(Teams(), both, UNTIL, [HOURS])) == {("function", "A"): 30}


@pytest.mark.parametrize("n_known", [1, 4, 5])
def test_no_mean_is_kept_of_fewer_than_five_people(n_known):
    rows = seen([850], [20.0])
    rows.features.loc[n_known:, HOURS] = np.nan
    found = told(usual_loads(Teams(), rows, UNTIL, [HOURS]))
    assert found == ({("function", "A"): 20} if n_known == 5 else {})


def test_people_keep_their_distance_from_their_team():
    hours = [10, 20, 30, 40, 25, 7, 7, 7, 7, 7]
    # A has 25 now, and nothing is known of B
    expected = [15, 25, 35, 45, 30, 7, 7, 7, 7, 7]
    np.testing.assert_allclose(usual(hours, loads_of(A=30)), expected)


def test_what_is_not_known_of_a_person_is_not_known_of_a_usual_time_either():
    company = [10, 20, 30, 40, 25, 7, 7, 7, 7, 7]
    found = usual([np.nan, *company[1:]], loads_of(A=30), [0, 1], company)
    np.testing.assert_allclose(found, [np.nan, 25])


def test_whoever_is_asked_the_whole_team_says_how_much_it_has_to_do_now():
    company = [60, 20, 20, 20, 30, 7, 7, 7, 7, 7]
    # the one with the most to do alone, of a team that has as much to do as ever
    asked = [60, *[np.nan] * 9]
    np.testing.assert_allclose(usual(asked, loads_of(A=30), [0], company), [60])
    # of four nothing is told, nor is anything told by them
    few = [60, 20, 20, 20, *[np.nan] * 6]
    np.testing.assert_allclose(usual(asked, loads_of(A=0), [0], few), [60])


def test_nobody_works_less_than_nothing():
    found = usual([0, 0, 0, 0, 10, *[0] * 5], loads_of(A=0), range(5))
    np.testing.assert_allclose(found, [0, 0, 0, 0, 8])


def test_a_persons_own_group_comes_first_and_the_function_where_it_says_nothing():
    hours, teams = [10.0] * 10, Teams(group=True)
    found = usual(hours, loads_of(G=5, A=50), [0, 7], teams=teams)
    np.testing.assert_allclose(found, [5, 50])
    found = usual(hours, loads_of(G=np.nan, A=50), [0, 7], teams=teams)
    np.testing.assert_allclose(found, [50, 50])


def test_what_nobody_has_on_record_stays_unknown_through_the_file(tmp_path):
    rows = seen([950], [np.nan])
    loads = usual_loads(Teams(), rows, UNTIL, [HOURS])
    assert not len(loads)
    assert np.isnan(usual_values(rows)[HOURS])
    some = loads_of(G=np.nan, A=50)
    save_table(some, tmp_path / "loads.json")
    again = load_table(tmp_path / "loads.json")
    np.testing.assert_allclose(usual([10.0] * 10, again), [50] * 5 + [10] * 5)
