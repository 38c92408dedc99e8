"""Several workers, one port: one that is killed is missed by nobody, and comes back."""

import os
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

PATIENCE_SECONDS = 120


def children(pid):
    found = subprocess.run(["ps", "-ww", "-o", "pid=", "-o", "args=", "--ppid", str(pid)],
                           capture_output=True, text=True, check=False).stdout  # fmt: skip
    pairs = [line.split(None, 1) for line in found.splitlines()]
    return {int(one): args for one, args in pairs}


def workers(service):
    return [pid for pid, args in children(service.process.pid).items() if "spawn_main" in args]


def preparing(service):
    return [pid for pid, args in children(service.process.pid).items()
            if "serving.preparing" in args]  # fmt: skip


def until(condition, what):
    limit = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.2)


@pytest.fixture
def service(started, trained_home, monkeypatch):
    monkeypatch.setenv("HUOLI_LISTS_APART_FROM", "0")
    with started(trained_home, "--workers", "2") as found:
        until(lambda: found.client.get("/readyz").is_success, "ready")
        yield found


def answers(service):
    """Whether a list is given; a connection that a killed worker had may break once."""
    for _ in range(3):
        try:
            reply = service.client.post("/v1/recommendations", json={"employee_id": "P005"})
        except httpx.TransportError:
            continue
        return reply.status_code == 200
    return False


def test_a_killed_worker_is_missed_by_nobody_and_comes_back(service):
    before = workers(service)
    assert len(before) == 2, children(service.process.pid)
    os.kill(before[0], signal.SIGKILL)
    assert all(answers(service) for _ in range(20))
    until(lambda: len(set(workers(service)) - {before[0]}) == 2, service.said())
    assert all(answers(service) for _ in range(20))

    # what computes ahead is started anew as well, and lists go on without it
    (pid,) = preparing(service)
    os.kill(pid, signal.SIGKILL)
    assert all(answers(service) for _ in range(20))
    until(lambda: preparing(service) and preparing(service) != [pid], service.said())

    processes = [*workers(service), *preparing(service)]
    service.process.send_signal(signal.SIGKILL)
    service.process.wait(PATIENCE_SECONDS)
    until(lambda: not any(is_running(one) for one in processes), "all end with their parent")


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
