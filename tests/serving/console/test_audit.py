"""Who read people's data: pages of the audit log, and whether it is whole."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from engagement.audit import Caller, append_entry
from engagement.audit_pages import Wanted, entries_wanted, n_entries
from engagement.keys import create_key
from serving.console import audit, audit_checks
from serving.console.audit_checks import Check, begin_check, check_file, last_check


@pytest.fixture
def entries(desk):
    """Seven entries by two keys, about one to four people."""
    keys = [create_key(desk.database, "hr_system", label)[0].key_id for label in ("HRIS", "Intra")]
    for number in range(7):
        caller = Caller(keys[number % 2], "hr_system", "POST /v1/recommendations", f"r{number}")
        with desk.database.begin() as transaction:
            people = [f"E{n:02}" for n in range(number % 4 + 1)]
            append_entry(transaction, caller, people, 200 if number else 404)
    return keys


def test_entries_are_of_a_key_and_a_span_and_come_in_pages(desk, entries):
    def found(limit=10, **wanted):
        return [row["seq"] for row in entries_wanted(desk.database, Wanted(**wanted), limit)]

    now = datetime.now(UTC)
    assert found() == [7, 6, 5, 4, 3, 2, 1]
    assert found(limit=2, before=6) == [5, 4]
    assert found(key_id=entries[1]) == [6, 4, 2]
    assert found(since=now - timedelta(hours=1), until=now + timedelta(hours=1)) == found()
    assert found(until=now - timedelta(hours=1)) == found(key_id="'; --") == []
    assert n_entries(desk.database) == 7
    assert [row["people"] for row in entries_wanted(desk.database, Wanted(), 2)] == [3, 2]


def test_the_page_tells_key_call_and_count_and_nobodys_id(entries, visitor, monkeypatch):
    monkeypatch.setattr(audit, "A_PAGE", 3)
    who = visitor("hr_reviewer")
    page = who.get("/console/audit").text
    for text in ("HRIS", entries[0], "Suggestions for people", "7 entries in all", "entry 7"):
        assert text in page, text
    assert "E00" not in page
    assert "before=5" in page
    older = who.get("/console/audit?before=3").text
    assert "entry 1" in older
    assert "refused" in older
    assert "Newest entries" in older
    assert "Older entries" not in older
    of_one = who.get(f"/console/audit?key={entries[1]}").text
    assert "entry 6" in of_one
    assert "entry 7" not in of_one


def test_a_day_is_one_where_the_company_is(entries, visitor, monkeypatch):
    since, until = audit._span(datetime(2026, 5, 1).date(), "Asia/Shanghai")
    assert (since.isoformat(), until - since) == ("2026-04-30T16:00:00+00:00", timedelta(days=1))
    who = visitor("admin")
    assert "No entry is like this" in who.get("/console/audit?day=2001-01-01").text
    for text in ("yesterday", "0001-01-01", "9999-12-31", "<b>"):
        found = who.get("/console/audit", params={"day": text})
        assert found.status_code == 422
        assert "Give a day" in found.text
    assert who.get("/console/audit?before=99999999999999999999999").status_code == 200


@pytest.mark.parametrize("role", ["data_scientist", "hr_system"])
def test_who_may_not_see_it_is_refused_and_not_led_there(visitor, role):
    who = visitor(role)
    assert who.get("/console/audit").status_code == 403
    assert "/console/audit" not in who.get("/console/data").text


def test_the_check_says_whether_every_entry_holds(desk, entries, visitor):
    who = visitor("admin")
    assert "Not checked yet." in who.get("/console/audit").text
    found = who.send("/console/audit/check")
    assert found.headers["location"] == "/console/audit#whole"
    assert "all 7 entries hold" in who.get("/console/audit").text
    desk.database.write("UPDATE audit_log SET status = 500 WHERE seq = :seq", [{"seq": 3}])
    begin_check(desk)
    page = who.get("/console/audit", headers={"accept-language": "zh"}).text
    assert "第 3 条" in page
    assert last_check(desk.home).holding == 2


def test_a_check_under_way_is_waited_for_and_not_begun_twice(desk, entries, visitor, monkeypatch):
    def walk(database, beat):
        pytest.fail("was begun twice")

    began = datetime.now(UTC).isoformat()
    audit_checks._keep(desk.home, {"began": began})
    monkeypatch.setattr(audit_checks, "walk", walk)
    begin_check(desk)
    assert last_check(desk.home) == Check(began)
    page = visitor("hr_reviewer").get("/console/audit").text
    assert "data-refresh" in page
    assert "Being checked since" in page
    check_file(desk.home).write_text("nonsense")
    assert last_check(desk.home) is None


def test_a_check_that_gives_no_sign_or_fails_has_ended(desk, entries, monkeypatch):
    file = check_file(desk.home)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"began": "2026-06-01T00:00:00+00:00"}')
    assert last_check(desk.home).is_running
    os.utime(file, (time.time() - 400,) * 2)
    assert last_check(desk.home) is None

    def broken(database, beat):
        beat()
        raise ValueError("x")

    monkeypatch.setattr(audit_checks, "walk", broken)
    begin_check(desk)
    assert last_check(desk.home) is None


def test_a_number_too_long_for_any_entry_is_none(entries, visitor):
    assert visitor("hr_reviewer").get("/console/audit?before=" + "9" * 5000).status_code == 200
