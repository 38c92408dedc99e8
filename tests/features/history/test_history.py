"""People, activities and answers as of any moment, from literal tables."""

import json
import tracemalloc
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.history.columns import DAY, FIRST, NEVER, codes, micros, moment, utc_offsets, zone
from features.history.history import History
from features.tables.schemas import TABLES

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
T = micros(NOON)
A_DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
PERSON = {"hired_at": NOON - 400 * A_DAY, "timezone": "UTC", "profiling_opt_out": False}
ACTIVITY = {"title": "t", "timezone": "UTC", "starts_at": NOON + 9 * A_DAY}


def history_of(until=None, **records):
    tables = {}
    for name, table in TABLES.items():
        names = table.arrow_schema.names
        rows = [{column: row.get(column) for column in names} for row in records.get(name, [])]
        tables[name] = pa.Table.from_pylist(rows, table.arrow_schema)
    return History.from_tables(tables, until)


def people_of(*rows, **more):
    named = [PERSON | {"employee_id": "a"} | row for row in rows]
    return history_of(employees=named, activities=[ACTIVITY | {"activity_id": "x"}], **more)


@pytest.mark.parametrize(
    ("row", "at", "employed"),
    [
        ({"hired_at": NOON}, T, True),
        ({"hired_at": NOON}, T - 1, False),
        ({"left_at": NOON}, T - 1, True),
        ({"left_at": NOON}, T, False),
        ({"recorded_at": NOON}, T, True),
        ({"recorded_at": NOON}, T - 1, False),
        # a row that holds later stands in for what was before
        ({"valid_from": NOON}, T - DAY, True),
    ],
)
def test_a_person_is_there_from_being_hired_and_recorded_until_leaving(row, at, employed):
    assert people_of(row).employed(at).tolist() == [employed]


@pytest.mark.parametrize("turned", [False, True])
def test_the_row_as_of_the_moment_counts(turned):
    rows = [
        {"function": "R&D"},
        {"function": "sales", "valid_from": NOON},
        {"function": "late", "valid_from": NOON - A_DAY, "recorded_at": NOON + A_DAY},
        {"function": "older", "valid_from": NOON - TICK, "recorded_at": NOON + 2 * A_DAY},
        {"function": "last", "valid_from": NOON + TICK, "recorded_at": NOON + A_DAY},
    ]
    history = people_of(*(rows[::-1] if turned else rows))
    at = {T - 1: "R&D", T: "sales", T + DAY - 1: "sales", T + DAY: "last", T + 3 * DAY: "last",
          FIRST: "R&D"}  # fmt: skip
    for instant, function in at.items():
        assert history.teams("function", instant).tolist() == [function]


@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_membership_that_holds_is_the_main_group(turned):
    rows = [
        {"project_group_id": "g1", "started_at": NOON - 9 * A_DAY},
        {"project_group_id": "g3", "started_at": NOON - 2 * A_DAY, "ended_at": NOON},
        {"project_group_id": "g2", "started_at": NOON - 2 * A_DAY, "ended_at": NOON},
        {"project_group_id": "g4", "started_at": NOON - A_DAY, "recorded_at": NOON + A_DAY},
    ]
    members = [row | {"employee_id": "a"} for row in (rows[::-1] if turned else rows)]
    history = people_of({}, memberships=members)
    expected = {T - 9 * DAY - 1: "", T - 9 * DAY: "g1", T - 2 * DAY: "g3", T - 1: "g3", T: "g1",
                T + DAY: "g4"}  # fmt: skip
    for instant, group in expected.items():
        assert history.teams("project_group", instant).tolist() == [group]


AUDIENCES = [
    (None, [True, True, True]),
    ({}, [True, True, True]),
    ({"function": ["R&D"]}, [True, False, False]),
    ({"function": ["R&D", "sales"]}, [True, True, False]),
    ({"function": ["no such"]}, [False, False, False]),
    ({"not": {"function": ["R&D"]}}, [False, True, True]),
    ({"project_group": ["g1"]}, [False, True, False]),
    ({"tenure_days": {"at_least": 400}}, [True, True, False]),
    ({"tenure_days": {"below": 400}}, [False, False, True]),
    ({"function": ["R&D"], "project_group": ["g1"]}, [False, False, False]),
    ({"any": [{"function": ["R&D"]}, {"project_group": ["g1"]}]}, [True, True, False]),
]


@pytest.mark.parametrize(("audience", "expected"), AUDIENCES)
def test_an_audience_invites_who_fits_it_at_the_moment(audience, expected):
    people = [
        PERSON | {"employee_id": "a", "function": "R&D"},
        PERSON | {"employee_id": "b", "function": "sales"},
        PERSON | {"employee_id": "c", "hired_at": NOON - 9 * A_DAY},
        PERSON | {"employee_id": "gone", "left_at": NOON},
        PERSON | {"employee_id": "new", "hired_at": NOON + A_DAY},
    ]
    row = ACTIVITY | {
        "activity_id": "x",
        "audience": None if audience is None else json.dumps(audience),
    }
    history = history_of(
        employees=people, activities=[row],
        memberships=[{"employee_id": "b", "project_group_id": "g1", "started_at": NOON}],
    )  # fmt: skip
    assert history.invited(0, T).tolist() == [*expected, False, False]


def test_who_is_invited_by_name_is_so_from_then_on_while_at_the_company():
    invited = [{"participation_id": f"p{n}", "employee_id": name, "activity_id": "x",
                "kind": "invited", "occurred_at": NOON} for n, name in enumerate("ab")]  # fmt: skip
    audience = json.dumps({"function": ["no such"]})
    history = history_of(
        employees=[PERSON | {"employee_id": "a"},
                   PERSON | {"employee_id": "b", "left_at": NOON + A_DAY}],
        activities=[ACTIVITY | {"activity_id": "x", "audience": audience},
                    ACTIVITY | {"activity_id": "y", "audience": audience}],
        participations=invited,
    )  # fmt: skip
    assert history.invited(0, T - 1).tolist() == [False, False]
    assert history.invited(0, T).tolist() == [True, True]
    assert history.invited(0, T + DAY).tolist() == [True, False]
    assert not history.invited(1, T + DAY).any()
    assert history.invited_by_start(0).tolist() == [True, False]
    assert history.invited_by_start(0, T + 1).tolist() == [True, True]


def test_a_refusal_holds_for_what_is_past_too():
    history = people_of({}, {"valid_from": NOON, "profiling_opt_out": True})
    assert history.opted_out(T - 1).tolist() == [False]
    assert history.refuses(T - 1).tolist() == [True]
    back = people_of({"profiling_opt_out": True}, {"valid_from": NOON})
    assert back.refuses(T - 1).tolist() == [True]
    assert back.refuses(T).tolist() == [False]


@pytest.mark.parametrize(("until", "n"), [(NOON, 0), (NOON + TICK, 1), (None, 1)])
def test_what_is_known_at_the_limit_or_later_is_left_out(until, n):
    row = {"participation_id": "p", "employee_id": "a", "activity_id": "x", "kind": "registered",
           "occurred_at": NOON - A_DAY, "recorded_at": NOON}  # fmt: skip
    history = history_of(
        until, employees=[PERSON | {"employee_id": "a"},
                          PERSON | {"employee_id": "b", "recorded_at": NOON}],
        activities=[ACTIVITY | {"activity_id": "x"},
                    ACTIVITY | {"activity_id": "y", "valid_from": NOON}],
        participations=[row],
    )  # fmt: skip
    assert history.n_employees == history.n_activities == 1 + n
    assert len(history.answers.answers.known) == n


def test_records_of_people_or_activities_unknown_are_left_out():
    rows = [{"participation_id": f"p{n}", "employee_id": who, "activity_id": what,
             "kind": "registered", "occurred_at": NOON}
            for n, (who, what) in enumerate([("a", "x"), ("?", "x"), ("a", "?")])]  # fmt: skip
    history = people_of({}, participations=rows)
    assert history.answers.answers.employee.tolist() == [0]
    assert history.employee_index("?") == history.activity_index("?") == -1


def test_a_draft_joins_without_changing_what_there_is():
    done = [{"participation_id": f"p{n}", "employee_id": "a", "activity_id": what,
             "kind": "registered", "occurred_at": NOON}
            for n, what in enumerate(("b", "d"))]  # fmt: skip
    activities = [ACTIVITY | {"activity_id": name, "title": name} for name in "bd"]
    history = history_of(employees=[PERSON | {"employee_id": "a"}], activities=activities,
                         participations=done)  # fmt: skip
    history.invited_by_start(1)
    grown, position = history.with_activity(ACTIVITY | {"activity_id": "c", "title": "new"})
    assert grown.activities.ids.tolist() == ["b", "c", "d"]
    assert (position, history.n_activities) == (1, 2)
    assert grown.activities.ids[grown.answers.answers.activity].tolist() == ["b", "d"]
    np.testing.assert_array_equal(grown.invited_by_start(2), history.invited_by_start(1))
    other = ACTIVITY | {"activity_id": "d", "title": "another", "starts_at": NOON}
    replaced, position = history.with_activity(other)
    assert (replaced.n_activities, position) == (2, 1)
    assert replaced.activities.starts[replaced.activities.last_rows].tolist()[1] == T


def test_ties_count_messages_both_ways_from_when_the_day_was_over_everywhere():
    day = NOON.date() - timedelta(days=2)  # over everywhere at noon of the next day
    rows = [
        {"employee_id": "a", "other_employee_id": "b", "day": day, "n_messages": 3},
        {"employee_id": "b", "other_employee_id": "a", "day": day, "n_messages": 4},
        {"employee_id": "a", "other_employee_id": "a", "day": day, "n_messages": 9},
        {"employee_id": "a", "other_employee_id": "?", "day": day, "n_messages": 9},
    ]
    history = history_of(
        employees=[PERSON | {"employee_id": name} for name in "ab"],
        interactions=[row | {"channel": "chat"} for row in rows],
    )
    over = T - DAY
    assert history.tie_strength(over).nnz == 0
    assert history.tie_strength(over + 1).toarray().tolist() == [[0, 7], [7, 0]]
    assert history.tie_strength(over + 90 * DAY).nnz == 2
    assert history.tie_strength(over + 90 * DAY + 1).nnz == 0


def test_clocks_of_names_and_of_fixed_offsets():
    names = ["Europe/Berlin", "-07:00", "+05:30", "-03:30", "", "UTC"]
    hours = utc_offsets(names, np.full(6, T)) / 3_600_000_000
    assert hours.tolist() == [1, -7, 5.5, -3.5, 0, 0]
    assert zone("-07:00").utcoffset(None) == timedelta(hours=-7)
    assert moment(micros(NOON + TICK)) == NOON + TICK
    assert FIRST < micros(datetime(1, 1, 1, tzinfo=UTC)) < NEVER


def test_codes_of_nothing_and_of_empty_text():
    values = ["深", "b", "", "a", "B", "b"]
    number, names = codes(np.array(values, dtype=object))
    assert (number.tolist(), names.tolist()) == ([3, 2, -1, 1, 0, 2], ["B", "a", "b", "深"])
    number, names = codes(np.array(["", ""], dtype=object))
    assert (number.tolist(), names.tolist()) == ([-1, -1], [])
    number, names = codes(np.array([], dtype=object))
    assert (number.tolist(), names.tolist()) == ([], [])


def test_one_long_text_takes_room_in_its_own_row_alone():
    values = np.array(["a"] * 5_000 + ["b" * 100_000], dtype=object)
    tracemalloc.start()
    number, names = codes(values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert number.tolist() == [0] * 5_000 + [1]
    assert names.tolist() == ["a", "b" * 100_000]
    assert peak < 5_000_000
