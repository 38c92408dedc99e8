"""Latency of the running service at full size, against its bars."""

from argparse import Namespace
from pathlib import Path

import service
import what_if
from running import note

from features.home import Home

FORECAST_MS, WHAT_IF_MS, EXPLAINED_MS = 300, 500, 1500
Figures = dict


def latency(args: Namespace) -> Figures:
    """Milliseconds of each call, beside /livez."""
    given = Home((args.home or Path("/nowhere")).resolve())
    if not service.is_trained(given):
        note(f"latency: a company of {args.latency_employees} people, making and training it")
    with service.trained_home(given, args.latency_employees) as home:
        note("latency: asking")
        more, bars = {}, {"POST /v1/forecasts": FORECAST_MS}
        for name, explain, bar in (("what-if", False, WHAT_IF_MS),
                                   ("what-if, explained", True, EXPLAINED_MS)):  # fmt: skip
            bars[name] = bar
            more[name] = what_if_call(home, explain)
        found = service.measure(home, args.requests, more)
    calls = found["calls"]
    found["bars"] = [
        {"call": name, "bar_ms": bar, "met": calls[name]["p95_ms"] < bar}
        for name, bar in bars.items()
    ]
    return found


def what_if_call(home: Home, explain: bool) -> service.Call:
    """A request that compares two drafts an hour apart."""

    def asked(number: int) -> tuple[str, str, object]:
        one, other = (service.draft_at(home, number + hours) for hours in (0, 1))
        return "POST", *what_if.comparison(one, other, explain)

    return asked
