"""The power fails: what was acknowledged was flushed before, and a disk cut at any moment has it.

`kill -9` leaves what the operating system holds in memory; a power cut does not. So the writes and
flushes of a real service are read from a trace, and what a disk holds is built from those alone.
"""

import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import httpx
import pytest
from power_cut import PowerCut
from syscalls import command, reason_against, trace_of

from engagement.database import open_database
from engagement.events import all_events
from engagement.keys import create_key
from features import clock
from features.home import Home
from serving.live import EVERY_SECONDS, SETTLE_EVERY

IDS = rb"cut-[ab]-\d{4}-\d{2}"
BATCH = 20
N_BATCHES = 40
REST_SECONDS = 2 * SETTLE_EVERY * EVERY_SECONDS
N_ACKNOWLEDGEMENTS, N_MOMENTS = 10, 10

pytestmark = pytest.mark.skipif(reason_against() is not None, reason=str(reason_against()))


def batch_of(sender, number):
    return [
        {"event_id": f"cut-{sender}-{number:04}-{n:02}", "employee_id": f"P{(number + n) % 60:03}",
         "activity_id": "soon-games", "kind": ("registered", "cancelled")[number % 2],
         "occurred_at": clock.now().isoformat()}
        for n in range(BATCH)
    ]  # fmt: skip


def send(service, sender, acknowledged):
    """Batches one after the other, with a rest in which the log is written back whole.

    Only then does SQLite flush the database itself, and begin the log anew.
    """
    with httpx.Client(
        base_url=service.client.base_url, headers=service.client.headers, timeout=60
    ) as client:
        for number in range(N_BATCHES):
            if number == N_BATCHES // 2:
                time.sleep(REST_SECONDS)
            answer = client.post("/v1/events", json={"events": batch_of(sender, number)})
            assert answer.status_code == 200, answer.text
            acknowledged += [
                one["event_id"] for one in answer.json()["results"] if one["status"] == "accepted"
            ]
            time.sleep(0.05)


def copied(home, folder):
    """A copy of the home's database while nobody has it open."""
    folder.mkdir()
    for file in home.data.glob("huoli.db*"):
        shutil.copyfile(file, folder / file.name)
    return folder


def test_what_is_acknowledged_is_on_disk_whenever_the_power_fails(own_home, started, tmp_path):
    with closing(open_database(own_home)) as database:
        _, key = create_key(database, "hr_system", "test")
    before, output = copied(own_home, tmp_path / "before"), tmp_path / "trace"
    acknowledged = {"a": [], "b": []}
    with started(own_home, key=key, prefix=command(output)) as service:
        senders = [threading.Thread(target=send, args=(service, *one))
                   for one in acknowledged.items()]  # fmt: skip
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    cut = PowerCut(trace_of(output, service.process.pid), own_home.database, before, IDS)

    every = {name.encode() for names in acknowledged.values() for name in names}
    assert len(every) == 2 * N_BATCHES * BATCH
    places = [place for place, _ in cut.acknowledgements]
    assert cut.acknowledged(places[-1]) == every
    assert cut.too_early() == set()
    assert cut.checkpoints() >= 1

    chance = random.Random(7)  # noqa: S311
    unsafe = 0
    for place in [places[-1], *chance.sample(places, N_ACKNOWLEDGEMENTS)]:
        unsafe += holds(cut, place, tmp_path / f"cut-{place}")
    # between acknowledgements there is more that has not been flushed
    writes = [one.began for one in cut.writes if one.began > places[0]]
    for place in chance.sample(writes, N_MOMENTS):
        unsafe += holds(cut, place, tmp_path / f"none-{place}")
        holds(cut, place, tmp_path / f"torn-{place}", chance)
    assert unsafe


def holds(cut, place, folder, chance=None):
    """Whether the service's own code opens what is left, with all that was acknowledged, once."""
    home = Home(folder)
    home.data.mkdir(parents=True)
    unsafe = cut.replay(place, home.database, chance)
    with closing(open_database(home)) as database:
        assert database.problems() == []
        kept = [str(one["event_id"]).encode() for one in all_events(database)]
    assert len(kept) == len(set(kept))
    assert cut.acknowledged(place) <= set(kept)
    # a batch is there whole or not at all
    assert len(kept) % BATCH == 0
    return unsafe


WRITER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = " + sys.argv[2])
database.execute("CREATE TABLE events (event_id TEXT PRIMARY KEY)")
for number in range(5):
    name = f"cut-a-{number:04}-00"
    database.execute("INSERT INTO events VALUES (?)", (name,))
    print(name, flush=True)
"""


@pytest.mark.parametrize(("synchronous", "is_safe"), [("FULL", True), ("OFF", False)])
def test_a_writer_that_does_not_flush_is_found_by_the_trace_and_by_the_cut(
    tmp_path, synchronous, is_safe
):
    path, output = tmp_path / "huoli.db", tmp_path / "trace"
    path.touch()
    before = tmp_path / "before"
    before.mkdir()
    with subprocess.Popen(
        [*command(output), sys.executable, "-c", WRITER, str(path), synchronous],
        stdout=subprocess.PIPE,
    ) as writer:  # fmt: skip
        said = writer.communicate(timeout=60)[0]
    cut = PowerCut(trace_of(output, writer.pid), path, before, IDS)
    last = cut.acknowledgements[-1][0]
    assert cut.acknowledged(last) == set(said.split())
    assert len(said.split()) == 5
    assert cut.too_early() == (set() if is_safe else set(said.split()))
    left = tmp_path / "left.db"
    cut.replay(last, left)
    with closing(sqlite3.connect(left)) as database:
        there = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        kept = database.execute("SELECT event_id FROM events").fetchall() if there else []
    assert ({name.encode() for (name,) in kept} == set(said.split())) == is_safe
