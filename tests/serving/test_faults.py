"""A database that is locked, full, damaged or gone, and slow clients: refused clearly, survived."""

import asyncio
import resource
import socket
import sqlite3
import time
from contextlib import closing, suppress

import httpx
import pytest
import uvicorn

from engagement.database import open_database
from engagement.events import all_events
from engagement.keys import create_key
from features import clock
from serving import patience
from serving.patience import PatientProtocol

PERSON = {"employee_id": "P006"}


def event(name):
    return {"event_id": name, "employee_id": "P006", "activity_id": "soon-quiz", "kind": "liked",
            "occurred_at": clock.now().isoformat()}  # fmt: skip


def sent(client, name):
    return client.post("/v1/events", json={"events": [event(name)]}, timeout=60)


def check_refused(answer):
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["rule"]
    assert "Traceback" not in answer.text
    assert "P006" not in answer.text


def check_answers(service, name, tries=1):
    """Within some tries, events are kept and lists given again."""
    for left in reversed(range(tries)):
        answer = sent(service.client, name)
        if answer.status_code == 200 or not left:
            break
        time.sleep(0.5)
    assert answer.json()["accepted"] == 1, answer.text
    assert service.client.post("/v1/recommendations", json=PERSON).status_code == 200


def check_well(service):
    limit = time.monotonic() + 60
    while service.client.get("/readyz").status_code != 200 and time.monotonic() < limit:
        time.sleep(0.5)
    assert service.client.get("/readyz").status_code == 200


def kept(service):
    return {row["event_id"] for row in all_events(service.database)}


def test_a_locked_database_is_refused_and_used_again_once_it_is_free(own_home, started):
    with started(own_home) as service:
        check_answers(service, "before")
        with closing(sqlite3.connect(own_home.database, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            answer = sent(service.client, "locked")
            check_refused(answer)
            assert "locked" in answer.json()["errors"][0]["rule"]
            # what only reads waits for nobody
            assert service.client.get("/v1/activities").status_code == 200
            holder.execute("ROLLBACK")
        check_answers(service, "after")
        assert kept(service) == {"before", "after"}


def test_a_full_disk_is_refused_and_used_again_once_there_is_room(own_home, started):
    with started(own_home) as service:
        check_answers(service, "before")
        process = service.process.pid
        _soft, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        # no file can grow beyond what is there: what a process of its own sees of a full disk
        resource.prlimit(process, resource.RLIMIT_FSIZE, (4096, hard))
        refused = {}
        for number in range(40):
            answer = sent(service.client, f"full-{number}")
            if answer.status_code != 200:
                refused[f"full-{number}"] = answer
        assert refused
        for answer in refused.values():
            check_refused(answer)
        assert service.client.get("/livez").status_code == 200
        assert service.client.get("/v1/activities").status_code == 200
        resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))
        check_answers(service, "after", tries=20)
        found = kept(service)
        assert {"before", "after"} <= found
        assert not set(refused) & found
        with closing(sqlite3.connect(own_home.database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.slow
def test_a_damaged_database_is_said_to_be_and_used_once_it_is_mended(own_home, company, started):
    with closing(open_database(own_home)) as database:
        key = create_key(database, "hr_system", "test")[1]
    whole, damaged = own_home.database.read_bytes(), b"no database" * 1000
    own_home.database.write_bytes(damaged)
    told = company.run_huoli(own_home, "doctor")
    assert told.returncode == 1
    assert "damaged" in told.stdout
    with started(own_home, key=key) as service:
        assert service.client.get("/livez").status_code == 200
        found = service.client.get("/readyz")
        assert found.status_code == 503
        assert "file is not a database; run `huoli doctor`" in found.text
        check_refused(sent(service.client, "damaged"))
        check_refused(service.client.post("/v1/recommendations", json=PERSON))
        # nothing was made anew in its place
        assert own_home.database.read_bytes() == damaged
        own_home.database.write_bytes(whole)
        check_well(service)
        check_answers(service, "mended")


@pytest.mark.slow
def test_a_half_written_table_is_named_and_nothing_is_half_served(own_home, company, started):
    from features.tables.snapshots import current_tables

    path = current_tables(own_home).tables["participations"]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    told = company.run_huoli(own_home, "doctor")
    assert "these cannot be read whole: participations" in told.stdout
    for command in (("train",), ("forecast", "soon-quiz")):
        done = company.run_huoli(own_home, *command)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr, done.stderr
        assert "participations" in done.stderr
    with started(own_home) as service:
        found = service.client.get("/readyz")
        assert found.status_code == 503
        assert "participations" in found.text
        assert service.client.post("/v1/recommendations", json=PERSON).status_code == 503
        path.write_bytes(whole)
        check_well(service)
        check_answers(service, "whole")


def test_a_server_that_is_lost_and_comes_back(own_home, started, monkeypatch):
    from postgresql_server import programs, running_server

    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with running_server(programs()) as server, server.database() as address:
        monkeypatch.setenv("HUOLI_DATABASE_URL", address)
        with started(own_home) as service:
            check_answers(service, "before")
            with server.stopped():
                answers = [sent(service.client, f"lost-{number}") for number in range(3)]
                for answer in answers:
                    check_refused(answer)
                assert service.client.get("/livez").status_code == 200
            check_answers(service, "after", tries=40)
            assert kept(service) == {"before", "after"}


def idle(port, n, first=b""):
    """So many connections that say only this."""
    found = []
    for _ in range(n):
        one = socket.create_connection(("127.0.0.1", port), timeout=30)
        one.sendall(first)
        found.append(one)
    return found


def test_who_is_slow_or_silent_keeps_nobody_waiting(own_home, started):
    head = b"POST /v1/events HTTP/1.1\r\nHost: x\r\n"
    with started(own_home) as service:
        key = service.client.headers["authorization"].encode()
        body = head + b"Authorization: " + key + b"\r\nContent-Length: 5000\r\n\r\n{"
        ask = (b"GET /docs.json HTTP/1.1\r\nHost: x\r\n\r\n") * 20
        held = [*idle(service.port, 100), *idle(service.port, 50, head),
                *idle(service.port, 50, body), *idle(service.port, 20, ask)]  # fmt: skip
        try:
            for number in range(20):
                check_answers(service, f"meanwhile-{number}")
        finally:
            for one in held:
                one.close()
        assert service.stop() == 0


async def echo(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})


@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_connection_that_does_not_say_what_it_wants_is_cut(first, monkeypatch):
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.3)

    async def told():
        config = uvicorn.Config(echo, http=PatientProtocol, lifespan="off", log_config=None, port=0)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(first)
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 30) == b""
        writer.close()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            # one that asks is not cut, though it goes on for longer
            for _ in range(4):
                assert (await client.get("/")).text == "here"
                await asyncio.sleep(0.15)
        server.should_exit = True
        await serving

    asyncio.run(told())
