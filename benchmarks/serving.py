"""The service under load, beside a BentoML API that does nothing: each call against its aim.

    python benchmarks/serving.py [--home DIR] [--employees 5000] [--workers 2] [--only NAME ...]

Serves the models of --home; where it has none, a company is made. Works on a copy of the data.
wrk (Debian's package of that name) asks over loopback, from one core of the same machine. Open
activities are set over REST until there are twenty. `--only` names lines of the table: lists,
batch, forecasts, events, freshness.
"""

import argparse
import http.client
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import service
from running import REPOSITORY, environment, note

from features.home import Home
from features.tables.snapshots import current_tables, read_table

# to the scripts beside this one, `serving` is the package of that name, and so is this module
__path__ = [str(REPOSITORY / "serving")]
N_OPEN = 20
CONNECTIONS = 32
SCRIPT = REPOSITORY / "benchmarks" / "wrk" / "recommendations.lua"
NUMBER = itertools.count()
RUN = f"{time.time_ns():x}"


class Asking:
    """One kept connection to a service."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(self, method: str, path: str, body: object = None) -> bytes:
        """The body of the answer, which must be a good one."""
        content = None if body is None else json.dumps(body).encode()
        self.connection.request(method, path, content, self.headers)
        answer = self.connection.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path} answered {answer.status}: {said.decode()[:500]}")
        return said

    def list_of(self, employee: str, k: int = 100) -> list[dict]:
        """One person's list."""
        found = json.loads(self.send("POST", "/v1/recommendations",
                                     {"employee_id": employee, "k": k}))  # fmt: skip
        return found["recommendations"][0]["items"]


def main() -> None:
    """Measure each line, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, default=Path("/nowhere"), help="a trained home")
    parser.add_argument("--employees", type=int, default=5_000, help="size where none is trained")
    parser.add_argument("--seconds", type=int, default=15, help="of each load")
    parser.add_argument("--only", nargs="*", choices=sorted(LINES), default=sorted(LINES))
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
    args = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is missing; install Debian's package wrk")
    load = os.getloadavg()[0]
    rows = []
    with service.trained_home(Home(args.home.resolve()), args.employees) as home:
        people = service.employed(home)
        for name in LINES:
            if name in args.only:
                note(name)
                rows += LINES[name](home, people, args.seconds)
    result = {"employees": len(people), "open_activities": N_OPEN, "cores": os.cpu_count(),
              "load_before": round(load, 1), "lines": rows}  # fmt: skip
    print(json.dumps(result) if args.json else as_text(result))


@contextmanager
def served(home: Home, workers: int = 1) -> Iterator[tuple[int, str]]:
    """(port, token) of a service over the home with twenty open activities."""
    with service.served(home, "--workers", workers) as (port, token):
        asking = Asking(port, token)
        deadline = time.monotonic() + 120
        before = len(asking.list_of(service.employed(home)[0]))
        for body, activity_id in more_activities(home, N_OPEN - before):
            asking.send("PUT", f"/v1/activities/{activity_id}", body)
        while time.monotonic() < deadline:
            ready = json.loads(asking.send("GET", "/readyz"))
            if ready["ready"] and open_to_all(asking, home) >= N_OPEN:
                break
            time.sleep(0.5)
        time.sleep(5)
        yield port, token


def open_to_all(asking: Asking, home: Home) -> int:
    """How many activities the longest of a few lists has."""
    return max(len(asking.list_of(one)) for one in service.employed(home)[:20])


def more_activities(home: Home, n: int) -> Iterator[tuple[dict, str]]:
    """(body, id) of activities like past ones, to come within weeks."""
    table = read_table(current_tables(home), "activities").to_pandas()
    past = table[table["audience"].isna()].drop_duplicates("activity_id").tail(n)
    until = current_tables(home).data_until
    for number, row in enumerate(past.to_dict("records")):
        starts = until + timedelta(days=5 + number, hours=4)
        yield {
            "title": row["title"], "template": row["template"], "mode": row["mode"],
            "tags": json.loads(row["tags"]) if row["tags"] else None,
            "starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat(),
            "timezone": row["timezone"], "state": "announced",
        }, f"bench-{number:02}"  # fmt: skip


def wrk(port: int, path: str, ids: Path, token: str, connections: int, seconds: int) -> dict:
    """Calls a second, and milliseconds."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "30", "-s", str(SCRIPT),
         f"http://127.0.0.1:{port}", "--", str(ids), token, path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"RESULT (\S+) (\S+) (\S+) (\S+) (\d+)", done.stdout)
    if found is None or int(found[5]):
        raise SystemExit(f"wrk saw refusals or nothing:\n{done.stdout}")
    names = ("per_second", "p50_ms", "p99_ms", "max_ms")
    return dict(zip(names, (float(found[i]) for i in range(1, 5)), strict=True))


def lists(home: Home, people: list[str], seconds: int) -> list[dict]:
    """Single lists beside the empty API, while events arrive."""
    rows = []
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as ids:
        ids.write("\n".join(people))
        ids.flush()
        with empty_api() as port:
            wrk(port, "/v1/nothing", Path(ids.name), "-", CONNECTIONS, 3)
            empty = wrk(port, "/v1/nothing", Path(ids.name), "-", CONNECTIONS, seconds)
            empty_alone = wrk(port, "/v1/nothing", Path(ids.name), "-", 1, seconds)
        with served(home) as (port, token):
            wrk(port, "/v1/recommendations", Path(ids.name), token, CONNECTIONS, 3)
            with events_arriving(port, token, people, 50):
                path = "/v1/recommendations"
                full = wrk(port, path, Path(ids.name), token, CONNECTIONS, seconds)
                alone = wrk(port, path, Path(ids.name), token, 1, seconds)
    share = full["per_second"] / empty["per_second"]
    rows.append(line("empty BentoML API, 32 clients", f"{empty['per_second']:.0f}/s, "
                     f"p99 {empty['p99_ms']:.0f} ms", "-", None))  # fmt: skip
    rows.append(line("empty BentoML API, 1 client", f"{empty_alone['per_second']:.0f}/s, "
                     f"p99 {empty_alone['p99_ms']:.1f} ms", "-", None))  # fmt: skip
    rows.append(line("recommendations, 32 clients, 50 events/s",
                     f"{full['per_second']:.0f}/s, p99 {full['p99_ms']:.0f} ms: "
                     f"{share:.0%} of the empty API's", "30%", share >= 0.3))  # fmt: skip
    rows.append(line("recommendations, 1 client, 50 events/s",
                     f"{alone['per_second']:.0f}/s, p50 {alone['p50_ms']:.1f}, "
                     f"p99 {alone['p99_ms']:.1f} ms", "p99 10 ms",
                     alone["p99_ms"] < 10))  # fmt: skip
    return rows


@contextmanager
def empty_api() -> Iterator[int]:
    """The port of a BentoML API that does nothing."""
    script = REPOSITORY / "benchmarks" / "empty_service.py"
    around = environment(Path("/nowhere")) | {"PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen(
        [sys.executable, str(script)], cwd=REPOSITORY, env=around,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        port = service.port_of(process)
        for _ in range(100):
            try:
                Asking(port, "-").send("POST", "/v1/nothing", {"employee_id": "E1"})
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def events_arriving(port: int, token: str, people: list[str], per_second: int) -> Iterator[None]:
    """So many events a second, five at a time, until the block ends."""
    ended, draw = threading.Event(), np.random.default_rng(3)

    def send() -> None:
        asking, due = Asking(port, token), time.monotonic()
        names = [item["activity_id"] for item in asking.list_of(people[0])]
        while not ended.is_set():
            asking.send("POST", "/v1/events", {"events": [
                event(picked(draw, people), picked(draw, names), "registered") for _ in range(5)
            ]})  # fmt: skip
            due += 5 / per_second
            ended.wait(max(0.0, due - time.monotonic()))

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(60)


def picked(draw: np.random.Generator, some: list) -> Any:
    """One of them."""
    return some[int(draw.integers(len(some)))]


def event(employee: str, activity: str, kind: str) -> dict[str, str]:
    """An event of this very moment."""
    return {"event_id": f"{RUN}-{next(NUMBER)}", "employee_id": employee, "activity_id": activity,
            "kind": kind, "occurred_at": datetime.now(UTC).isoformat()}  # fmt: skip


def batch(home: Home, people: list[str], seconds: int) -> list[dict]:
    """Everyone's lists as one stream, beside the bare predict of the same pairs."""
    with served(home) as (port, token):
        asking = Asking(port, token)
        asking.send("POST", "/v1/recommendations/all", {"k": 10})
        took = []
        for _ in range(3):
            begun = time.perf_counter()
            said = asking.send("POST", "/v1/recommendations/all", {"k": 10})
            took.append(time.perf_counter() - begun)
        found = [json.loads(text) for text in said.splitlines()][1:-1]
        same = all(asking.list_of(one["employee_id"], 10) == one["items"] for one in found[::50])
    bare = bare_predict(home)
    ratio = float(np.median(took)) / bare
    return [
        line("bare predict of all pairs", f"{bare:.2f} s", "-", None),
        line("recommendations for everyone, k=10",
             f"{np.median(took):.2f} s for {len(found)}: {ratio:.2f}x; "
             f"lists {'equal' if same else 'NOT equal'} to single calls'",
             "2x, equal", ratio <= 2 and same and len(found) == len(people)),
    ]  # fmt: skip


def bare_predict(home: Home) -> float:
    """Seconds in which the champion's models predict everyone at twenty open activities.

    Features are computed beforehand and not counted.
    """
    from engagement.database import open_database
    from serving.state import load_state

    state = load_state(home, open_database(home))
    board, predictor = state.board, state.predictor
    employees = np.flatnonzero(board.employed & ~board.opted_out)
    question = predictor.question(board.history, board.as_of, employees)
    rows = [(question.now.pair_features(int(one), employees, "open"), int(one))
            for one in board.open[:N_OPEN]]  # fmt: skip
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        for features, activity in rows:
            answers = question.now.answers_to(activity, "open")[employees]
            question.now.take_part(features, "open", answers, True)
        took.append(time.perf_counter() - begun)
    return float(np.median(took)) * N_OPEN / len(rows)


def forecasts(home: Home, people: list[str], seconds: int) -> list[dict]:
    """A forecast of everyone, with and without what moves it."""
    calls = service.usual_calls(home, people)
    rows = []
    with served(home) as (port, token):
        for name, aim in (("POST /v1/forecasts", 300), ("the same, explained", 1500)):
            ms = service.latencies(port, token, calls[name], 40)
            p50, p95 = np.percentile(ms, (50, 95))
            rows.append(line(f"forecast of everyone: {name}", f"p50 {p50:.0f}, p95 {p95:.0f} ms",
                             f"{aim} ms", p95 < aim))  # fmt: skip
    return rows


def events(home: Home, people: list[str], seconds: int) -> list[dict]:
    """Events acknowledged a second, in batches of 500."""
    draw = np.random.default_rng(5)
    with served(home) as (port, token):
        asking = Asking(port, token)
        names = [item["activity_id"] for item in asking.list_of(people[0])]
        bodies = [{"events": [event(picked(draw, people), picked(draw, names), "viewed")
                              for _ in range(500)]} for _ in range(40)]  # fmt: skip
        begun = time.perf_counter()
        for body in bodies:
            asking.send("POST", "/v1/events", body)
        rate = 500 * len(bodies) / (time.perf_counter() - begun)
    return [line("events, batches of 500", f"{rate:.0f}/s acknowledged", "5000/s", rate >= 5000)]


def freshness(home: Home, people: list[str], seconds: int) -> list[dict]:
    """From an event's acknowledgement to the last list, of either worker, without its effect."""
    draw, lags, n_workers = np.random.default_rng(11), [], 2
    with served(home, n_workers) as (port, token):
        asking = Asking(port, token)
        others = [Asking(port, token) for _ in range(8)]
        for one in others:
            one.send("GET", "/livez")
        with events_arriving(port, token, people[1:], 50):
            for _ in range(100):
                person = picked(draw, people)
                items = asking.list_of(person)
                if items:
                    lags.append(lag(asking, others, person, picked(draw, items)["activity_id"]))
    p50, p99 = np.percentile(lags, (50, 99))
    return [line(f"event to changed list, {n_workers} workers, 50 events/s",
                 f"p50 {p50:.0f}, p99 {p99:.0f} ms of {len(lags)}", "p99 1 s",
                 p99 < 1000)]  # fmt: skip


def lag(asking: Asking, others: list[Asking], person: str, activity: str) -> float:
    """Milliseconds until no connection's list shows what the person answered."""
    asking.send("POST", "/v1/events", {"events": [event(person, activity, "declined")]})
    begun = time.perf_counter()
    last = begun
    stale = list(others)
    while stale:
        shown = [one for one in stale
                 if activity in {item["activity_id"] for item in one.list_of(person)}]  # fmt: skip
        last, stale = time.perf_counter(), shown
    return 1000 * (last - begun)


def line(name: str, value: str, aim: str, met: bool | None) -> dict:
    """A row of the table; `met` is None where there is no aim."""
    return {"line": name, "value": value, "aim": aim, "met": met}


def as_text(result: dict) -> str:
    """The table as lines for people."""
    head = (f"{result['employees']} people, {result['open_activities']} open activities, "
            f"{result['cores']} cores, load average before {result['load_before']}")  # fmt: skip
    told = {True: "met", False: "NOT MET", None: ""}
    return "\n".join([head] + [
        f"{row['line']:<52}{row['value']:<60} {row['aim']:<10} {told[row['met']]}"
        for row in result["lines"]
    ])  # fmt: skip


LINES: dict[str, Callable[[Home, list[str], int], list[dict]]] = {
    "lists": lists, "batch": batch, "forecasts": forecasts, "events": events,
    "freshness": freshness,
}  # fmt: skip


if __name__ == "__main__":
    main()
