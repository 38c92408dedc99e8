"""Latency of the running service over loopback, beside that of its own /livez.

    python benchmarks/service.py [--home DIR] [--employees 600] [--requests 200] [--json]

Serves the models of HUOLI_HOME, or of --home; a small company is made in a temporary home where
there are none. It works on a copy of the data, so that the home keeps neither keys nor answers of
the measurement. One connection asks one call after the other; each call's first answer is left out.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
from running import REPOSITORY, environment, huoli, make_company, temporary_home

from features.home import Home, current_home
from features.tables.snapshots import current_or_none, current_tables, read_table
from training.registry.aliases import alias_versions

PATIENCE_SECONDS = 180
SECONDS_A_CALL = 60
JSON_BODY = {"Content-Type": "application/json"}
Call = Callable[[int], tuple[str, str, object]]
Calls = dict[str, Call]


def main() -> None:
    """Serve, ask, and print a line per call."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="a trained home; default: HUOLI_HOME")
    parser.add_argument("--employees", type=int, default=600, help="size where none is trained")
    parser.add_argument("--requests", type=int, default=200, help="at most, of each call")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
    args = parser.parse_args()
    given = Home(args.home.resolve()) if args.home else current_home()
    with trained_home(given, args.employees) as home:
        result = measure(home, args.requests)
    print(json.dumps(result) if args.json else as_text(result))


@contextmanager
def trained_home(given: Home, employees: int, months: int = 24) -> Iterator[Home]:
    """A copy of the given home's data over its models; where it has none, a company just made."""
    with temporary_home() as folder:
        if is_trained(given):
            shutil.copytree(given.data, folder / "data")
            (folder / "mlruns").symlink_to(given.mlruns, target_is_directory=True)
        else:
            make_company(folder, employees, months)
        yield Home(folder)


def is_trained(home: Home) -> bool:
    """Whether the home has tables and a champion."""
    return current_or_none(home) is not None and bool(alias_versions(home, "champion"))


def measure(home: Home, n_requests: int) -> dict:
    """Milliseconds of each call: p50, p95 and how many were asked."""
    people = employed(home)
    load = round(os.getloadavg()[0], 1)
    calls = usual_calls(home, people)
    with served(home) as (port, token):
        found = {name: latencies(port, token, call, n_requests) for name, call in calls.items()}
    figures = {
        name: {"p50_ms": float(np.percentile(ms, 50)), "p95_ms": float(np.percentile(ms, 95)),
               "n": len(ms)}
        for name, ms in found.items()
    }  # fmt: skip
    machine = {"cores": os.cpu_count(), "load_before": load}
    return {"employees": len(people), **machine, "calls": figures}


def draft_at(home: Home, hours: int) -> dict[str, object]:
    """A draft for everyone, so many hours after a moment a fortnight ahead of the data's end."""
    starts = current_tables(home).data_until + timedelta(days=14, hours=hours)
    return {"title": "知识竞答", "template": "knowledge_quiz", "mode": "online",
            "starts_at": starts.isoformat()}  # fmt: skip


def usual_calls(home: Home, people: list[str]) -> Calls:
    """What is asked of every service, by name: number of the request -> (method, path, body)."""
    someone = np.random.default_rng(0).permutation(people)
    return {
        "GET /livez": lambda n: ("GET", "/livez", None),
        "POST /v1/recommendations": lambda n: (
            "POST", "/v1/recommendations",
            {"employee_id": someone[n % len(someone)], "k": 10},
        ),
        # another hour each time, so that no answer is one given before
        "POST /v1/forecasts": lambda n: (
            "POST", "/v1/forecasts", {"draft": draft_at(home, n), "explain": False}
        ),
        "the same, explained": lambda n: (
            "POST", "/v1/forecasts", {"draft": draft_at(home, n + 200)}
        ),
        "POST /v1/forecasts/compare": lambda n: ("POST", "/v1/forecasts/compare", {
            "draft": draft_at(home, n + 400), "changes": {"reward_points": 50},
        }),
        "both, explained": lambda n: ("POST", "/v1/forecasts/compare", {
            "draft": draft_at(home, n + 600), "changes": {"reward_points": 50}, "explain": True,
        }),
    }  # fmt: skip


def employed(home: Home) -> list[str]:
    """The ids of everyone at the company, as of their last row."""
    table = read_table(current_tables(home), "employees").to_pandas()
    order = ["valid_from"] if "valid_from" in table else ["hired_at"]
    last = table.sort_values(order, na_position="first").drop_duplicates("employee_id", keep="last")
    return sorted(last.loc[last["left_at"].isna(), "employee_id"])


@contextmanager
def served(home: Home, *options: object) -> Iterator[tuple[int, str]]:
    """(port, token) of a service over the home, which is stopped afterwards."""
    made = subprocess.run(
        huoli("keys", "create", "--role", "hr_system", "--label", "benchmark", "--json"),
        cwd=REPOSITORY, env=environment(home.root), capture_output=True, text=True, check=True,
    )  # fmt: skip
    service = subprocess.Popen(
        huoli("serve", "--port", 0, *options), cwd=REPOSITORY,
        env=environment(home.root) | {"HUOLI_RATE_PER_SECOND": "0"},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield port_of(service), json.loads(made.stdout)["token"]
    finally:
        service.terminate()
        service.wait(PATIENCE_SECONDS)


def port_of(service: subprocess.Popen[str]) -> int:
    """The port that the service says it answers at."""
    for line in service.stdout or ():
        if found := re.search(r"http://[\d.]+:(\d+)", line):
            return int(found[1])
    raise SystemExit("the service did not start; its log stands above")


def latencies(port: int, token: str, call: Call, n_requests: int) -> list[float]:
    """Milliseconds of each answer after the first, over one kept connection, for a minute."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    headers = {"Authorization": f"Bearer {token}", **JSON_BODY}
    found, begun = [], time.perf_counter()
    for number in range(n_requests + 1):
        method, path, body = call(number)
        content = None if body is None else json.dumps(body).encode()
        at = time.perf_counter()
        connection.request(method, path, content, headers)
        answer = connection.getresponse()
        said = answer.read()
        found.append(1000 * (time.perf_counter() - at))
        if answer.status != 200:
            raise SystemExit(f"{method} {path} answered {answer.status}: {said.decode()[:500]}")
        if time.perf_counter() - begun > SECONDS_A_CALL and len(found) > 1:
            break
    connection.close()
    return found[1:]


def as_text(result: dict) -> str:
    """The summary as lines for people."""
    base = result["calls"]["GET /livez"]["p50_ms"]
    size = (f"{result['employees']} people, {result['cores']} cores, "
            f"load average before {result['load_before']}")  # fmt: skip
    lines = [size, f"{'':<28}{'p50 ms':>9}{'p95 ms':>9}{'asked':>7}"
             f"{'p50 over /livez':>17}"]  # fmt: skip
    lines += [
        f"{name:<28}{row['p50_ms']:>9.1f}{row['p95_ms']:>9.1f}{row['n']:>7}"
        f"{row['p50_ms'] / base:>16.0f}x"
        for name, row in result["calls"].items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
