"""Both backtests on real Meetup data, scored by the protocols' own scorers beside their baselines.

    python benchmarks/real_data.py [--from 2014-01-01] [--to 2015-01-01] [--data DIR] [--out DIR]

The data are imported into a temporary HUOLI_HOME. What is printed are the scorers' own lines: the
submission's, and the baselines that they compute from the same data.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from running import REPOSITORY, Measured, huoli, measured, temporary_home

SHARED = REPOSITORY.parent / "shared"
SCORERS = {"launch": "score_launch_forecast.py", "ranking": "score_ranking.py"}


def main() -> None:
    """Import, replay, and print what the scorers say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="start", default="2014-01-01")
    parser.add_argument("--to", dest="end", default="2015-01-01")
    parser.add_argument("--data", type=Path, default=SHARED / "data" / "meetup-montana")
    parser.add_argument("--protocols", type=Path, default=SHARED / "protocols")
    parser.add_argument("--out", type=Path, help="keep the predictions here")
    args = parser.parse_args()
    if not (args.data.is_dir() and args.protocols.is_dir()):
        print(f"No real data at {args.data}, or no scorers at {args.protocols}: nothing measured.")
        return
    with temporary_home() as home, tempfile.TemporaryDirectory() as folder:
        out = (args.out or Path(folder)).resolve()
        import_meetup(home, args.data)
        for backtest, scorer in SCORERS.items():
            window = (args.start, args.end)
            took = replay(home, backtest, *window, out)
            print(f"huoli backtest {backtest} --from {args.start} --to {args.end}: "
                  f"{took.seconds:.0f} s, {took.peak_gib:.2f} GiB; {scorer} says")  # fmt: skip
            print(scored(args.protocols / scorer, args.data, *window, out), flush=True)


def import_meetup(home: Path, data: Path) -> Measured:
    """Import the extract into the home."""
    return measured("import", huoli("import", data.resolve(), "--mapping", "meetup"), home)


def replay(home: Path, backtest: str, start: str, end: str, out: Path) -> Measured:
    """Replay [start, end) by that backtest; its predictions stand in `out` afterwards."""
    window = ("--from", start, "--to", end)
    return measured(backtest, huoli("backtest", backtest, *window, "--out", out), home)


def scored(scorer: Path, data: Path, start: str, end: str, out: Path) -> str:
    """What the scorer prints of the predictions in `out`."""
    window = ("--from", start, "--to", end)
    command = [sys.executable, scorer, "--data", data, *window, "--predictions", out]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{scorer.name} failed: {done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
