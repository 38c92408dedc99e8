"""Time and peak memory of sample, import, features and train, from nothing, against the aim.

    python benchmarks/pipeline.py [--employees 5000] [--months 24] [--json]

Each step is a process of its own in a temporary HUOLI_HOME. Its peak is the largest resident
memory of any one process that it ran.
"""

import argparse
import json
import os
from collections.abc import Sequence

from running import Measured, make_company, temporary_home

AIM_SECONDS = 300
AIM_GIB = 4


def main() -> None:
    """Measure, and print a line per step, the total, and whether the aim is met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--employees", type=int, default=5_000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
    args = parser.parse_args()
    machine = {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 1)}
    with temporary_home() as home:
        steps = make_company(home, args.employees, args.months)
    size = {"employees": args.employees, "months": args.months}
    result = size | machine | summary(steps)
    print(json.dumps(result) if args.json else as_text(result))


def summary(steps: Sequence[Measured]) -> dict[str, object]:
    """Seconds and peak of each step and of all, and whether each part of the aim is met.

    >>> summary([Measured("train", 200.0, 2**30), Measured("import", 101.0, 2**32)])["met"]
    {'seconds': False, 'peak_gib': True}
    """
    total, peak = sum(s.seconds for s in steps), max(s.peak_gib for s in steps)
    return {
        "steps": {s.name: {"seconds": round(s.seconds, 1), "peak_gib": round(s.peak_gib, 2)}
                  for s in steps},
        "total": {"seconds": round(total, 1), "peak_gib": round(peak, 2)},
        "aim": {"seconds": AIM_SECONDS, "peak_gib": AIM_GIB},
        "met": {"seconds": total <= AIM_SECONDS, "peak_gib": peak <= AIM_GIB},
    }  # fmt: skip


def as_text(result: dict) -> str:
    """The summary as lines for people."""
    rows = {**result["steps"], "total": result["total"], "aim (at most)": result["aim"]}
    lines = [
        f"{result['employees']} people, {result['months']} months, {result['cores']} cores, "
        f"load average before {result['load_before']}",
        f"{'':<16}{'seconds':>8}{'peak GiB':>10}",
    ]
    lines += [f"{n:<16}{row['seconds']:>8.1f}{row['peak_gib']:>10.2f}" for n, row in rows.items()]
    met = {name: "yes" if ok else "no" for name, ok in result["met"].items()}
    return "\n".join([*lines, f"{'aim met':<16}{met['seconds']:>8}{met['peak_gib']:>10}"])


if __name__ == "__main__":
    main()
