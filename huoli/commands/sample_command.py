"""`huoli sample`: a simulated company's exports, to try everything with."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from features.errors import InputError
from features.language import _, render
from huoli.console import json_option, progress, show
from huoli.loading import parse_day

EMPLOYEES, MONTHS, YEARS = (50, 50_000), (3, 60), (2000, 2099)
WROTE = _(
    "Wrote the exports of a simulated company to {out}: {n_employees} employees, {n_activities} "
    "activities, {months} months up to {end} 00:00 UTC."
)
SYSTEM = _("  {system}: {megabytes:.1f} MB")
TRUTH = _("True probabilities of {n_truth} activities and invited people: {truth}")
NEXT = _("Next: `huoli import {out} --mapping sample_company`")


@click.command("sample")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="DIR",
    help="Where the exports go: a new or empty folder, or a former sample, which is replaced.",
)  # fmt: skip
@click.option("--employees", default=5_000, show_default=True, help="Headcount.")
@click.option("--months", default=24, show_default=True, help="Months of history.")
@click.option(
    "--end", metavar="DATE", callback=parse_day,
    help="The export's moment, 00:00 UTC of that day; default: today.",
)  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="Another seed, another company.")
@click.option(
    "--truth", type=click.Path(path_type=Path), metavar="DIR",
    help="Also write the true probabilities there; for tests and benchmarks only.",
)  # fmt: skip
@json_option
def command(
    out: Path,
    employees: int,
    months: int,
    end: datetime | None,
    seed: int,
    truth: Path | None,
    as_json: bool,
) -> None:
    """Write a simulated company's exports.

    An IT-services firm in nine Chinese cities, as eight of its systems would export it. The same
    options and end give the same files, byte for byte. They are written whole or not at all.
    """
    end = end or datetime.now(UTC)
    _check_range("--employees", employees, EMPLOYEES)
    _check_range("--months", months, MONTHS)
    _check_range("--end", end.year, YEARS)
    _check_range("--seed", seed, (0, 2**32 - 1))
    _check_folders(out, truth)
    from sample_company.exports import write_exports
    from sample_company.settings import Settings
    from sample_company.truth import write_truth
    from sample_company.world import simulate

    settings = Settings(employees, months, end.date(), seed)
    world = simulate(settings, _tracked(render("Simulating activities"), as_json))
    try:
        sizes = write_exports(world, out, _tracked(render("Writing exports"), as_json))
        n_truth = write_truth(world, truth) if truth else 0
    except OSError as error:
        raise InputError(
            "--out and --truth must be folders that can be written, found: {problem}; name others",
            problem=error.strerror,
        ) from error
    result = {
        "out": str(out),
        "n_employees": int(world.people.present(settings.end - 1).sum()),
        "n_activities": sum(a.announced < settings.end for a in world.activities.values()),
        "months": months,
        "end": f"{end:%Y-%m-%d}",
        "seed": seed,
        "bytes": sizes,
        "truth": str(truth) if truth else None,
        "n_truth": n_truth,
    }
    show(result, lambda: _lines(result), as_json)


def _tracked(label: str, as_json: bool) -> Any:
    return iter if as_json else lambda items: progress(label, items, len(items))


def _check_range(option: str, value: int, bounds: tuple[int, int]) -> None:
    low, high = bounds
    if not low <= value <= high:
        raise InputError(
            "{option} must lie between {low} and {high}, found {value}; give another",
            option=option, low=low, high=high, value=value,
        )  # fmt: skip


def _check_folders(out: Path, truth: Path | None) -> None:
    from sample_company.exports import is_free

    if not is_free(out):
        raise InputError(
            "--out must be a new or empty folder or a former sample, found other files in {out}; "
            "name another folder",
            out=out,
        )
    if Path.cwd().is_relative_to(out.resolve()):
        raise InputError("--out must not be the current folder, which would be replaced; name one")
    if truth is None:
        return
    if truth.resolve().is_relative_to(out.resolve()):
        raise InputError(
            "--truth must lie outside of --out, found {truth}; the exports hold no truth",
            truth=truth,
        )
    if truth.exists() and not truth.is_dir():
        raise InputError("--truth must be a folder, found a file; name another", truth=truth)


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield render(WROTE, result)
    for system, size in result["bytes"].items():
        yield render(SYSTEM, {"system": system, "megabytes": size / 1e6})
    if result["truth"]:
        yield render(TRUTH, result)
    yield render(NEXT, result)
