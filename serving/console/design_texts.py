"""A design as the texts of a form's fields."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from features.language import _
from serving.console.rendering import zone_of

MODES: dict[str, str] = {"online": _("online"), "onsite": _("on site"),
                         "hybrid": _("on site and online")}  # fmt: skip
FORMATS: dict[str, str] = {"individual": _("each alone"), "team": _("in teams")}
TOPIC = "topic_"
# the checkboxes of an audience, and the key of an expression that each list is
TEAMS = {"in_function": "function", "in_city": "city", "in_project_group": "project_group"}


def local(moment: str, zone: str | None) -> datetime:
    """A moment where the activity takes place."""
    return datetime.fromisoformat(moment).astimezone(place_zone(zone))


def place_zone(zone: str | None) -> Any:
    """The zone of an activity; UTC where it names one that nobody knows."""
    try:
        return zone_of(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return zone_of(None)


def percents(tags: Mapping[str, float] | None) -> dict[str, int]:
    """Shares in whole percent, without those of nothing."""
    found = {name: round(100 * share) for name, share in (tags or {}).items()}
    return {name: share for name, share in found.items() if share}


def texts_of(content: Mapping[str, Any]) -> dict[str, list[str]]:
    """A design as the texts of the form's fields."""
    zone = content.get("timezone")
    starts = local(content["starts_at"], zone)
    length, announced = _length(content), content.get("announced_at")
    single = {
        "template": content.get("template") or "", "day": f"{starts:%Y-%m-%d}",
        "hour": f"{starts:%H:%M}", "length": "" if length is None else _number(length),
        "mode": content.get("mode") or "", "city": content.get("city") or "",
        "format": content.get("format") or "",
        "points": "" if content.get("reward_points") is None else _number(content["reward_points"]),
        "notice": str((starts.date() - local(announced, zone).date()).days) if announced else "",
    }  # fmt: skip
    found = {name: [text] for name, text in single.items()}
    found |= {TOPIC + name: [str(share)] for name, share in percents(content.get("tags")).items()}
    return found | _audience_texts(content.get("audience"))


def _length(content: Mapping[str, Any]) -> float | None:
    """In hours."""
    if not content.get("ends_at"):
        return None
    starts, ends = (datetime.fromisoformat(str(content[one])) for one in ("starts_at", "ends_at"))
    return (ends - starts) / timedelta(hours=1)


def _number(value: float) -> str:
    return f"{round(value, 2):.10g}"


def _audience_texts(expression: Mapping[str, Any] | None) -> dict[str, list[str]]:
    if not expression:
        return {"audience": ["everyone"]}
    if not set(expression) <= set(TEAMS.values()):
        return {"audience": ["own"]}
    lists = {name: sorted(expression[key]) for name, key in TEAMS.items() if expression.get(key)}
    return {"audience": ["some"], **lists}
