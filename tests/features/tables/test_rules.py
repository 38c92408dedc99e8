"""Single values that a canonical column takes or refuses, each through a whole import."""

# ruff: noqa: S608 - the SQL is this test's own

import pytest

ACTIVITY = """
    SELECT id AS activity_id, title, starts AS starts_at, '+08:00' AS timezone, _file, _row,
        CASE id WHEN 'A1' THEN NULLIF('{value}', '') END AS {column}
    FROM events
"""
GOOD = {
    "tags": ["", "{}", '{"go": 0.5, "棋": 1}'],
    "prerequisites": ["[]", '["T1"]'],
    "audience": ["", "{}", '{"city": ["成都"], "not": {"tenure_days": {"below": 30}}}'],
    "format": ["team", " team "],
    "mode": ["online"],
    "capacity": ["1", "20.0", "1e2"],
    "reward_points": ["0", "2.5"],
    "latitude": ["-90", "30.67"],
    "cancelled_at": ["2026-05-01", "2026-05-01T08:00:00Z", "2026-05-01 08:00:00+08:00"],
}
BAD = {
    "tags": ["{", '["go"]', '{"go": "much"}', '{"go": -1}', "go"],
    "prerequisites": ["T1", '{"a": 1}', "[1]"],
    "audience": ['["E1"]', '{"employee_id": ["E1"]}', "{"],
    "format": ["crowd", "Team"],
    "mode": ["moon"],
    "capacity": ["0", "2.5", "-3", "many"],
    "reward_points": ["-1", "nan", "inf"],
    "latitude": ["90.5", "-91"],
    "cancelled_at": ["1970-01-01", "2999-12-31", "tomorrow", "infinity", "2026-02-30"],
}


def _kept(company, column, value):
    company.select("activities", ACTIVITY.format(column=column, value=value))
    return company.imported().tables["activities"].kept


def _cases(values):
    return [(column, value) for column, several in values.items() for value in several]


@pytest.mark.parametrize(("column", "value"), _cases(GOOD))
def test_a_good_value_is_kept(company, column, value):
    assert _kept(company, column, value) == 2


@pytest.mark.parametrize(("column", "value"), _cases(BAD))
def test_a_bad_value_costs_its_row(company, column, value):
    assert _kept(company, column, value) == 1


ZONES = {"Asia/Shanghai": 3, "-07:00": 3, "+14:00": 3, "Beijing": 2, "+8": 2, "+15:00": 2, "": 2}


@pytest.mark.parametrize(("zone", "n_kept"), ZONES.items())
def test_a_time_zone_is_a_name_or_an_offset(company, zone, n_kept):
    company.select(
        "employees",
        f"SELECT 工号 AS employee_id, 入职 AS hired_at, 'no' AS profiling_opt_out, "
        f"CASE 工号 WHEN 'E1' THEN '{zone}' ELSE 'Asia/Shanghai' END AS timezone FROM people",
    )
    assert company.imported().tables["employees"].kept == n_kept


def test_ids_lose_the_point_that_a_data_frame_gave_them(company):
    company.change("events.csv", "A1,Quiz", "101,Quiz")
    company.change("signups.csv", "E2,A1", "E2,101")
    company.select("activities", "SELECT TRY_CAST(id AS DOUBLE) AS activity_id, title, "
                   "starts AS starts_at, 'UTC' AS timezone FROM events")  # fmt: skip
    report = company.imported().tables
    assert [row["activity_id"] for row in company.rows("activities")] == ["101"]
    assert report["participations"].kept == 1


def test_days_and_flags_of_a_database_keep_their_types(company):
    company.select(
        "employees",
        "SELECT 工号 AS employee_id, DATE '2020-01-01' AS hired_at, 'UTC' AS timezone, "
        "工号 = 'E2' AS profiling_opt_out, TIMESTAMP '2026-01-01 08:00:00' AS left_at FROM people",
    )
    company.imported()
    assert [row["profiling_opt_out"] for row in company.rows("employees")] == [False, True, False]
    assert str(company.rows("employees")[0]["left_at"]) == "2026-01-01 08:00:00+00:00"
