"""Everyone's lists as one stream: those of single calls, each on record."""

import asyncio
import json

import pytest

import serving.everyone
from engagement.answers import stored_recommendation
from engagement.audit import Caller, newest_entries
from engagement.erasures import begin_erasure
from features import clock
from serving.contract import EveryoneRequest


@pytest.fixture(scope="module")
def service(started, trained_home):
    with started(trained_home) as found:
        yield found


def asked(service, **body):
    answer = service.client.post("/v1/recommendations/all", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    head, *lists, end = [json.loads(line) for line in answer.text.splitlines()]
    assert end == {"lists": len(lists)}
    return head, lists


def single(service, employee, **body):
    answer = service.client.post("/v1/recommendations", json={"employee_id": employee, **body})
    return answer.json()["recommendations"][0]


def test_each_list_is_that_of_a_single_call_and_is_on_record(service):
    head, lists = asked(service, k=3, language="zh")
    assert head["model_version"]
    assert [one["employee_id"] for one in lists] == sorted(one["employee_id"] for one in lists)
    for one in lists[::40]:
        alone = single(service, one["employee_id"], k=3, language="zh")
        assert (alone["items"], alone["personal"]) == (one["items"], one["personal"])
        stored = stored_recommendation(service.database, one["recommendation_id"])
        assert stored["items"] == one["items"]
    people = sum(one["people"] for one in newest_entries(service.database, 1000)
                 if one["call"].endswith("/all"))  # fmt: skip
    assert people == len(lists)


def test_teams_can_be_chosen(service):
    _, everyone = asked(service, k=1)
    _, some = asked(service, k=1, function=["R&D"])
    assert 0 < len(some) < len(everyone)
    _, nobody = asked(service, function=["no such team"])
    assert nobody == []


@pytest.mark.parametrize(("body", "field"), [
    ({"k": 0}, "k"), ({"employee_id": "E1"}, "employee_id"), ({"function": []}, "function"),
    ({"per_family": "many"}, "per_family"),
])  # fmt: skip
def test_a_bad_request_is_refused_by_field(service, body, field):
    answer = service.client.post("/v1/recommendations/all", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_what_is_excluded_is_on_no_list(service):
    _, lists = asked(service, k=100)
    gone = lists[0]["items"][0]["activity_id"]
    _, without = asked(service, k=100, exclude_activity_ids=[gone])
    assert gone not in {item["activity_id"] for one in without for item in one["items"]}


def test_no_more_in_a_week_than_asked_for(service):
    first = single(service, "P005", k=1)["items"]
    again = single(service, "P005", k=100, per_week=1)["items"]
    assert {item["activity_id"] for item in again} <= {item["activity_id"] for item in first} | {
        item["activity_id"] for item in single(service, "P005", k=100, per_week=1)["items"]
    }


@pytest.mark.parametrize("looks", [True, False])
def test_who_is_erased_while_it_streams_is_told_of_no_more(desk, home, monkeypatch, looks):
    monkeypatch.setattr(serving.everyone, "AT_ONCE", 5)
    caller = Caller("k", "hr_system", "POST /v1/recommendations/all", "r")

    async def streamed():
        lines = serving.everyone._lines(desk, desk.state, EveryoneRequest(), "en", caller)
        told = [await anext(lines), await anext(lines)]
        begin_erasure(home, desk.database, "E20", clock.now())
        if looks:
            desk.erasures.look(desk.database)
        return told + [one async for one in lines]

    _head, *lists, end = b"".join(asyncio.run(streamed())).splitlines()
    people = [json.loads(one)["employee_id"] for one in lists]
    assert "E20" not in people
    assert len(people) == json.loads(end)["lists"] == 24
