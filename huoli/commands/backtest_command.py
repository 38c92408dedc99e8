"""`huoli backtest`: replay the past honestly."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.errors import InputError
from features.language import _, render
from huoli.console import json_option, show
from huoli.loading import (
    MOST_DAYS,
    Days,
    employee_features,
    ensure_days,
    load_history,
    parse_day,
    tracked,
)

if TYPE_CHECKING:
    from training.backtest import LaunchBacktest

NEEDS_REPORT = _("{option} shows in the report alone; give --report FILE too")
WROTE = _("Wrote {files} to {out}.")
WINDOW: list[Callable[[Any], Any]] = [
    click.option("--from", "start", callback=parse_day, required=True, help="First day."),
    click.option("--to", "end", callback=parse_day, required=True, help="Day after the last."),
    click.option("--out", type=click.Path(path_type=Path), required=True, help="Where to write."),
    click.option(
        "--report",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Also write a report with pictures, one HTML file, here.",
    ),
    json_option,
]


def with_window(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that both backtests take."""
    for option in reversed(WINDOW):
        function = option(function)
    return function


@click.group("backtest")
def command() -> None:
    """Replay the past: each prediction sees only what was known then."""


@command.command("launch")
@click.option("--lead-days", type=Days(), default=14, show_default=True,
              help="Days between forecast and start.")  # fmt: skip
@click.option("--horizons", callback=lambda _ctx, _param, value: parse_days(value),
              help="In the report, also forecast so many days before: 3,7,14,30,45.")  # fmt: skip
@click.option("--with-ablation", is_flag=True,
              help="In the report, also leave out each group of features; takes long.")  # fmt: skip
@with_window
def launch_command(
    start: datetime, end: datetime, out: Path, report: Path | None, as_json: bool,
    lead_days: float, horizons: tuple[float, ...], with_ablation: bool,
) -> None:  # fmt: skip
    """Forecast each activity that starts in [--from, --to), some days before it does.

    Writes pairs.parquet (a row per invited pair), headcounts.parquet (a row per activity) and
    teams.parquet (a row per activity and team of five or more).
    """
    from features.history.columns import micros
    from features.home import current_home
    from training.backtest import forecasts_of, replay_launch
    from training.plan import first_and_last_start, lead_blocks

    if report is None and (horizons or with_ablation):
        raise InputError(NEEDS_REPORT, option="--horizons" if horizons else "--with-ablation")
    home = current_home()
    history, limit = load_history(home)
    first, _last = first_and_last_start(history)
    low, high = micros(start), micros(end)
    blocks = lead_blocks(history, first, high, lead_days)
    more = [block for lead in horizons for block in lead_blocks(history, low, high, lead)]
    ensure_days(home, [block.as_of for block in (*blocks, *more)], limit)
    given = (history, employee_features(home), low, high, lead_days,
             tracked(render("Replaying"), as_json))  # fmt: skip
    replay = replay_launch(*given)
    found = forecasts_of(replay, lead_blocks(history, low, high, lead_days))
    tables = {"pairs": found.pairs, "headcounts": found.headcounts, "teams": found.teams}
    _write(out, tables)
    if report is not None:
        leads = _lead_figures(replay, found, horizons, *given[2:]) if horizons else None
        _report_launch(report, history, found, (start, end, lead_days), leads,
                       _ablations(*given) if with_ablation else None)  # fmt: skip
    _tell(_launch_figures(found), out, [f"{name}.parquet" for name in tables], report, as_json)


def _lead_figures(
    replay: Any, found: "LaunchBacktest", horizons: tuple[float, ...], start: int, end: int,
    lead_days: float, track: Any,
) -> Any:  # fmt: skip
    from training.backtest_report import lead_figures
    from training.horizons import at_leads

    others = [lead for lead in horizons if lead != lead_days]
    return lead_figures({lead_days: found, **at_leads(replay, start, end, others, track)})


def _ablations(*given: Any) -> Any:
    from training.ablation import ablate

    return ablate(*given)


def _report_launch(
    path: Path, history: Any, found: "LaunchBacktest", window: tuple[datetime, datetime, float],
    leads: Any, ablations: Any,
) -> None:  # fmt: skip
    from huoli.report.launch import Window, launch_page
    from huoli.report.page import write_page
    from training.backtest_report import launch_report

    start, end, lead_days = window
    days = Window(f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}", lead_days)
    write_page(launch_page(launch_report(history, found), days, ablations, leads), path)


def parse_days(value: str | None) -> tuple[float, ...]:
    """Numbers of days given as 3,7,14, ascending; none where there is no value.

    Raises:
        InputError: one of them is no number of days.
    """
    if not value:
        return ()
    try:
        days = sorted({float(part) for part in value.split(",")})
    except ValueError:
        days = [-1.0]
    if not all(0 <= day <= MOST_DAYS for day in days):
        raise InputError(
            "--horizons must be days from 0 to {most} with commas, such as 3,7,14, found {value}",
            most=MOST_DAYS, value=value,
        )  # fmt: skip
    return tuple(days)


def _launch_figures(found: "LaunchBacktest") -> dict[str, dict[str, float]]:
    from training.backtest_report import past_quantiles
    from training.metrics import count_metrics, pair_metrics

    pairs, counts = found.pairs, found.headcounts
    outcome, n = pairs["outcome"].to_numpy(bool), counts["count"].to_numpy(float)
    return {
        "pairs": pair_metrics(outcome, pairs["probability"].to_numpy(float)),
        "pairs base rate": pair_metrics(outcome, pairs["base_rate"].to_numpy(float)),
        "pairs own rate": pair_metrics(outcome, pairs["own_rate"].to_numpy(float)),
        "head counts": count_metrics(n, counts),
        "head counts past": count_metrics(n, past_quantiles(counts)),
    }


@command.command("ranking")
@click.option("--horizon-days", type=click.FloatRange(min=0), default=30, show_default=True,
              help="Candidates start within so many days.")  # fmt: skip
@with_window
def ranking_command(
    start: datetime, end: datetime, out: Path, report: Path | None, as_json: bool,
    horizon_days: float,
) -> None:  # fmt: skip
    """Rank, at the first of each month in [--from, --to), the activities of the coming days.

    Writes rankings.parquet, a row per person and candidate. Prints hits, diversity, novelty and
    reach of the first ten.
    """
    from features.history.columns import micros
    from features.home import current_home
    from training.backtest import backtest_ranking
    from training.plan import first_and_last_start, month_starts
    from training.ranking_report import ranking_figures, ranking_report

    home = current_home()
    history, limit = load_history(home)
    first, _last = first_and_last_start(history)
    ensure_days(home, month_starts(first, micros(end)), limit)
    ranked = backtest_ranking(
        history, employee_features(home), micros(start), micros(end), horizon_days,
        tracked(render("Replaying"), as_json),
    )  # fmt: skip
    _write(out, {"rankings": ranked})
    if report is not None:
        from huoli.report.page import write_page
        from huoli.report.ranking import ranking_page

        days = f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}"
        write_page(ranking_page(ranking_report(history, ranked), *days, horizon_days), report)
    _tell(ranking_figures(history, ranked), out, ["rankings.parquet"], report, as_json)


def _write(out: Path, tables: dict[str, Any]) -> None:
    """Write each table whole: under another name first, so that a stop leaves no half file."""
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        part = out / f".{name}.parquet.part"
        table.to_parquet(part, index=False)
        part.replace(out / f"{name}.parquet")


def _tell(
    figures: dict[str, dict[str, float]], out: Path, files: list[str], report: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    def lines() -> list[str]:
        said = [render(WROTE, {"files": ", ".join(files), "out": out})]
        if report is not None:
            said.append(render(WROTE, {"files": report.name, "out": report.parent}))
        return [*_figure_lines(figures), *said]

    result = {"metrics": figures, "files": files, "out": str(out)}
    show(result | ({"report": str(report)} if report else {}), lines, as_json)


def _figure_lines(figures: dict[str, dict[str, float]]) -> list[str]:
    """A line per method; a line per figure where every method has the same ones."""
    names = [list(found) for found in figures.values()]
    if any(one != names[0] for one in names):
        return [
            f"  {method:<24}" + "  ".join(f"{name} {value:.4f}" for name, value in found.items())
            for method, found in figures.items()
        ]
    heads = f"  {'':<20}" + "".join(f"{method:>24}" for method in figures)
    return [heads, *(
        f"  {name:<20}" + "".join(f"{found[name]:>24.4f}" for found in figures.values())
        for name in names[0]
    )]  # fmt: skip
