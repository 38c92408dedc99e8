"""`huoli tune`: search for better hyperparameters, and let a later time decide on them."""

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from features.home import Home
from features.language import _, render
from huoli.console import json_option, next_step, progress_to_one, say, show, waiting
from huoli.loading import employee_features, ensure_training_features, load_history, tracked

if TYPE_CHECKING:
    from training.tuning import Found
    from training.tuning_folds import Plan, Verdict

MINUTES = 10.0
BEFORE = _("{n_before} of {n} trials were there already.")
TRIALS = _(
    "{n} trials, {n_pruned} of them cut short; mean log-loss {loss:.5f} with the best values, "
    "{default:.5f} with the defaults."
)
LATER = _(
    "On {n} later activities that the search did not see: log-loss {ours:.5f} against "
    "{default:.5f}, a difference of {difference:+.5f} ({low:+.5f} to {high:+.5f} in 95 of 100 "
    "cases); the found values are better with a probability of {sure:.1%}."
)
ADOPTED = _("Adopted: `huoli train` now takes the found values.")
UNSURE = _("The interval holds 0: the gain may be luck. `huoli tune --reset` takes it back.")
KEPT = _("Not adopted, since they are not better there: `huoli train` takes the defaults.")
NONE_BETTER = _("No trial was better than the defaults, which `huoli train` takes.")
NEXT = _("Next: `huoli train`.")
STOPPED = _("Stopped; the finished trials are kept, and `huoli tune` goes on from here.")
RESET = _("`huoli train` takes the defaults again.")
NOTHING = _("Nothing was adopted: `huoli train` takes the defaults as it is.")


@click.command("tune")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), metavar="MINUTES",
              help="How long to search; 10 unless --trials is given.")  # fmt: skip
@click.option("--trials", type=click.IntRange(min=1), metavar="N",
              help="Stop when there are so many trials, earlier ones counted.")  # fmt: skip
@click.option("--reset", is_flag=True, help="Take back what was adopted, and search nothing.")
@json_option
def command(minutes: float | None, trials: int | None, reset: bool, as_json: bool) -> None:
    """Search for better hyperparameters of the participation model.

    Trials are judged on four windows of the past. A later window, which no trial saw, decides
    whether `huoli train` takes the best values. The same command again goes on where it stopped.
    """
    from features.home import current_home
    from features.writer import writer_lock

    home = current_home()
    if reset:
        with writer_lock(home, "tune"):
            _reset(home, as_json)
        return
    minutes = MINUTES if trials is None and minutes is None else minutes
    try:
        result, found, verdict = _tune(home, minutes, trials, as_json)
    except KeyboardInterrupt:
        say(STOPPED)
        raise SystemExit(130) from None
    show(result, lambda: _lines(found, verdict, result["adopted"]), as_json)


def _reset(home: Home, as_json: bool) -> None:
    from training.hyperparameters import remove_adopted

    removed = remove_adopted(home)
    show({"removed": removed}, lambda: [render(RESET if removed else NOTHING)], as_json)


def _tune(
    home: Home, minutes: float | None, trials: int | None, as_json: bool
) -> "tuple[dict[str, Any], Found, Verdict | None]":
    """(what is printed, the search, its verdict: None where the defaults are best)."""
    from features.history.columns import moment
    from features.tables.snapshots import current_tables
    from features.writer import writer_lock
    from training.hyperparameters import DEFAULTS, values_for
    from training.tuning import search, study_name
    from training.tuning_folds import judge, losses_on, plan_folds

    history, limit = load_history(home)
    name = study_name(moment(limit), current_tables(home).snapshot_id)
    tried, _tuned = values_for(home, moment(limit))
    ensure_training_features(home, history, limit)
    with writer_lock(home, "tune"):
        track = tracked(render("Building rows"), as_json)
        plan: Plan = plan_folds(history, limit, employee_features(home), track)
        with progress_to_one(render("Searching"), as_json) as tell:
            found = search(
                home.tuning / "studies.db", name, losses_on(plan), minutes, trials, tried, tell
            )
        with waiting(render("Judging by the later window")):
            verdict = None if found.best == DEFAULTS else judge(plan, found.best)
        return _decided(home, name, limit, found, verdict), found, verdict


def _decided(
    home: Home, name: str, limit: int, found: "Found", verdict: "Verdict | None"
) -> dict[str, Any]:
    """Log the study, then write what was decided: a stop in between adopts nothing."""
    from features.history.columns import moment
    from training.hyperparameters import DEFAULTS, Adopted, write_adopted
    from training.registry.studies import log_study

    adopted = verdict is not None and verdict.better
    later = dataclasses.asdict(verdict) if verdict else {}
    figures = {"tuning_log_loss": found.loss, "tuning_default_log_loss": found.default_loss}
    figures |= {f"later_{name}": float(value) for name, value in later.items()}
    run_id = log_study(
        home, name,
        {"data_until": moment(limit).isoformat(), "n_trials": len(found.trials)} | vars(found.best),
        figures, found.trials, adopted,
    )  # fmt: skip
    values = found.best if adopted else DEFAULTS
    write_adopted(home, Adopted(moment(limit), adopted, values, figures))
    return {
        "study": name, "run_id": run_id, "adopted": adopted, "n_trials": len(found.trials),
        "n_before": found.n_before, "best": vars(found.best), "later": later or None,
        "log_loss": found.loss, "default_log_loss": found.default_loss,
    }  # fmt: skip


def _lines(found: "Found", verdict: "Verdict | None", adopted: bool) -> Iterator[str]:
    n = len(found.trials)
    if found.n_before:
        yield render(BEFORE, {"n_before": found.n_before, "n": n})
    n_pruned = sum(trial["pruned"] for trial in found.trials)
    yield render(TRIALS, {"n": n, "n_pruned": n_pruned, "loss": found.loss,
                          "default": found.default_loss})  # fmt: skip
    if verdict is None:
        yield render(NONE_BETTER)
        return
    for name, value in vars(found.best).items():
        yield f"  {name:<20}{value:.6g}"
    yield render(LATER, {
        "n": verdict.n_activities, "ours": verdict.log_loss, "default": verdict.default_log_loss,
        "difference": verdict.difference, "low": verdict.low, "high": verdict.high,
        "sure": verdict.sure,
    })  # fmt: skip
    yield render(ADOPTED if adopted else KEPT)
    if adopted and verdict.high > 0:
        yield render(UNSURE)
    if adopted:
        yield from next_step(NEXT)
