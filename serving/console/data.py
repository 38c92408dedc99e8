"""What was imported, what was not taken and why, and how old everything is."""

from starlette.responses import Response

from serving.console import models_shown
from serving.console.freshness import ages
from serving.console.imports import Imported, imported
from serving.console.model_charts import rows_of_imports
from serving.console.pictures import Picture, Table, picture
from serving.console.site import Visit
from serving.console.zone import company_zone


def read(visit: Visit) -> Response:
    """The page."""
    # whoever looks at the data looks at the models next
    models_shown.prepare(visit)
    found = imported(visit.desk.home, visit.language)
    readiness = visit.desk.readiness(visit.language)
    state = visit.desk.loaded
    return visit.page(
        "data.html", visit.say("Data and models"), found=found, readiness=readiness,
        ages=ages(visit, found.snapshot) if found else [], zone=company_zone(visit.desk),
        chart=_chart(visit, found) if found and found.former else None,
        waits=bool(found and state and state.snapshot not in ("", found.snapshot.snapshot_id)),
    )  # fmt: skip


def _chart(visit: Visit, found: Imported) -> Picture:
    rows = [(line.words, line.before or 0, line.rows) for line in found.lines]
    names = (visit.say("this import"), visit.say("the import before"))
    arguments = {"rows": rows, "names": names, "label": visit.say("rows (each step is ten times)")}
    heads = (visit.say("Table"), visit.say("the import before"), visit.say("this import"))
    alt = visit.say("Rows of each table, in this import and the one before")
    table = Table(heads, [(name, f"{before:,}", f"{now:,}") for name, before, now in rows])
    return picture(rows_of_imports, arguments, alt, table)
