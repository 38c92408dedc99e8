"""All figures of forecast quality, each beside its baseline from the same run and its bar.

    python benchmarks/quality.py [--only real|strangers|truth|latency] [--json]
        [--final [--why TEXT]] [--seeds 5] [--employees 600] [--months 24]
        [--latency-employees 5000] [--requests 100]

real: the development year 2013 of the Meetup data, under both protocols, by their own scorers.
strangers: members without an earlier yes, ranked, 2011 to 2013.
truth: simulated companies beside the probabilities that their simulator knows.
latency: the running service at 5,000 people.

2014 is the final year: only --final looks at it, and each look is a line of final_uses.tsv.
"""

import argparse
import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import final_uses
from quality_latency import latency
from quality_real import real, strangers
from quality_text import as_text
from quality_truth import truth
from real_data import SHARED

Figures = dict
SECTIONS: dict[str, Callable[[Namespace], Figures]] = {
    "real": real, "strangers": strangers, "truth": truth, "latency": latency,
}  # fmt: skip
# what --final has look at 2014
REAL = ("real", "strangers")


def main() -> None:
    """Measure the sections asked for, and print them."""
    args = arguments().parse_args()
    looks = args.final and args.only in (None, *REAL)
    use = final_uses.note_use(args.why) if looks else None
    found: Figures = {}
    for name, section in SECTIONS.items():
        if args.only in (None, name):
            found[name] = section(args)
            if not args.json:
                print(as_text(name, found[name]), flush=True)
    if use:
        use.add({name: found[name] for name in REAL if name in found})
    if args.json:
        print(json.dumps(found))


def arguments() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=list(SECTIONS))
    parser.add_argument("--final", action="store_true", help="look at 2014 too, on record")
    parser.add_argument("--why", default="", help="why, for the record")
    parser.add_argument("--data", type=Path, default=SHARED / "data" / "meetup-montana")
    parser.add_argument("--protocols", type=Path, default=SHARED / "protocols")
    parser.add_argument("--seeds", type=int, default=5, help="how many simulated companies")
    parser.add_argument("--employees", type=int, default=600, help="of each of them")
    parser.add_argument("--months", type=int, default=24, help="of each of them")
    parser.add_argument("--home", type=Path, help="a trained home for latency; default: one made")
    parser.add_argument("--latency-employees", type=int, default=5_000)
    parser.add_argument("--requests", type=int, default=100, help="at most, of each call")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
    return parser


if __name__ == "__main__":
    main()
