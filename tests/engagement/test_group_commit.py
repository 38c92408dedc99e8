"""Many wait for one flush; what cannot be kept is told to whoever handed it in, and to no other."""

import threading

import pytest

from engagement.group_commit import GroupCommit


def keep(transaction, numbers):
    rows = [{"event_id": f"e{n}", "employee_id": "E1", "activity_id": "A1", "kind": "viewed",
             "occurred_at": "2026-01-01", "value": None, "recorded_at": "2026-01-01"}
            for n in numbers]  # fmt: skip
    transaction.insert("events", rows)


def kept(database):
    return {row["event_id"] for row in database.read("SELECT event_id FROM events")}


def test_what_several_threads_hand_in_is_kept_when_it_is_done(database):
    group, seen = GroupCommit(database, keep), []

    def hand_in(begin):
        for n in range(begin, begin + 20):
            group.keep(n).result(20)
            seen.append(f"e{n}" in kept(database))

    threads = [threading.Thread(target=hand_in, args=(100 * n,)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    group.close()
    assert seen == [True] * 80
    assert len(kept(database)) == 80


def test_one_that_cannot_be_kept_takes_no_other_with_it(database):
    group = GroupCommit(database, keep)
    group.keep(1).result(20)
    waiting = [group.keep(n) for n in (2, 1, 3)]
    assert waiting[0].result(20) is None
    with pytest.raises(Exception, match=r"(?i)unique"):
        waiting[1].result(20)
    assert waiting[2].result(20) is None
    group.close()
    assert kept(database) == {"e1", "e2", "e3"}


def test_closing_keeps_what_waits_and_it_can_be_used_again(database):
    group = GroupCommit(database, keep)
    waiting = [group.keep(n) for n in range(50)]
    group.close()
    assert all(one.done() for one in waiting)
    group.keep(50).result(20)
    group.close()
    assert len(kept(database)) == 51


def test_whoever_has_gone_away_is_not_kept_and_stops_nobody(database):
    group = GroupCommit(database, keep)
    with database.begin(lock="events"):
        first = group.keep(1)
        gone = group.keep(2)
        assert gone.cancel() or gone.running()
        last = group.keep(3)
    first.result(20)
    last.result(20)
    group.close()
    assert {"e1", "e3"} <= kept(database)
