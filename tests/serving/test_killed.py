"""Killed at any moment under a write load: what was acknowledged is there, and once."""

import itertools
import random
import threading
import time

import httpx
import pytest

from engagement.events import all_events

BATCH = 20


class Sender(threading.Thread):
    """Sends batches one after the other, as an HR system would: unanswered ones once more."""

    def __init__(self, client, batches, unanswered):
        super().__init__(daemon=True)
        self.client, self.batches, self.unanswered = client, batches, unanswered
        self.acknowledged = []
        self.wrong = []

    def run(self):
        while True:
            batch = self.unanswered or next(self.batches)
            self.unanswered = batch
            try:
                answer = self.client.post("/v1/events", json={"events": batch})
            except httpx.TransportError:
                return
            if answer.status_code != 200 or answer.json()["refused"]:
                self.wrong.append(answer.text)
                return
            self.acknowledged += [one["event_id"] for one in answer.json()["results"]]
            self.unanswered = []


def batches_of(sender, moment):
    """Events of one moment: the clock of a service that is started anew begins there again."""
    for number in itertools.count():
        yield [
            {"event_id": f"{sender}-{number}-{n}", "employee_id": f"P{(number + n) % 60:03}",
             "activity_id": "soon-games", "kind": ("registered", "cancelled")[number % 2],
             "occurred_at": moment.isoformat()}
            for n in range(BATCH)
        ]  # fmt: skip


@pytest.mark.parametrize("kills", [1, pytest.param(50, marks=pytest.mark.slow)])
def test_no_acknowledged_event_is_lost_and_none_counts_twice(own_home, started, company, kills):
    moments = random.Random(7)  # noqa: S311
    sources = [batches_of(name, company.UNTIL) for name in ("a", "b")]
    unanswered: list[list[dict[str, str]]] = [[], []]
    acknowledged: set[str] = set()
    for _ in range(kills):
        with started(own_home) as service:
            clients = [
                httpx.Client(base_url=service.client.base_url, headers=service.client.headers)
                for _ in sources
            ]
            senders = [Sender(*each) for each in zip(clients, sources, unanswered, strict=True)]
            for sender in senders:
                sender.start()
            time.sleep(0.3 + moments.random())
            service.process.kill()
            service.process.wait()
            for sender in senders:
                sender.join()
                assert sender.wrong == []
            unanswered = [sender.unanswered for sender in senders]
            done = [name for sender in senders for name in sender.acknowledged]
            assert done
            assert not acknowledged & set(done)
            acknowledged |= set(done)
            kept = [one["event_id"] for one in all_events(service.database)]
            assert service.database.problems() == []
        assert len(kept) == len(set(kept))
        assert acknowledged <= set(kept)
        # a batch is there whole or not at all
        assert len(kept) % BATCH == 0
