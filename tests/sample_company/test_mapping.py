"""The mapping sample_company makes all canonical tables of the exports, and sets bad rows aside."""

import json

import pyarrow.compute as pc
import pytest

from features.home import Home
from features.tables.importing import import_exports
from features.tables.schemas import TABLES
from features.tables.snapshots import current_tables, read_table
from sample_company.exports import write_exports
from sample_company.settings import DAY
from sample_company.vocabulary import TAGS, TEMPLATES


@pytest.fixture(scope="module")
def imported(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("imported")
    write_exports(small, folder / "export")
    home = Home(folder / "home")
    report = import_exports(home, folder / "export", "sample_company")
    tables = current_tables(home)
    return report, {name: read_table(tables, name) for name in TABLES}


def _values(table, column):
    return set(pc.unique(table[column]).to_pylist())


def test_all_tables_come_out_and_the_end_is_known(imported, small):
    report, tables = imported
    assert all(table.num_rows for table in tables.values())
    assert report.absent == []
    assert report.data_until.timestamp() == small.settings.end


def test_bad_rows_are_set_aside_and_no_others(imported):
    report, _tables = imported
    given = {name: table["quarantined"] for name, table in report.as_json()["tables"].items()}
    assert {name: rules for name, rules in given.items() if rules} == {
        "employees": {"hired_at is missing": 1},
        "participations": {
            "kind is missing": 4, "occurred_at lies before the activity was announced": 2,
        },
        "workdays": {"hours is above 24": 4, "absent is missing": 5},
        "customer_contacts": {"n_complaints is negative": 2},
    }  # fmt: skip
    left_out = {name: table["left_out"] for name, table in report.as_json()["tables"].items()}
    assert {name: rules for name, rules in left_out.items() if rules} == {
        name: {"employee_id is not in employees": 3} for name in ("participations", "workdays")
    }


def test_repeated_rows_collapse(imported):
    report, _tables = imported
    repeated = {name: table["duplicates"] for name, table in report.as_json()["tables"].items()}
    assert repeated["participations"] > 10
    assert repeated["workdays"] > 10
    assert repeated["interactions"] > 1


def test_codes_become_canonical(imported):
    _report, tables = imported
    assert _values(tables["employees"], "function") == {"R&D", "customer success", "corporate"}
    assert _values(tables["employees"], "level") <= {"P4", "P5", "P6", "P7", "P8", "P9"}
    assert len(_values(tables["employees"], "city")) == 9
    assert tables["employees"]["latitude"].null_count == 0
    assert _values(tables["activities"], "template") == set(TEMPLATES)
    tags = {name for text in _values(tables["activities"], "tags") for name in json.loads(text)}
    topics = _values(tables["survey_answers"], "topic")
    assert tags <= set(TAGS)
    assert topics == {*TAGS, *TEMPLATES, "individual", "team", "online", "onsite"}
    assert _values(tables["interactions"], "channel") == {"chat", "mail", "meeting"}
    assert _values(tables["memberships"], "role") == {"lead", "member"}


def test_people_and_moments_are_those_of_the_world(imported, small):
    _report, tables = imported
    people, end = small.people, small.settings.end
    employees = tables["employees"].to_pylist()
    hired = {row["employee_id"]: int(row["hired_at"].timestamp()) for row in employees}
    left = {row["employee_id"]: int(row["left_at"].timestamp()) for row in employees
            if row["left_at"]}  # fmt: skip
    ids = people.employee_ids
    assert hired == {ids[i]: at for i, at in enumerate(people.hired.tolist()) if at < end}
    assert left == {ids[i]: at for i, at in enumerate(people.left.tolist()) if at < end}
    opted_out = {row["employee_id"] for row in employees if row["profiling_opt_out"]}
    assert 0 < len(opted_out) < 0.06 * len(hired)
    assert len(employees) > len(hired)


def test_activities_are_those_of_the_world(imported, small):
    _report, tables = imported
    for row in tables["activities"].to_pylist():
        activity = small.activities[row["activity_id"]]
        assert json.loads(row["tags"]) == activity.tags
        assert (json.loads(row["audience"]) if row["audience"] else None) == activity.audience
        assert row["reward_points"] == activity.reward_points
        starts = int(row["starts_at"].timestamp())
        assert starts in (activity.starts, activity.final_start)
        if row["announced_at"] is None:
            assert row["valid_from"].timestamp() == activity.created
        else:
            assert row["announced_at"].timestamp() == activity.announced
            assert row["announced_at"] <= row["valid_from"]


def test_attendance_is_recorded_for_all_families_but_tasks(imported, small):
    _report, tables = imported
    seen = {}
    for row in tables["participations"].select(["activity_id", "kind"]).to_pylist():
        family = small.activities[row["activity_id"]].template
        seen.setdefault(family, set()).add(row["kind"])
    assert all(("attended" in kinds) != (name == "cross_project_task")
               for name, kinds in seen.items())  # fmt: skip
    assert {"registered", "progressed", "completed"} <= seen["cross_project_task"]


def test_participations_are_the_outcomes_of_the_world(imported, small):
    _report, tables = imported
    rows = tables["participations"].filter(pc.equal(tables["participations"]["kind"], "attended"))
    came = {(row["activity_id"], row["employee_id"]) for row in rows.to_pylist()}
    ids, expected = small.people.employee_ids, set()
    for name, activity in small.activities.items():
        if activity.final_start + DAY < small.settings.end:
            if activity.template == "cross_project_task":
                continue
            outcome = small.outcomes[name]
            expected |= {(name, ids[person]) for person in outcome.people[outcome.took_part]}
    assert len(expected - came) < 15
