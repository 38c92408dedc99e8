"""`huoli recommend`: which activities suit an employee."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from features.language import _, render
from huoli.asking import answered, checked_request, opened_desk
from huoli.console import json_option, padded, show

if TYPE_CHECKING:
    from serving.answers import EmployeeList, Item, RecommendationsAnswer

HEAD = _("Suggestions for {employee_id} as of {as_of} UTC, by {version}:")
SHARED = _("The list that everyone without profiling gets, as of {as_of} UTC:")
DEGRADED = _("No list is personal now: {reason}")
NOTHING = _("No activity is open to {employee_id} and not answered yet.")
SOURCES = {
    "model": _("from your own record"),
    "similar people": _("from people like you"),
    "popular": _("from what is popular"),
}
UNITS = {"attendance": _("attends"), "registration": _("registers")}


@click.command("recommend")
@click.argument("employee_id")
@click.option("-k", "k", default=10, show_default=True, help="How many activities at most, 1-100.")
@json_option
def command(employee_id: str, k: int, as_json: bool) -> None:
    """Show which activities suit an employee, the best first, each with its reasons.

    The service gives the same answer, and both keep what they answered.
    """
    from serving.contract import RecommendationsRequest

    body = json.dumps({"employee_id": employee_id, "k": k})
    request = checked_request(RecommendationsRequest, body)
    with opened_desk() as desk:
        answer = answered(lambda language: desk.recommend(request, language))
    show(answer.model_dump(), lambda: _lines(answer), as_json)


def _lines(answer: "RecommendationsAnswer") -> Iterator[str]:
    found = answer.recommendations[0]
    yield from _head(answer, found)
    for place, item in enumerate(found.items, 1):
        yield from _told(place, item)
    if not found.items:
        yield render(NOTHING, {"employee_id": found.employee_id})


def _head(answer: "RecommendationsAnswer", found: "EmployeeList") -> Iterator[str]:
    values = {
        "employee_id": found.employee_id,
        "as_of": day_and_hour(answer.as_of),
        "version": answer.model_version,
    }
    yield render(HEAD if found.personal else SHARED, values)
    if answer.degraded:
        yield render(DEGRADED, {"reason": answer.degraded})


def _told(place: int, item: "Item") -> Iterator[str]:
    chance = f"{round(100 * item.probability):>3}%"
    source = render(SOURCES[item.source])
    title = padded(f"{item.title} ({item.activity_id})", 44)
    yield (
        f"{place:>3}. {title} {day_and_hour(item.starts_at)} UTC  {chance} "
        f"{render(UNITS[item.unit])}, {source}"
    )
    yield f"     {'; '.join(item.reasons)}"


def day_and_hour(moment: str) -> str:
    """An ISO moment as people read it.

    >>> day_and_hour("2026-12-10T08:00:00+00:00")
    '2026-12-10 08:00'
    """
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}"
