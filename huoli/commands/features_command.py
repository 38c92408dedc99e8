"""`huoli features`: tables to features, applied to Feast and materialised."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from features.language import _, render
from huoli.console import json_option, next_step, show
from huoli.loading import parse_day, tracked

COMPUTED = _(
    "Computed {n_features} features of employees on {n_days} days from {first} to {last}: "
    "{n_rows} rows, {n_new} days of them new."
)
TAKEN_IN = _("Took in {n_arrived} events and records that arrived over REST since the import.")
OFF = _("No table {table} was imported, so these are unknown for everyone: {features}.")
ONLINE = _("Online: {n_online} employees as of {day}.")
NEXT = _("Next: `huoli train`.")


@click.command("features")
@click.option(
    "--until", metavar="DATE", callback=parse_day,
    help="Compute the days up to this one; default: the end of the data.",
)  # fmt: skip
@json_option
def command(until: datetime | None, as_json: bool) -> None:
    """Compute features from the tables and put the newest day online.

    Each Monday since the first activity is computed, for training, and the last day, for serving;
    days that are there already are kept as long as the tables stay the same.
    """
    from features.home import current_home
    from features.tables.snapshots import current_tables, read_table

    home = current_home()
    tables = current_tables(home)  # where there are none, it is said before Feast is loaded
    from features.feature_store.building import ensure_features, materialise_latest
    from features.feature_store.snapshots import features_or_none
    from features.writer import writer_lock
    from huoli.taking_in import take_in
    from training.plan import training_days

    with writer_lock(home, "features"):
        tables, n_arrived = take_in(home)
    former = features_or_none(home)
    limit = min(until or tables.data_until, tables.data_until)
    first = min(read_table(tables, "activities")["starts_at"].to_pylist(), default=limit)
    days = training_days(limit, first)
    ensure_features(home, days, limit, tracked(render("Computing features"), as_json))
    snapshot = materialise_latest(home)
    kept = former.days if former and former.tables == snapshot.tables else ()
    result = _result(snapshot, len(set(snapshot.days) - set(kept))) | {"n_arrived": n_arrived}
    show(result, lambda: _lines(result), as_json)


def _result(snapshot: Any, n_new: int) -> dict[str, Any]:
    from features.employee_features import EMPLOYEE_FEATURES

    return {
        "snapshot": snapshot.snapshot_id,
        "tables": snapshot.tables,
        "n_features": len(EMPLOYEE_FEATURES),
        "n_days": len(snapshot.days),
        "n_new": n_new,
        "first": f"{snapshot.days[0]:%Y-%m-%d}",
        "last": f"{snapshot.newest_day:%Y-%m-%d}",
        "n_rows": snapshot.n_rows,
        "day": f"{snapshot.online_day:%Y-%m-%d}",
        "n_online": snapshot.n_online,
        "off": snapshot.missing,
    }


def _lines(result: dict[str, Any]) -> Iterator[str]:
    if result["n_arrived"]:
        yield render(TAKEN_IN, result)
    yield render(COMPUTED, result)
    for table, names in result["off"].items():
        yield render(OFF, {"table": table, "features": ", ".join(names)})
    yield render(ONLINE, result)
    yield from next_step(NEXT)
