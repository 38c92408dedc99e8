"""`huoli train`: fit, evaluate, log and register both models."""

from collections.abc import Iterator
from datetime import datetime

import click

from features.language import _, render
from huoli.console import json_option, next_step, show
from huoli.loading import (
    employee_features,
    ensure_training_features,
    load_history,
    parse_day,
    tracked,
)

TUNED = _("With the hyperparameters that `huoli tune` found.")
SERVE = _("Next: `huoli serve`, or `huoli recommend EMPLOYEE_ID`.")
PROMOTE = _("Next: `huoli models promote --reason ...`, if these figures are better.")


@click.command("train")
@click.option("--until", callback=parse_day, help="Learn from what was known before this date.")
@json_option
def command(until: datetime | None, as_json: bool) -> None:
    """Fit both models, judge them on activities they had not seen, and register them.

    The first pair becomes champion; a later one becomes challenger until promoted.
    """
    import contextlib
    import io
    import tempfile
    from pathlib import Path

    from features.history.columns import moment
    from features.home import current_home
    from features.writer import writer_lock
    from training.fitting import fit_models
    from training.hyperparameters import values_for
    from training.registry.loading import version_name
    from training.registry.registering import register
    from training.report import draw_pictures, figures, flat

    home = current_home()
    history, limit = load_history(home, until)
    hyperparameters, tuned = values_for(home, moment(limit))
    # before the lock is held, for it takes the lock itself
    ensure_training_features(home, history, limit)
    with writer_lock(home, "train"), tempfile.TemporaryDirectory() as folder:
        track = tracked(render("Learning"), as_json)
        fitted = fit_models(history, limit, employee_features(home), track, hyperparameters)
        found = figures(fitted)
        draw_pictures(fitted, Path(folder))
        # MLflow prints what it does; the command says it in our words
        with contextlib.redirect_stderr(io.StringIO()):
            registered = register(
                home, fitted.models,
                {"data_until": moment(limit).isoformat(), "tuned": tuned, **vars(hyperparameters)},
                flat(found), fitted.launch.rows.features.head(200), Path(folder),
            )  # fmt: skip
    versions = {name: registered[name] for name in ("participation", "recommendation")}
    result = registered | {
        "metrics": found, "model_version": version_name(versions), "tuned": tuned,
    }  # fmt: skip
    show(result, lambda: _lines(found, registered, tuned), as_json)


def _lines(
    found: dict[str, dict[str, float]], registered: dict[str, str], tuned: bool
) -> Iterator[str]:
    if tuned:
        yield render(TUNED)
    for method, metrics in found.items():
        values = "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
        yield f"  {method:<22}{values}"
    yield render(
        "Registered participation {participation} and recommendation {recommendation} as {alias}.",
        registered,
    )
    if registered["alias"] == "champion":
        yield from next_step(SERVE)
    else:
        yield from next_step(PROMOTE)
