"""Figures on real data: both protocols' years, and members without an earlier yes."""

import re
import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from calibration import NOMINAL, near_nominal
from real_data import SCORERS, import_meetup, replay, scored
from running import note, temporary_home
from strangers import stranger_figures, stranger_months

DEVELOPMENT, FINAL = ("2013-01-01", "2014-01-01"), ("2014-01-01", "2015-01-01")
STRANGERS_FROM = "2011-01-01"
Figures = dict


def real(args: Namespace) -> Figures:
    """What the protocols' scorers say of each year, and whether it beats their baselines."""
    if not args.data.is_dir():
        return {"absent": str(args.data)}
    windows = [DEVELOPMENT, *([FINAL] if args.final else [])]
    found = {}
    with temporary_home() as home, tempfile.TemporaryDirectory() as folder:
        import_meetup(home, args.data)
        for window in windows:
            said = {}
            for backtest, scorer in SCORERS.items():
                note(f"real: huoli backtest {backtest} {window[0]} to {window[1]}")
                out = Path(folder) / window[0]
                replay(home, backtest, *window, out)
                said[backtest] = scored(args.protocols / scorer, args.data, *window, out)
            found[window[0][:4]] = real_figures(said["launch"], said["ranking"])
    return found


def real_figures(launch: str, ranking: str) -> Figures:
    """The scorers' figures by method, and the bars: better than the best baseline.

    Args:
        launch: What the launch scorer printed.
        ranking: What the ranking scorer printed.
    """
    methods = {f"{kind} {name}": {key: float(value) for key, value in pairs_of(rest)}
               for kind, name, rest in re.findall(r"^(pairs|count) (\S+) +(.*)$", launch, re.M)
               }  # fmt: skip
    overall = ranking.split("\n\n")[0]
    lists = re.findall(r"^(\S.*?) +([\d.]+) +([\d.]+) +([\d.]+)$", overall, re.M)
    methods |= {f"ranking {name}": dict(zip(("ndcg@10", "map@10", "recall@10"), map(float, values),
                                            strict=True)) for name, *values in lists}  # fmt: skip
    bars = [("pairs", "log_loss", min), ("count", "pinball", min), ("ranking", "ndcg@10", max)]
    found: Figures = {"methods": methods, "bars": [better(methods, *bar) for bar in bars]}
    covered = methods["count submitted"]["coverage90"]
    n_events = int(re.findall(r"^(\d+) events", launch, re.M)[0])
    error = (NOMINAL * (1 - NOMINAL) / n_events) ** 0.5
    found["bars"].append({
        "figure": "count coverage90", "submitted": covered, "bar": NOMINAL,
        "met": near_nominal(covered, error),
    })  # fmt: skip
    return found


def pairs_of(text: str) -> list[tuple[str, str]]:
    """The names and values of a scorer's line.

    >>> pairs_of("log_loss 0.08  auc 0.5")
    [('log_loss', '0.08'), ('auc', '0.5')]
    """
    return re.findall(r"(\S+) ([\d.]+)", text)


def better(methods: Figures, kind: str, name: str, best: Callable) -> Figures:
    """The submission's figure beside the best baseline's."""
    others = {method: row[name] for method, row in methods.items()
              if method.startswith(f"{kind} ") and not method.endswith(" submitted")}  # fmt: skip
    mine, baseline = methods[f"{kind} submitted"][name], best(others, key=others.__getitem__)
    beats = mine != others[baseline] and best(mine, others[baseline]) == mine
    return {"figure": f"{kind} {name}", "submitted": mine, "baseline": baseline,
            "bar": others[baseline], "met": beats}  # fmt: skip


def strangers(args: Namespace) -> Figures:
    """Members without an earlier yes, pooled over the years."""
    if not args.data.is_dir():
        return {"absent": str(args.data)}
    window = (STRANGERS_FROM, FINAL[1] if args.final else DEVELOPMENT[1])
    with temporary_home() as home, tempfile.TemporaryDirectory() as folder:
        import_meetup(home, args.data)
        note(f"strangers: huoli backtest ranking {window[0]} to {window[1]}")
        replay(home, "ranking", *window, Path(folder))
        months = stranger_months(args.protocols, args.data, Path(folder), *window)
    return {"from": window[0], "to": window[1]} | stranger_figures(months)
