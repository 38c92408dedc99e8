"""A new draft, begun from a template."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from features.language import _
from serving.console.activity import FAMILIES, activities_of, shown
from serving.console.rendering import zone_of
from serving.console.site import Visit
from serving.organisation import ActivityRecord, activity_as
from serving.problems import Problem, field_errors
from serving.resources import Conditions

ZONE = "Asia/Shanghai"
# what each template begins with: topics, length in hours, points, local hour
BEGINNINGS: dict[str, tuple[Mapping[str, float], float, int, int]] = {
    "technical_challenge": ({"technical": 1.0}, 2, 50, 19),
    "cross_project_task": ({"collaboration": 0.6, "technical": 0.4}, 2, 80, 15),
    "employee_stories": ({"stories": 0.7, "social": 0.3}, 1, 20, 12),
    "customer_story": ({"customer": 0.7, "stories": 0.3}, 1, 20, 15),
    "knowledge_quiz": ({"corporate": 0.5, "technical": 0.5}, 1, 20, 15),
    "board_games": ({"games": 0.7, "social": 0.3}, 2, 20, 19),
}
NEW = _("New activity")


def form(visit: Visit) -> Response:
    """Which template, and then its fields as they begin."""
    template = visit.query.get("template", "")
    if template not in BEGINNINGS:
        return visit.page("new.html", visit.say(NEW), templates=list(BEGINNINGS), chosen=None)
    return _form(visit, template, _begun(visit, template), {}, 200)


def created(visit: Visit) -> Response:
    """Keep the draft, and go on to its review; or the form again, saying what is wrong."""
    template = visit.sent("template")
    values = {name: visit.sent(name) for name in ("title", "day", "hour", "audience", "points")}
    tags, hours, _points, _hour = BEGINNINGS.get(template, ({}, 1, 0, 15))
    wrong: dict[str, str] = {}
    content = {
        "title": values["title"], "template": template, "tags": dict(tags), "mode": "online",
        "timezone": ZONE, "reward_points": values["points"] or None,
    }  # fmt: skip
    try:
        starts = datetime.fromisoformat(f"{values['day']}T{values['hour']}")
        starts = starts.replace(tzinfo=zone_of(ZONE))
        content |= {"starts_at": starts.isoformat(),
                    "ends_at": (starts + timedelta(hours=hours)).isoformat()}  # fmt: skip
    except ValueError:
        wrong["day"] = visit.say("say a day and an hour")
    if not wrong:
        try:
            record = ActivityRecord.model_validate(content)
        except ValidationError as error:
            wrong = {one.field: visit.say(one.rule, **dict(one.values))
                     for one in field_errors(error)}  # fmt: skip
    if wrong:
        return _form(visit, template, values, wrong, 422)
    activity_id = f"hc-{secrets.token_hex(5)}"
    found, _new = activities_of(visit.desk).put(
        activity_id, Conditions(), activity_as(activity_id, record)
    )
    if found is None:
        raise Problem(500)
    visit.desk.keep_up()
    return visit.to(shown(found).address, "drafted")


def _begun(visit: Visit, template: str) -> dict[str, Any]:
    _tags, _hours, points, hour = BEGINNINGS[template]
    day = visit.desk.state.as_of + timedelta(days=14)
    return {"title": visit.say(FAMILIES[template]), "day": f"{day:%Y-%m-%d}",
            "hour": f"{hour:02d}:00", "points": points, "audience": ""}  # fmt: skip


def _form(
    visit: Visit, template: str, values: Mapping[str, Any], wrong: Mapping[str, str], status: int
) -> Response:
    return visit.page("new.html", visit.say(NEW), status, templates=list(BEGINNINGS),
                      chosen=template, values=values, wrong=wrong)  # fmt: skip
