"""What is usual of a team: of the last year, of the team at the time, of five people or more."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from features.history.columns import DAY
from training.saving import load_table, save_table
from training.usual import as_usual, usual_loads

UNTIL = 1000 * DAY
HOURS = "hours_28d"


@dataclass
class Teams:
    """Ten people: all of A, since day 900 the last five of B.

    With a group: the first five in the group G, and all of A for ever.
    """

    group: bool = False
    away: Sequence[int] = ()

    @property
    def people(self):
        return SimpleNamespace(ids=np.arange(10).astype(str).astype(object))

    def employed(self, at):
        return ~np.isin(np.arange(10), self.away[::2])

    def refuses(self, at):
        return np.isin(np.arange(10), self.away[1::2])

    def teams(self, dimension, at):
        names = np.full(10, "", dtype=object)
        if dimension == "project_group":
            names[:5] = "G" if self.group else ""
            return names
        names[:] = "A"
        if at >= 900 * DAY and not self.group:
            names[5:] = "B"
        return names


def loads(days, hours, until=UNTIL, teams=None):
    """Usual hours, where on each of the days everyone (or person by person) has so many."""
    told_of = {day * DAY: np.broadcast_to(some, 10) for day, some in zip(days, hours, strict=True)}

    def features(rows):
        at = rows["event_timestamp"].astype("int64") // 1000
        person = rows["employee_id"].astype(int)
        found = [told_of[one][who] for one, who in zip(at, person, strict=True)]
        return rows.assign(**{HOURS: np.array(found, dtype=float), "other": 1.0})

    return usual_loads(teams or Teams(), features, list(told_of), until)


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
    found = told(loads([500, 800, 950, 960, 1000], [99, 10, 20, 40, 99]))
    # of A, five people were there all the time, and five at the first of these days alone
    assert found == {("function", "A"): pytest.approx((5 * 70 / 3 + 5 * 10) / 10),
                     ("function", "B"): pytest.approx(30)}  # fmt: skip


def test_busy_and_quiet_times_of_a_long_year_both_count():
    days = range(640, 880)
    (hours,) = told(loads(days, [100 if day < 760 else 0 for day in days])).values()
    assert hours == pytest.approx(50, abs=10)


def test_whoever_refuses_or_has_left_is_not_counted():
    hours = [20] * 5 + [100] * 5
    assert told(loads([850], [hours], teams=Teams(away=range(5, 10)))) == {("function", "A"): 20}


@pytest.mark.parametrize("n_known", [1, 4, 5])
def test_no_mean_is_kept_of_fewer_than_five_people(n_known):
    found = told(loads([850], [[20] * n_known + [np.nan] * (10 - n_known)]))
    assert found == ({("function", "A"): 20} if n_known == 5 else {})


def test_without_a_moment_in_the_year_nothing_is_usual():
    assert not len(loads([100, 1000], [5, 5]))


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


def test_what_is_told_of_nobody_stays_unknown_through_the_file(tmp_path):
    save_table(loads_of(G=np.nan, A=50), tmp_path / "loads.json")
    again = load_table(tmp_path / "loads.json")
    np.testing.assert_allclose(usual([10.0] * 10, again), [50] * 5 + [10] * 5)
