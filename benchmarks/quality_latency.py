"""Latency of the running service at full size, against its bars."""

from argparse import Namespace
from pathlib import Path

import service
from running import note

from features.home import Home

BARS_MS = {"POST /v1/forecasts": 300, "the same, explained": 1500,
           "POST /v1/forecasts/compare": 500, "both, explained": 1500}  # fmt: skip
Figures = dict


def latency(args: Namespace) -> Figures:
    """Milliseconds of each call, beside /livez."""
    given = Home((args.home or Path("/nowhere")).resolve())
    if not service.is_trained(given):
        note(f"latency: a company of {args.latency_employees} people, making and training it")
    with service.trained_home(given, args.latency_employees) as home:
        note("latency: asking")
        found = service.measure(home, args.requests)
    calls = found["calls"]
    found["bars"] = [
        {"call": name, "bar_ms": bar, "met": calls[name]["p95_ms"] < bar}
        for name, bar in BARS_MS.items()
    ]
    return found
