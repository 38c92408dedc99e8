"""A person erased while the service answers is unknown to it at once, and leaves no trace in it."""

import random
import signal
import subprocess
import sys
import time

import pytest

from engagement.audit_check import walk
from features import clock
from features.erased import erasures_in_file
from huoli.person.erasing import erase_person, rows_naming
from huoli.person.places import places_of
from huoli.person.searching import search
from training.registry.loading import load_models

WHO, OTHER, NOBODY = "P005", "P006", "P999"
PERSON = {"hired_at": "2025-01-06T08:00:00Z", "timezone": "Asia/Shanghai"}


def event(number, who):
    return {"event_id": f"s-{number}", "employee_id": who, "activity_id": "soon-quiz",
            "kind": "liked", "occurred_at": clock.now().isoformat()}  # fmt: skip


def answers(client, who):
    """What each call says of a person: status and errors, without what differs by the id."""
    told = [
        client.post("/v1/recommendations", json={"employee_id": who}),
        client.get(f"/v1/employees/{who}"),
        client.put(f"/v1/employees/{who}/memberships/G01", json={}),
        client.post("/v1/events", json={"events": [event(who, who)]}),
    ]
    found = [(one.status_code, one.json().get("errors")) for one in told[:3]]
    return [*found, told[3].json()["results"][0]["errors"]]


@pytest.mark.slow
def test_a_running_service_knows_an_erased_person_no_more(promotable_home, started):
    home = promotable_home
    with started(home) as service:
        client = service.client
        assert client.post("/v1/recommendations", json={"employee_id": WHO}).status_code == 200
        assert client.post("/v1/events", json={"events": [event(1, WHO)]}).json()["accepted"] == 1
        assert client.put(f"/v1/employees/{WHO}", json=PERSON).status_code == 200
        receipt = erase_person(home, WHO)
        assert receipt.removed["database"]["events"] == 1
        assert receipt.removed["database"]["recommendations"] == 1
        # events and records at once, lists within the next look
        assert client.put(f"/v1/employees/{WHO}", json=PERSON).status_code == 404
        limit = time.monotonic() + 10
        while answers(client, WHO) != answers(client, NOBODY) and time.monotonic() < limit:
            time.sleep(0.1)
        assert answers(client, WHO) == answers(client, NOBODY)
        people = client.get("/v1/employees?limit=500").json()["items"]
        assert OTHER in {one["employee_id"] for one in people}
        assert WHO not in {one["employee_id"] for one in people}
        lines = client.post("/v1/recommendations/all", json={}).text
        assert OTHER in lines
        assert WHO not in lines
        assert client.post("/v1/recommendations", json={"employee_id": OTHER}).status_code == 200
        assert walk(service.database).broken is None
        assert rows_naming(home, WHO) == []
        assert service.stop() == 0
    found = search(places_of(home), WHO)
    assert found.is_clean, found


@pytest.mark.slow
def test_an_erasure_that_is_killed_anywhere_comes_to_the_same_end(promotable_home, company):
    home = promotable_home
    chance = random.Random(1)  # noqa: S311
    killed = 0
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-m", "huoli", "person", "erase", WHO], cwd=company.REPOSITORY,
            env=company.environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        limit = time.monotonic() + 60
        while not erasures_in_file(home) and time.monotonic() < limit:
            time.sleep(0.01)
        try:
            process.wait(chance.uniform(0.5, 6))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
    assert killed
    receipt = erase_person(home, WHO)
    assert receipt.is_clean, receipt.found
    assert [one.state for one in erasures_in_file(home)] == ["finished"]
    assert load_models(home).verified
    assert load_models(home, "challenger").verified
