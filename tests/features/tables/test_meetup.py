"""The Meetup extract through its mapping: real data, messy as it is."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
import pytest

from features.home import Home
from features.tables.importing import import_exports
from features.tables.snapshots import current_tables, read_tables

DATA = Path(__file__).parents[4] / "shared" / "data" / "meetup-montana"
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="the extract is not beside the repository"),
]


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("meetup"))
    report = import_exports(home, DATA, "meetup")
    snapshot = current_tables(home)
    return report, snapshot, read_tables(snapshot)


def _csv(name):
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _moment(milliseconds):
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def test_row_counts(imported):
    report, snapshot, _tables = imported
    assert snapshot.n_rows == {
        "employees": 1027, "project_groups": 13, "memberships": 1056, "activities": 705,
        "participations": 6998, "survey_answers": 9677,
    }  # fmt: skip
    answers = report.as_json()["tables"]["participations"]
    assert (answers["read"], answers["kept"]) == (7023, 6998)
    assert answers["left_out"] == {"employee_id is not in employees": 25}
    assert "workdays" in report.absent


def test_everything_known_until_just_after_the_newest_record(imported):
    newest = max(int(row["created"]) for row in _csv("rsvps"))
    newest = max(newest, *(int(row["joined"]) for row in _csv("members")))
    until = imported[1].data_until
    assert until.replace(microsecond=0) == _moment(newest)
    assert until.microsecond == 1


def test_every_event_whose_venue_is_known_has_its_place(imported):
    venues = {row["venue_id"]: row for row in _csv("venues")}
    activities = {row["activity_id"]: row for row in imported[2]["activities"].to_pylist()}
    n_placed = 0
    for event in _csv("events"):
        activity = activities[event["event_id"]]
        venue = venues.get(event["venue_id"].removesuffix(".0"))
        assert activity["mode"] == ("onsite" if event["venue_id"] else None)
        if venue:
            assert activity["latitude"] == pytest.approx(float(venue["lat"]), abs=0.1)
            assert activity["city"]
            n_placed += 1
    assert n_placed == 705 - pc.sum(pc.is_null(imported[2]["activities"]["latitude"])).as_py()
    assert n_placed > 600


def test_an_activity_tells_its_group_time_and_words(imported):
    groups_topics = _csv("groups_topics")
    activities = {row["activity_id"]: row for row in imported[2]["activities"].to_pylist()}
    for event in _csv("events"):
        activity = activities[event["event_id"]]
        assert json.loads(activity["audience"]) == {"project_group": [event["group_id"]]}
        assert activity["starts_at"] == _moment(event["starts"])
        assert activity["description"] == (event["keywords"] or None)
        tags = json.loads(activity["tags"])
        topics = {row["topic_id"] for row in groups_topics if row["group_id"] == event["group_id"]}
        assert set(tags) == topics
        assert sum(tags.values()) == pytest.approx(1)
    zones = {row["timezone"] for row in activities.values()}
    assert zones == {"-06:00", "-07:00"}
    assert {row["announced_at"] for row in activities.values()} == {None}


def test_a_series_is_a_group_and_a_title_without_its_numbers(imported):
    rows = imported[2]["activities"].to_pylist()
    series = {row["title"]: row["series_id"] for row in rows}
    assert all(row["series_id"].startswith(json.loads(row["audience"])["project_group"][0])
               for row in rows if row["series_id"])  # fmt: skip
    assert series["Lake County Coders December Gathering"] is not None


def test_answers_keep_their_own_time_also_after_the_start(imported):
    answers = {row["participation_id"]: row for row in imported[2]["participations"].to_pylist()}
    kinds = {"yes": "registered", "no": "declined"}
    n_late = 0
    starts = {row["event_id"]: int(row["starts"]) for row in _csv("events")}
    for row in _csv("rsvps"):
        answer = answers.get(f"{row['event_id']}:{row['member_id']}")
        if answer:
            assert answer["kind"] == kinds[row["response"]]
            assert answer["occurred_at"] == _moment(row["created"])
            n_late += int(row["created"]) > starts[row["event_id"]]
    assert n_late > 0


def test_members_are_hired_at_their_first_join(imported):
    first: dict[str, int] = {}
    for row in _csv("members"):
        joined = int(row["joined"])
        first[row["member_id"]] = min(joined, first.get(row["member_id"], joined))
    employees = imported[2]["employees"].to_pylist()
    assert {row["employee_id"]: row["hired_at"] for row in employees} == {
        member: _moment(joined) for member, joined in first.items()
    }
    assert {row["left_at"] for row in employees} == {None}


def test_a_topic_is_a_five_from_the_first_join_that_names_it(imported):
    rows = imported[2]["survey_answers"].to_pylist()
    assert len({(row["employee_id"], row["topic"]) for row in rows}) == len(rows)
    assert {row["rating"] for row in rows} == {5.0}
