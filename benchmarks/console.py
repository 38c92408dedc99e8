"""The console's pages: how long each takes and weighs, and what a changed design costs.

    python benchmarks/console.py [--home DIR] [--employees 5000] [--rounds 15]

Serves the models of --home; where it has none, a company is made. Works on a copy of the data.
Each page is asked for twice as a browser does, compressed: before anything was computed, and again.
A changed design, another one each time, is asked for in turn with the bare forecast of the activity
(`POST /v1/forecasts` without explanation), and the ratio is that of their medians.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import time
from pathlib import Path
from urllib.parse import urlencode

import service
from running import REPOSITORY, environment, huoli, note

from features.home import Home

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MOST_BYTES, MOST_SECONDS, MOST_RATIO = 300_000, 1.0, 1.5
PLACES = ("/console", "/console/activities/new", "/console/portraits", "/console/data",
          "/console/audit")  # fmt: skip


class Visitor:
    """One browser's connection, signed in."""

    def __init__(self, port: int, key: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        answer, _body, _seconds = self.ask(
            "POST", "/console/sign-in", urlencode({"key": key}), FORM
        )
        self.cookie = answer.getheader("Set-Cookie", "").partition(";")[0]

    def ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes, float]:
        """(answer, body as sent, seconds)."""
        own = {"Accept-Encoding": "gzip", "Cookie": getattr(self, "cookie", "")}
        begun = time.perf_counter()
        self.connection.request(method, path, body, own | (headers or {}))
        answer = self.connection.getresponse()
        said = answer.read()
        return answer, said, time.perf_counter() - begun

    def page(self, path: str) -> tuple[bytes, float]:
        """(body as sent, seconds) of a page that must be there."""
        answer, body, seconds = self.ask("GET", path)
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        return body, seconds

    def html(self, path: str) -> str:
        """A page as it reads."""
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        return self.connection.getresponse().read().decode()


def main() -> None:
    """Serve, visit every page, change designs, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="a trained home; default: one is made")
    parser.add_argument("--employees", type=int, default=5000, help="size where none is trained")
    parser.add_argument("--rounds", type=int, default=15, help="of bare forecast and design")
    args = parser.parse_args()
    load = round(os.getloadavg()[0], 1)
    given = Home(args.home.resolve()) if args.home else Home(Path("/nonexistent"))
    with service.trained_home(given, args.employees) as home:
        people = len(service.employed(home))
        with service.served(home) as (port, token):
            visitor = Visitor(port, _key(home))
            lines = [_head(), *(_line(visitor, path) for path in _pages(visitor))]
            note("designs")
            lines += [
                _ratio(visitor, port, token, phase, args.rounds) for phase in ("draft", "open")
            ]
    print(f"{people} people, {os.cpu_count()} cores, load average before {load}")
    print("\n".join(lines))


def _key(home: Home) -> str:
    made = subprocess.run(
        huoli("keys", "create", "--role", "hr_reviewer", "--label", "benchmark", "--json"),
        cwd=REPOSITORY, env=environment(home.root), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return str(json.loads(made.stdout)["token"])


def _pages(visitor: Visitor) -> list[str]:
    """The pages of the navigation, and those of the first activity of each phase."""
    found = list(PLACES)
    for phase in ("draft", "open", "past"):
        address = _first_of(visitor, phase)
        if address:
            page = visitor.html(address)
            found += [one for one in re.findall(r'href="([^"?]+)"', page)
                      if one.startswith(address.removesuffix("/effect"))]  # fmt: skip
    return list(dict.fromkeys(one for one in found if not re.search(r"\.|/(pdf|png|xlsx)$", one)))


def _first_of(visitor: Visitor, phase: str) -> str | None:
    listed = visitor.html(f"/console?phase={phase}")
    found = re.search(r'href="(/console/activities/(?!new)[^"?]+)"', listed)
    return found[1] if found else None


def _head() -> str:
    return f"{'page':<48}{'first s':>9}{'again s':>9}{'kB sent':>9}"


def _line(visitor: Visitor, path: str) -> str:
    note(path)
    (_body, first), (body, again) = visitor.page(path), visitor.page(path)
    met = len(body) <= MOST_BYTES and again <= MOST_SECONDS
    shown = re.sub(r"(activities/)[^/]+", r"\1ID", path) if "/new" not in path else path
    figures = f"{first:>9.2f}{again:>9.2f}{len(body) / 1000:>9.1f}"
    return f"{shown:<48}{figures}  {'met' if met else 'NOT MET'}"


def _ratio(visitor: Visitor, port: int, token: str, phase: str, rounds: int) -> str:
    """Of the first activity of a phase: a changed design beside the bare forecast."""
    address = (_first_of(visitor, phase) or "").removesuffix("/live")
    activity_id = address.rsplit("/", 1)[-1]
    body = {"activity_id": activity_id, "explain": False}
    designs, bare = [], []
    visitor.page(f"{address}/design")
    for number in range(rounds + 1):
        changed = urlencode({"points": 11 + number})
        designs.append(visitor.page(f"{address}/design?{changed}")[1])
        call = service.latencies(port, token, lambda _: ("POST", "/v1/forecasts", body), 1)
        bare.append(call[-1] / 1000)
    design, forecast = statistics.median(designs[1:]), statistics.median(bare[1:])
    ratio = design / forecast
    met = "met" if ratio <= MOST_RATIO else "NOT MET"
    return (f"a changed design of one {phase}: {design:.2f} s, the bare forecast {forecast:.2f} s: "
            f"{ratio:.2f}x (aim {MOST_RATIO}x) {met}")  # fmt: skip


if __name__ == "__main__":
    main()
