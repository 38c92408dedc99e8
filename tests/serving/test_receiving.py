"""What is taken of a batch of events, what is refused, and why."""

from datetime import timedelta

import pytest

from engagement.events import all_events
from features import clock
from serving.contract import EventsRequest
from serving.desk import Desk
from serving.problems import Problem

pytestmark = pytest.mark.usefixtures("on_both")


def sent(number=1, **more):
    return {"event_id": f"e{number}", "employee_id": "E05", "activity_id": "quiz-all",
            "kind": "registered", "occurred_at": "2026-05-31T10:00:00+08:00"} | more  # fmt: skip


def receive(desk, *events, language="en"):
    return desk.receive(EventsRequest(events=list(events)), language)


def test_a_good_event_is_on_disk_when_it_is_acknowledged(desk):
    answer = receive(desk, sent())
    assert (answer.accepted, answer.duplicates, answer.refused) == (1, 0, 0)
    assert answer.results[0].model_dump() == {
        "event_id": "e1", "status": "accepted", "errors": [],
    }  # fmt: skip
    (kept,) = all_events(desk.database)
    assert kept["occurred_at"] == "2026-05-31T02:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("more", "field", "rule"),
    [
        ({"employee_id": "nobody"}, "employee_id", "names nobody who is or was at the company"),
        ({"activity_id": "none"}, "activity_id", "names no activity"),
        ({"kind": "danced"}, "kind", "must be one of"),
        ({"occurred_at": "2027-01-01T00:00:00Z"}, "occurred_at", "lies in the future"),
        ({"occurred_at": "2026-05-31T10:00:00"}, "occurred_at", "must state its offset"),
        ({"occurred_at": 1_780_000_000}, "occurred_at", "must be a moment such as"),
        ({"kind": "rated"}, "value", "is required where the kind is rated"),
        ({"kind": "rated", "value": 6}, "value", "must lie between 1 and 5"),
        ({"kind": "progressed", "value": -0.1}, "value", "must lie between 0 and 1"),
        ({"event_id": ""}, "event_id", "must have at least 1 characters"),
        ({"event_id": "a\x00"}, "event_id", "must not hold the character U+0000"),
        ({"mood": "good"}, "mood", "is no field of this request"),
    ],
)
def test_one_bad_event_is_refused_with_its_reason_and_holds_up_no_other(desk, more, field, rule):
    answer = receive(desk, sent(1), sent(2, **more), sent(3))
    assert [one.status for one in answer.results] == ["accepted", "refused", "accepted"]
    (error,) = answer.results[1].errors
    assert error.field == field
    assert error.rule.startswith(rule)
    assert len(all_events(desk.database)) == 2


@pytest.mark.parametrize("what", [None, 3, "text", [], {}])
def test_what_is_no_event_at_all_is_refused_too(desk, what):
    answer = receive(desk, what, sent())
    assert [one.status for one in answer.results] == ["refused", "accepted"]
    assert answer.results[0].event_id is None
    assert answer.results[0].errors


def test_sent_again_it_counts_once_and_another_under_its_id_is_refused(desk):
    receive(desk, sent())
    answer = receive(desk, sent(), sent(kind="declined"))
    assert [one.status for one in answer.results] == ["duplicate", "refused"]
    assert answer.results[1].errors[0].field == "event_id"
    assert answer.duplicates == 1


def test_a_sender_whose_clock_runs_a_little_ahead_is_heard(desk):
    soon = (clock.now() + timedelta(minutes=2)).isoformat()
    assert receive(desk, sent(occurred_at=soon)).accepted == 1


def test_reasons_come_in_the_readers_language(desk):
    answer = receive(desk, sent(employee_id="nobody"), language="zh")
    assert answer.results[0].errors[0].rule == "不是公司现在或过去的员工"


def test_before_an_import_nobody_is_known_and_nothing_is_taken(tmp_path):
    from features.home import Home

    desk = Desk(Home(tmp_path))
    desk.open()
    with pytest.raises(Problem) as refused:
        receive(desk, sent())
    assert refused.value.status == 503
    desk.close()
