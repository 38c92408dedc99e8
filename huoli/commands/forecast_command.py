"""`huoli forecast`: who would come to an activity."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.errors import InputError
from features.language import _, render
from huoli.asking import answered, checked_request, opened_desk
from huoli.console import json_option, padded, show

if TYPE_CHECKING:
    from serving.answers import CompareAnswer, ForecastAnswer, TeamCount

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
CHANGED = _(
    "With {changes}: {expected:+} people, {whole} in all; in 90 of 100 such cases between {low:+} "
    "and {high:+}."
)
TEAM_CHANGED = _("{expected:>+6}  {low:>+6} to {high:<+6}")
A_DRAFT = _("the draft")


@click.command("forecast")
@click.argument("what", metavar="ACTIVITY_ID_OR_FILE")
@click.option(
    "--change", "changes", multiple=True, metavar="FILE_OR_JSON",
    help="Fields of a draft and new values, as JSON or a file of it; up to five times.",
)  # fmt: skip
@json_option
def command(what: str, changes: tuple[str, ...], as_json: bool) -> None:
    """Show who would come to an activity: everyone and by team, and what moves it.

    Give the id of an activity in the tables, or a JSON file with a draft: the body of a call of
    the service, or its draft alone. With --change, also how many more or fewer would come if
    these fields were changed, as with --change '{"reward_points": 50}'.
    """
    from serving.contract import CompareRequest, ForecastsRequest

    if changes:
        body = json.loads(_body(what)) | {"variants": [_change(one) for one in changes]}
        asked = checked_request(CompareRequest, json.dumps(body))
        with opened_desk() as desk:
            compared = answered(lambda language: desk.compare(asked, language))
        show(compared.model_dump(), lambda: _compared_lines(compared), as_json)
        return
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
    found = _json_of(path)
    whole = isinstance(found, dict) and ("draft" in found or "activity_id" in found)
    return json.dumps(found if whole and "title" not in found else {"draft": found})


def _change(text: str) -> object:
    """The changed fields that a text of JSON, or else a file, holds.

    Raises:
        InputError: it is neither.
    """
    if not text.lstrip().startswith("{"):
        return _json_of(Path(text))
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(
            "--change must be JSON such as {example}, or a file of it, found: {problem}",
            example='{"reward_points": 50}', problem=str(error),
        ) from error  # fmt: skip


def _json_of(path: Path) -> Any:
    """What the file holds.

    Raises:
        InputError: it cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
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


def _compared_lines(answer: "CompareAnswer") -> Iterator[str]:
    yield from _lines(answer.forecast)
    for variant in answer.variants:
        told = json.dumps(variant.changes, ensure_ascii=False)
        values = variant.difference.model_dump() | {"changes": told}
        yield ""
        yield render(CHANGED, values | {"whole": variant.forecast.overall.expected})
        for name, title in BREAKDOWNS.items():
            teams = getattr(variant, name)
            yield from [render(title)] if teams else []
            for team in teams:
                row = render(TEAM_CHANGED, team.model_dump())
                yield f"  {padded(team.team, 24)}{row}"
        yield from variant.notes


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
