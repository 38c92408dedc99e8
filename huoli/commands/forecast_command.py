"""`huoli forecast`: who would come to an activity."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import InputError
from features.language import _, render
from huoli.asking import answered, checked_request, opened_desk
from huoli.console import json_option, padded, show

if TYPE_CHECKING:
    from serving.answers import ForecastAnswer, TeamCount

HEAD = _("Forecast of {what} as of {as_of} UTC, by {version}:")
OVERALL = _(
    "{expected} of {invited} people ({rate_percent}%) {unit}; "
    "in 90 of 100 such cases between {low} and {high}."
)
UNITS = {"attendance": _("will attend"), "registration": _("will register")}
STAGES = {
    "launch": _("Before launch: no answer to it is read."),
    "open": _("It is open: the answers so far are read."),
}
TEAM = _("{expected:>5} of {invited:>5}  {low:>5} to {high:<5} {rate_percent:>3}%")
BREAKDOWNS = {
    "by_function": _("By function:"),
    "by_project_group": _("By project group:"),
    "by_city": _("By city:"),
}
DRIVERS = _(
    "Against the {usual}% whom these people's recent activities drew, in percentage points "
    "(± sampling error): {drivers}"
)
A_DRAFT = _("the draft")


@click.command("forecast")
@click.argument("what", metavar="ACTIVITY_ID_OR_FILE")
@json_option
def command(what: str, as_json: bool) -> None:
    """Show who would come to an activity: everyone and by team, and what moves it.

    Give the id of an activity in the tables, or a JSON file with a draft: the body of a call of
    the service, or its draft alone.
    """
    from serving.contract import ForecastsRequest

    request = checked_request(ForecastsRequest, _body(what))
    with opened_desk() as desk:
        answer = answered(lambda language: desk.forecast(request, language))
    show(answer.model_dump(), lambda: _lines(answer), as_json)


def _body(what: str) -> str:
    """The body of a call for this activity or file.

    Raises:
        InputError: a file is meant and cannot be read, or is no JSON object.
    """
    path = Path(what)
    if not (path.is_file() or path.suffix == ".json"):
        return json.dumps({"activity_id": what})
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            "{file} must be a file that can be read, found: {problem}",
            file=path.name, problem=error.strerror,
        ) from error  # fmt: skip
    except ValueError as error:
        raise InputError(
            "{file} must be JSON in UTF-8, found: {problem}; see the example at /docs",
            file=path.name, problem=str(error),
        ) from error  # fmt: skip
    whole = isinstance(found, dict) and ("draft" in found or "activity_id" in found)
    return json.dumps(found if whole and "title" not in found else {"draft": found})


def _lines(answer: "ForecastAnswer") -> Iterator[str]:
    from huoli.commands.recommend_command import day_and_hour

    what = answer.activity_id or render(A_DRAFT)
    values = {"what": what, "as_of": day_and_hour(answer.as_of), "version": answer.model_version}
    yield render(HEAD, values)
    unit = {"unit": render(UNITS[answer.unit])}
    yield "  " + render(OVERALL, answer.overall.model_dump() | unit)
    yield "  " + render(STAGES[answer.stage])
    for name, title in BREAKDOWNS.items():
        yield from _teams(title, getattr(answer, name))
    if answer.drivers:
        told = ", ".join(
            f"{driver.label} {driver.points:+} (±{driver.error})" for driver in answer.drivers
        )
        yield render(DRIVERS, {"usual": answer.usual_percent, "drivers": told})
    yield from answer.notes


def _teams(title: str, teams: Sequence["TeamCount"]) -> Iterator[str]:
    if teams:
        yield render(title)
    for team in teams:
        yield f"  {padded(team.team, 24)}{render(TEAM, team.model_dump())}"
