"""Events are kept once, in order of arrival, and an id stands for one event for ever."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from engagement.database import open_database
from engagement.events import Event, all_events, events_after, store_events
from features.home import Home

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


def event(number, **more):
    given = {"event_id": f"e{number}", "employee_id": "E1", "activity_id": "A1",
             "kind": "registered", "occurred_at": NOW - timedelta(hours=1)}  # fmt: skip
    return Event(**given | more)


def test_each_event_is_kept_as_it_was_sent(database):
    assert store_events(database, [event(1), event(2, kind="rated", value=4.0)], NOW) == [
        "accepted", "accepted",
    ]  # fmt: skip
    one, two = all_events(database)
    assert (one["event_id"], one["kind"], one["value"]) == ("e1", "registered", None)
    assert (two["event_id"], two["value"]) == ("e2", 4.0)
    assert one["occurred_at"] == "2026-06-01T07:00:00.000000+00:00"
    assert one["recorded_at"] == "2026-06-01T08:00:00.000000+00:00"


def test_sent_twice_it_counts_once(database):
    assert store_events(database, [event(1), event(1)], NOW) == ["accepted", "duplicate"]
    assert store_events(database, [event(1)], NOW + timedelta(days=1)) == ["duplicate"]
    assert len(all_events(database)) == 1


@pytest.mark.parametrize(
    "other",
    [{"employee_id": "E2"}, {"activity_id": "A2"}, {"kind": "declined"}, {"value": 1.0},
     {"occurred_at": NOW}],
)  # fmt: skip
def test_an_id_stands_for_one_event_for_ever(database, other):
    store_events(database, [event(1)], NOW)
    assert store_events(database, [event(1, **other), event(2)], NOW) == ["conflict", "accepted"]
    assert [one["kind"] for one in all_events(database)] == ["registered", "registered"]


def test_more_than_fit_into_a_statement_are_told_apart(database):
    many = [event(number) for number in range(1500)]
    assert set(store_events(database, many, NOW)) == {"accepted"}
    assert set(store_events(database, many, NOW)) == {"duplicate"}


def test_a_reader_gets_what_arrived_since(database):
    store_events(database, [event(1), event(2)], NOW)
    seen = events_after(database, 0)[-1]["seq"]
    assert events_after(database, seen) == []
    store_events(database, [event(3)], NOW)
    assert [one["event_id"] for one in events_after(database, seen)] == ["e3"]
    assert len(events_after(database, 0, limit=2)) == 2


def test_a_clock_set_back_does_not_change_the_order(database):
    store_events(database, [event(1)], NOW)
    store_events(database, [event(2)], NOW - timedelta(hours=5))
    first, second = all_events(database)
    assert first["recorded_at"] == second["recorded_at"]


def test_several_senders_at_once_lose_nothing_and_double_nothing(database, tmp_path):
    other = open_database(Home(tmp_path))

    def send(into, offset):
        for number in range(30):
            # every event is sent by both
            store_events(into, [event((number + offset) % 30), event(f"{offset}-{number}")], NOW)

    threads = [threading.Thread(target=send, args=pair) for pair in ((database, 0), (other, 7))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    found = all_events(database)
    assert len(found) == len({one["event_id"] for one in found}) == 30 + 60
    assert [one["seq"] for one in found] == sorted(one["seq"] for one in found)
