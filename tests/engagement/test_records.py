"""Every version of a record is kept; nobody's change is lost to another's."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from engagement.database import open_database
from engagement.forgetting import forget_rows, named_in, rows_of
from engagement.records import (
    newest_record,
    newest_records,
    records_after,
    store_record,
)
from features.home import Home

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


def put(database, record_id, content, kind="activity", now=NOW):
    return store_record(database, kind, record_id, now, lambda _: content)


def test_the_newest_version_counts_and_the_others_stay(database):
    one = put(database, "a", {"title": "one"})
    two = put(database, "a", {"title": "two"})
    assert newest_record(database, "activity", "a") == two
    assert [version.content["title"] for version in records_after(database, 0)] == ["one", "two"]
    assert records_after(database, one.seq) == [two]
    assert one.etag != two.etag


def test_the_same_content_later_is_another_version(database):
    one = put(database, "a", {"title": "one"})
    two = put(database, "a", {"title": "one"}, now=NOW + timedelta(seconds=1))
    assert one.etag != two.etag


def test_kinds_have_ids_of_their_own(database):
    put(database, "a", {"x": 1}, "activity")
    put(database, "a", {"x": 2}, "employee")
    assert newest_record(database, "employee", "a").content == {"x": 2}
    assert [one.content for one in newest_records(database, "activity")] == [{"x": 1}]


def test_a_deleted_one_is_a_version_without_content(database):
    put(database, "a", {"x": 1})
    put(database, "a", None)
    assert newest_record(database, "activity", "a").content is None


def test_a_refusal_keeps_nothing(database):
    def refuse(_):
        raise LookupError

    with pytest.raises(LookupError):
        store_record(database, "activity", "a", NOW, refuse)
    assert records_after(database, 0) == []


def test_of_two_writers_each_sees_what_the_other_made(database, tmp_path):
    other = open_database(Home(tmp_path))

    def count(into):
        for _ in range(25):
            store_record(
                into, "activity", "a", NOW,
                lambda was: {"n": was.content["n"] + 1 if was else 1},
            )  # fmt: skip

    threads = [threading.Thread(target=count, args=[into]) for into in (database, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert newest_record(database, "activity", "a").content == {"n": 50}


@pytest.mark.parametrize("who", ["CORP\\jdoe", 'a"b', '张"三'])
def test_an_id_that_json_writes_otherwise_is_found_and_forgotten(database, who):
    for one in (who, who + "0"):
        name = json.dumps([one, "G1"], ensure_ascii=False)
        put(database, name, {"employee_id": one}, "membership")
        put(database, f"of-{one == who}", {"organiser_id": one})
    assert [row["kind"] for row in rows_of(database, who)["records"]] == ["membership"]
    assert forget_rows(database, who)["records"] == 2
    assert named_in(database, who) == []
    left = [one.content for one in records_after(database, 0)]
    other = who + "0"
    assert left == [{"organiser_id": None}, {"employee_id": other}, {"organiser_id": other}]
