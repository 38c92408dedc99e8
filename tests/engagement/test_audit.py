"""The audit log: no answer without an entry, and no entry changed, removed or cut off unseen."""

import threading

import pytest

from engagement import audit_check
from engagement.audit import Caller, append_entry, erase_person, newest_entries
from engagement.audit_check import walk
from engagement.database import open_database
from features.errors import NotReadyError
from features.home import Home

CALLER = Caller("k1", "hr_system", "POST /v1/recommendations", "q1")


@pytest.fixture
def log(database):
    """Five entries: about E0 and all, E1 and all, ..."""
    for number in range(5):
        add(database, [f"E{number}", "all"])
    return database


def add(database, employee_ids):
    with database.begin() as transaction:
        return append_entry(transaction, CALLER, employee_ids)


def broken(database):
    found = walk(database)
    return found.holding, found.broken, found.problem


def test_an_empty_log_holds(database):
    assert broken(database) == (0, None, "")


def test_entries_are_numbered_without_gaps_and_hold(log):
    assert add(log, []) == 6
    assert broken(log) == (6, None, "")
    assert [entry["seq"] for entry in newest_entries(log, 10)] == [6, 5, 4, 3, 2, 1]


def test_an_entry_says_who_asked_and_about_how_many(log):
    (entry,) = newest_entries(log, 1)
    assert {name: entry[name] for name in vars(CALLER)} == vars(CALLER)
    assert (entry["people"], entry["status"]) == (2, 200)


def test_entries_about_one_person_are_found(log):
    assert [entry["seq"] for entry in newest_entries(log, 10, "E2")] == [3]
    assert [entry["seq"] for entry in newest_entries(log, 2, "all")] == [5, 4]
    assert newest_entries(log, 10, "nobody") == []


def test_a_failed_transaction_leaves_no_entry_and_no_gap(log):
    def fail():
        with log.begin() as transaction:
            append_entry(transaction, CALLER, ["E9"])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert broken(log) == (5, None, "")
    assert add(log, ["E9"]) == 6


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE audit_log SET role = 'admin' WHERE seq = 3", (2, 3, audit_check.CHANGED)),
        ("UPDATE audit_log SET at = '2020' WHERE seq = 1", (0, 1, audit_check.CHANGED)),
        ("UPDATE audit_log SET hash = previous_hash WHERE seq = 5", (4, 5, audit_check.CHANGED)),
        ("UPDATE audit_head SET hash = 'x'", (4, 5, audit_check.CHANGED)),
        ("DELETE FROM audit_log WHERE seq = 2", (1, 2, audit_check.MISSING)),
        ("DELETE FROM audit_log WHERE seq > 3", (3, 4, audit_check.MISSING)),
        ("DELETE FROM audit_log", (0, 1, audit_check.MISSING)),
        ("UPDATE audit_log SET seq = 9 WHERE seq = 5", (4, 5, audit_check.MISSING)),
        ("UPDATE audit_head SET entries = 4", (3, 4, audit_check.CHANGED)),
        ("DELETE FROM audit_head", (0, 1, audit_check.NO_HEAD)),
        ("DELETE FROM audit_subjects WHERE seq = 4", (3, 4, audit_check.PEOPLE_CHANGED)),
        ("UPDATE audit_subjects SET employee_id = 'E9' WHERE seq = 2",
         (1, 2, audit_check.PEOPLE_CHANGED)),
        ("UPDATE audit_subjects SET employee_id = NULL WHERE seq = 2",
         (1, 2, audit_check.PEOPLE_CHANGED)),
        ("UPDATE audit_subjects SET number = 1 - number + 10 WHERE seq = 5",
         (4, 5, audit_check.PEOPLE_CHANGED)),
    ],
)  # fmt: skip
def test_what_was_done_to_it_shows_at_the_first_entry_it_breaks(log, tampering, found):
    log.write(tampering, [{}])
    assert broken(log) == found


def test_an_entry_that_was_not_counted_shows(log):
    log.write(
        "INSERT INTO audit_log SELECT 6, at, key_id, role, call, request_id, status, "
        "subjects_digest, hash, 'x' FROM audit_log WHERE seq = 5",
        [{}],
    )
    assert broken(log) == (5, 6, audit_check.NOT_COUNTED)


def test_a_log_cut_apart_takes_no_further_entry(log):
    log.write("DELETE FROM audit_head", [{}])
    with pytest.raises(NotReadyError, match="lost its head"):
        add(log, ["E9"])


def test_an_erased_person_is_gone_from_the_log_which_still_holds(log):
    with log.begin() as transaction:
        assert erase_person(transaction, "all") == 5
    assert broken(log) == (5, None, "")
    assert newest_entries(log, 10, "all") == []
    assert [entry["seq"] for entry in newest_entries(log, 10, "E4")] == [5]
    left = log.read("SELECT * FROM audit_subjects WHERE number = 1")
    assert all(row["salt"] is None and row["employee_id"] is None for row in left)


def test_equal_people_have_other_digests_each_time(log):
    rows = log.read("SELECT digest FROM audit_subjects WHERE employee_id = 'all'")
    assert len({row["digest"] for row in rows}) == 5


def test_long_logs_are_walked_in_parts(log, monkeypatch):
    monkeypatch.setattr(audit_check, "AT_ONCE", 2)
    assert broken(log) == (5, None, "")


def test_threads_on_two_connections_append_to_one_chain(database, tmp_path):
    other = open_database(Home(tmp_path))
    together = threading.Barrier(4)

    def append(into, who):
        together.wait()
        for _ in range(15):
            add(into, [who])

    threads = [
        threading.Thread(target=append, args=(into, f"E{number}"))
        for number, into in enumerate((database, other, database, other))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert broken(database) == (60, None, "")
