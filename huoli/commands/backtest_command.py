"""`huoli backtest`: replay the past honestly."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from features.language import render
from huoli.console import json_option, show
from huoli.loading import employee_features, load_history, parse_day, tracked

WINDOW: list[Callable[[Any], Any]] = [
    click.option("--from", "start", callback=parse_day, required=True, help="First day."),
    click.option("--to", "end", callback=parse_day, required=True, help="Day after the last."),
    click.option("--out", type=click.Path(path_type=Path), required=True, help="Where to write."),
    json_option,
]


def window(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that both backtests take."""
    for option in reversed(WINDOW):
        function = option(function)
    return function


@click.group("backtest")
def command() -> None:
    """Replay the past: each prediction sees only what was known then."""


@command.command("launch")
@click.option("--lead-days", type=click.FloatRange(min=0), default=14, show_default=True,
              help="Days between forecast and start.")  # fmt: skip
@window
def launch_command(
    start: datetime, end: datetime, out: Path, as_json: bool, lead_days: float
) -> None:
    """Forecast each activity that starts in [--from, --to), some days before it does.

    Writes pairs.parquet (a row per invited pair) and headcounts.parquet (a row per activity).
    """
    from features.history.columns import micros
    from features.home import current_home
    from training.backtest import backtest_launch
    from training.metrics import LEVELS, count_metrics, pair_metrics
    from training.plan import first_and_last_start, lead_blocks

    home = current_home()
    history, _ = load_history(home)
    first, _ = first_and_last_start(history)
    blocks = lead_blocks(history, first, micros(end), lead_days)
    _ensure_days(home, [block.as_of for block in blocks])
    found = backtest_launch(
        history, employee_features(home), micros(start), micros(end), lead_days,
        tracked(render("Replaying"), as_json),
    )  # fmt: skip
    _write(out, {"pairs": found.pairs, "headcounts": found.headcounts})
    pairs, counts = found.pairs, found.headcounts
    outcome, n = pairs["outcome"].to_numpy(bool), counts["count"].to_numpy(float)
    baseline = counts[[f"baseline_{name}" for name in LEVELS]].set_axis(list(LEVELS), axis=1)
    figures = {
        "pairs": pair_metrics(outcome, pairs["probability"].to_numpy(float)),
        "pairs base rate": pair_metrics(outcome, pairs["base_rate"].to_numpy(float)),
        "pairs own rate": pair_metrics(outcome, pairs["own_rate"].to_numpy(float)),
        "head counts": count_metrics(n, counts),
        "head counts past": count_metrics(n, baseline),
    }
    _tell(figures, out, ["pairs.parquet", "headcounts.parquet"], as_json)


@command.command("ranking")
@click.option("--horizon-days", type=click.FloatRange(min=0), default=30, show_default=True,
              help="Candidates start within so many days.")  # fmt: skip
@window
def ranking_command(
    start: datetime, end: datetime, out: Path, as_json: bool, horizon_days: float
) -> None:
    """Rank, at the first of each month in [--from, --to), the activities of the coming days.

    Writes rankings.parquet, a row per person and candidate.
    """
    from features.history.columns import micros
    from features.home import current_home
    from training.backtest import backtest_ranking
    from training.plan import first_and_last_start, month_starts

    home = current_home()
    history, _ = load_history(home)
    first, _ = first_and_last_start(history)
    _ensure_days(home, month_starts(first, micros(end)))
    ranked = backtest_ranking(
        history, employee_features(home), micros(start), micros(end), horizon_days,
        tracked(render("Replaying"), as_json),
    )  # fmt: skip
    _write(out, {"rankings": ranked})
    figures = {
        name: {"ndcg_at_10": _ndcg(ranked, column)}
        for name, column in (("ranking", "rank"), ("popularity", "rank_popularity"),
                             ("own group, popularity", "rank_own_group"))
    }  # fmt: skip
    _tell(figures, out, ["rankings.parquet"], as_json)


def _ensure_days(home: Any, moments: list[int]) -> None:
    from features.feature_store import ensure_features
    from features.history.columns import DAY, moment

    days = sorted({at // DAY * DAY for at in moments})
    ensure_features(home, [moment(day) for day in days])


def _ndcg(ranked: Any, column: str) -> float:
    """Mean NDCG@10 over lists that hold a registration."""
    from training.metrics import ndcg_at_k

    ordered = ranked.sort_values(["as_of", "employee_id", column])
    lists = ordered.groupby(["as_of", "employee_id"])["outcome"]
    found = [ndcg_at_k(hits.to_numpy(float), int(hits.sum())) for _, hits in lists if hits.any()]
    return sum(found) / len(found) if found else float("nan")


def _write(out: Path, tables: dict[str, Any]) -> None:
    """Write each table whole: under another name first, so that a stop leaves no half file."""
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        part = out / f".{name}.parquet.part"
        table.to_parquet(part, index=False)
        part.replace(out / f"{name}.parquet")


def _tell(figures: dict[str, dict[str, float]], out: Path, files: list[str], as_json: bool) -> None:
    def lines() -> list[str]:
        table = [
            f"  {method:<24}" + "  ".join(f"{name} {value:.4f}" for name, value in found.items())
            for method, found in figures.items()
        ]
        return [*table, render("Wrote {files} to {out}.", {"files": ", ".join(files), "out": out})]

    show({"metrics": figures, "files": files, "out": str(out)}, lines, as_json)
