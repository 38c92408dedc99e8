"""Backed up while it answers, restored elsewhere: the new home's service knows what the old did."""

import json
import threading

import httpx
import pytest

from features import clock
from features.home import Home

ASKED = {"employee_id": "P003", "k": 3, "language": "en"}


def report(client, name, number):
    """Report a sign-up; the event's id, once it is acknowledged."""
    one = {"event_id": name, "employee_id": f"P{number % 60:03}", "activity_id": "soon-games",
           "kind": "registered", "occurred_at": clock.now().isoformat()}  # fmt: skip
    answer = client.post("/v1/events", json={"events": [one]})
    assert answer.status_code == 200, answer.text
    return name


class Reporter(threading.Thread):
    """Reports sign-ups, one a call, until it is told to end."""

    def __init__(self, service):
        super().__init__(daemon=True)
        self.client = httpx.Client(base_url=service.client.base_url,
                                   headers=service.client.headers, timeout=60)  # fmt: skip
        self.ended, self.acknowledged = threading.Event(), []

    def run(self):
        while not self.ended.is_set():
            number = len(self.acknowledged)
            self.acknowledged.append(report(self.client, f"during-{number}", number))


def listed(client):
    """The model that answers, and the activities that it suggests."""
    answer = client.post("/v1/recommendations", json=ASKED)
    assert answer.status_code == 200, answer.text
    assert not answer.json().get("degraded")
    (given,) = answer.json()["recommendations"]
    return answer.json()["model_version"], [one["activity_id"] for one in given["items"]]


@pytest.mark.slow
def test_a_home_backed_up_under_load_serves_elsewhere(own_home, started, company, tmp_path):
    archive, other = tmp_path / "b.tar.gz", Home(tmp_path / "elsewhere" / "home")
    with started(own_home) as service:
        before = [report(service.client, f"before-{n}", n) for n in range(20)]
        service.client.post("/v1/events", json={"events": [
            {"event_id": "taken", "employee_id": "P003", "activity_id": "soon-story",
             "kind": "declined", "occurred_at": clock.now().isoformat()}]})  # fmt: skip
        reporter = Reporter(service)
        reporter.start()
        made = company.run_huoli(own_home, "backup", archive, "--json")
        reporter.ended.set()
        reporter.join(60)
        assert made.returncode == 0, made.stderr
        version, offered = listed(service.client)
        key = service.client.headers["Authorization"]
        assert service.stop() == 0
    own_home.root.rename(own_home.root.with_name("gone"))
    told = company.run_huoli(own_home, "restore", archive, "--home", other.root, "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["home"] == str(other.root)
    with started(other) as service:
        # the key that the old home gave out is known
        service.client.headers["Authorization"] = key
        assert service.client.get("/readyz").json()["ready"]
        assert listed(service.client)[0] == version
        # what they had answered is not offered to them again
        assert not {"soon-story", "soon-games"} & {*offered, *listed(service.client)[1]}
        with_more = [report(service.client, f"later-{n}", n) for n in range(2)]
        known = [row["event_id"] for row in
                 service.database.read("SELECT event_id FROM events ORDER BY seq")]  # fmt: skip
    during = [name for name in known if name.startswith("during-")]
    assert known == [*before, "taken", *during, *with_more]
    # a state that was: all up to one of them, and none after it
    assert during == reporter.acknowledged[: len(during)]
