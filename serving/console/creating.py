"""A new draft, begun from a template or from another activity."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from features.history.columns import moment
from features.language import _
from serving.console.activity import activities_of, shown
from serving.console.audience_words import audience_words
from serving.console.beginnings import CARRIED, TEMPLATES, begun, copied
from serving.console.choices import Choices, choices_of
from serving.console.design_form import Typed, design_of, kept_audience, place_of, sent, typed
from serving.console.rendering import query
from serving.console.site import Visit
from serving.contract import ActivityDraft, ForecastsRequest
from serving.organisation import ActivityRecord, activity_as
from serving.problems import FieldError, Problem
from serving.resources import Conditions
from serving.subject import subject_of

NEW = _("New activity")
# so many activities can be chosen as a beginning
MOST_OFFERED = 100


@dataclass(frozen=True)
class Original:
    """The activity that a new one is a copy of."""

    activity_id: str
    title: str
    content: Mapping[str, Any]


def form(visit: Visit) -> Response:
    """Which template, and then its fields as they begin."""
    template, choices, now = visit.query.get("template", ""), choices_of(visit.desk), _now(visit)
    original = _original(visit, visit.query.get("copy", ""))
    if original:
        values = typed(copied(original.content, now), choices)
    elif template in TEMPLATES:
        held = [one.content for one in activities_of(visit.desk).all()]
        values = typed(begun(template, held, choices, now), choices)
    else:
        return _beginnings(visit)
    return _form(visit, values, choices, original, {}, 200)


def created(visit: Visit) -> Response:
    """Keep the draft, and go on to its review; or the form again, saying what is wrong."""
    values, choices = sent(visit.form), choices_of(visit.desk)
    original = _original(visit, visit.sent("copy"))
    read = design_of(values, choices, _now(visit))
    wrong = read.wrong or _not_forecast(visit, read.design)
    if wrong:
        return _form(visit, values, choices, original, wrong, 422)
    design = _carried(visit, original) | {
        name: value for name, value in read.design.items() if value is not None
    }
    if "reward_points" in design:
        design.setdefault("reward_kind", "points")
    # a draft is announced by whoever approves it, and until then has no moment of it
    design.pop("announced_at", None)
    address = _kept(visit, ActivityRecord.model_validate(design))
    return visit.to(query(address, {"notice": values.texts["notice"]}), "drafted")


def _kept(visit: Visit, record: ActivityRecord) -> str:
    """Keep it as `PUT /v1/activities/{activity_id}` does; where its pages begin."""
    activity_id = f"hc-{secrets.token_hex(5)}"
    found, _new = activities_of(visit.desk).put(
        activity_id, Conditions(none_match="*"), activity_as(activity_id, record),
        record.organiser_id,
    )  # fmt: skip
    if found is None:
        raise Problem(500)
    visit.desk.keep_up()
    return shown(found).address


def _now(visit: Visit) -> Any:
    return moment(visit.desk.state.board.present)


def _original(visit: Visit, activity_id: str) -> Original | None:
    """The activity to copy; None where none is named, or none is there."""
    if not activity_id:
        return None
    try:
        content = activities_of(visit.desk).get(activity_id).content
    except Problem:
        return None
    return Original(activity_id, content["title"], content)


def _carried(visit: Visit, original: Original | None) -> dict[str, Any]:
    """What a copy takes over beside what the form says; an organiser who was erased is nobody."""
    if original is None:
        return {}
    found = {name: original.content[name] for name in CARRIED
             if original.content.get(name) is not None}  # fmt: skip
    organiser = found.get("organiser_id")
    if organiser and visit.desk.erasures.known([organiser]):
        found.pop("organiser_id")
    return found


def _not_forecast(visit: Visit, design: Mapping[str, Any]) -> dict[str, FieldError]:
    """Why the design could not be forecast, by the form's fields; empty where it can."""
    draft = ActivityDraft.model_validate(design)
    request = ForecastsRequest(activity_id=None, draft=draft, explain=False, language=None)
    try:
        subject_of(visit.desk.state.board, request)
    except Problem as problem:
        return {place_of(one.field): one for one in problem.errors}
    return {}


def _beginnings(visit: Visit) -> Response:
    """The templates, and the activities that a new one can be like."""
    held = sorted((shown(one) for one in activities_of(visit.desk).all()),
                  key=lambda one: one.starts, reverse=True)  # fmt: skip
    return visit.page(
        "new.html", visit.say(NEW), chosen=False, held=held[:MOST_OFFERED],
        templates=[(name, words) for name, (words, *_others) in TEMPLATES.items()],
        gone=visit.query.get("copy", ""),
    )  # fmt: skip


def _form(
    visit: Visit, values: Typed, choices: Choices, original: Original | None,
    wrong: Mapping[str, FieldError], status: int,
) -> Response:  # fmt: skip
    said = {name: visit.say(one.rule, **dict(one.values)) for name, one in wrong.items()}
    kept = kept_audience(values)
    return visit.page(
        "new.html", visit.say(NEW), status, chosen=True, values=values, choices=choices,
        original=original, wrong=said,
        kept_words=audience_words(kept, visit.say, visit.teams) if kept else "",
        today=f"{_now(visit):%Y-%m-%d}",
    )  # fmt: skip
