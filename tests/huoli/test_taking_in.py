"""What arrived over REST is in the tables once features are computed, and is trained on."""

from datetime import datetime, timedelta

import pytest

from engagement.database import open_database
from engagement.events import Event, store_events
from engagement.records import store_record
from features import clock
from features.tables.snapshots import current_tables, read_table
from huoli.taking_in import take_in
from serving.desk import Desk
from serving.resources import Resources


@pytest.fixture
def database(own_home):
    found = open_database(own_home)
    yield found
    found.close()


def send(database, number, activity="soon-quiz"):
    event = Event(f"e{number}", "P005", activity, "registered", clock.now())
    assert store_events(database, [event], clock.now()) == ["accepted"]


def put(database, activity_id, **more):
    content = {"activity_id": activity_id, "title": "new", "timezone": "+08:00", "state": "draft",
               "starts_at": "2026-06-20T08:00:00+00:00", "announced_at": None,
               "cancelled_at": None, "tags": {"quiz": 1.0}} | more  # fmt: skip
    store_record(database, "activity", activity_id, clock.now(), lambda _: content)


def rows_of(home, table, column):
    return read_table(current_tables(home), table)[column].to_pylist()


def test_events_and_records_are_in_the_tables_once(own_home, database):
    imported = current_tables(own_home)
    put(database, "rest-1")
    send(database, 1, "rest-1")
    snapshot, n = take_in(own_home)
    assert n == 2
    assert snapshot.imported_until == imported.data_until
    assert snapshot.data_until > imported.data_until
    assert rows_of(own_home, "participations", "participation_id").count("e1") == 1
    assert rows_of(own_home, "activities", "activity_id").count("rest-1") == 1
    again, _ = take_in(own_home)
    assert again.snapshot_id == snapshot.snapshot_id
    send(database, 2)
    newer, _ = take_in(own_home)
    assert newer.snapshot_id != snapshot.snapshot_id
    assert rows_of(own_home, "participations", "participation_id").count("e1") == 1
    assert rows_of(own_home, "activities", "activity_id").count("rest-1") == 1


def test_with_nothing_new_the_tables_stay(own_home):
    before = current_tables(own_home)
    assert take_in(own_home) == (before, 0)


def test_what_was_taken_in_answers_and_reads_as_before(own_home, database):
    put(database, "rest-1", state="approved")
    put(database, "rest-2")
    store_record(database, "activity", "rest-2", clock.now(), lambda _: None)
    send(database, 1)

    def seen():
        desk = Desk(own_home)
        desk.open()
        board, kept = desk.state.board, Resources("activity", desk.database, desk.state)
        found = {one.record_id: one.content["state"] for one in kept.all()}
        answered = {str(board.history.activities.ids[one]) for one in board.answers.activity}
        told = (found, answered, desk.state.as_of, kept.get("rest-1").etag)
        desk.close()
        return told

    before = seen()
    take_in(own_home)
    assert seen() == before
    assert before[0]["rest-1"] == "approved"
    assert "rest-2" not in before[0]


def test_a_deleted_draft_that_was_to_be_announced_never_opens(own_home, database, monkeypatch):
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    put(database, "rest-1", state="approved", announced_at=soon)
    store_record(database, "activity", "rest-1", clock.now(), lambda _: None)
    monkeypatch.setenv("HUOLI_NOW", (clock.now() + timedelta(hours=2)).isoformat())
    desk = Desk(own_home)
    desk.open()
    board = desk.state.board
    assert "rest-1" not in {str(board.history.activities.ids[one]) for one in board.open}
    desk.close()


def test_the_command_says_what_it_took_in(own_home, database, company):
    send(database, 1)
    done = company.run_huoli(own_home, "features")
    assert done.returncode == 0, done.stderr
    assert "Took in 1 events and records" in done.stdout
    assert isinstance(current_tables(own_home).imported_until, datetime)
