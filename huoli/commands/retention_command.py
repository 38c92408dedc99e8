"""`huoli retention`: what is older than it may be kept."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from features.language import _, render
from huoli.console import json_option, show
from huoli.opened import existing_home

if TYPE_CHECKING:
    from huoli.retention import Counts

UNSET = _(
    "Nothing is set: {file} says how many days each table is kept, under [days], such as "
    "`events = 730`."
)
WOULD = _("{store} {table}: {n} rows are older than {days} days")
DROPPED = _("{store} {table}: {n} rows older than {days} days dropped")
DRY = _("Nothing was dropped; `huoli retention --apply` does so.")
AGAIN = _(
    "An export that still has such rows brings them back: run this after each import. Next: "
    "`huoli features`."
)
TAKEN_IN = _("Of events only those go that `huoli features` has taken into the tables.")
NO_AUDIT = _("The audit log is kept whole: an entry can only be checked by those before it.")


@click.command("retention")
@click.option("--apply", "apply", is_flag=True, help="Drop the rows; without it they are counted.")
@json_option
def command(apply: bool, as_json: bool) -> None:
    """Count, or drop, rows that are older than data/retention.toml lets each table be kept.

    It holds a table [days] with a number for each of: participations, workdays, trainings,
    performances, customer_contacts, survey_answers, interactions, points, redemptions, memberships
    (ended), events, recommendations, forecasts, comparisons, audiences (at least 30),
    designs.
    """
    from huoli.retention import drop_too_old, retention_days, settings_file, too_old

    home = existing_home()
    days = retention_days(home)
    found = (drop_too_old if apply else too_old)(home, days)
    result = {"applied": apply, "days": days, **found}
    unset = render(UNSET, {"file": settings_file(home)})
    show(result, lambda: _lines(found, days, apply) if days else [unset], as_json)


def _lines(found: "Counts", days: Mapping[str, int], applied: bool) -> Iterator[str]:
    for store, counts in found.items():
        for table, n in sorted(counts.items()):
            values = {"store": render(STORES[store]), "table": table, "n": n, "days": days[table]}
            yield render(DROPPED if applied else WOULD, values)
    yield render(AGAIN if applied else DRY)
    if "events" in days:
        yield render(TAKEN_IN)
    yield render(NO_AUDIT)


STORES = {"tables": _("tables"), "database": _("database")}
