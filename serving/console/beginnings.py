"""With what the design of a new activity begins: its template's, or that of one held before."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from features.language import _
from serving.console.choices import Choices
from serving.console.rendering import zone_of

Design = Mapping[str, Any]
# of each template: what it is, topics, length in hours, points, local hour, individual or team
TEMPLATES: dict[str, tuple[str, Mapping[str, float], float, int, int, str]] = {
    "technical_challenge": (
        _("Solve a technical problem, alone or against others"),
        {"technical": 1.0}, 2, 50, 19, "individual"),
    "cross_project_task": (
        _("A task that people of several project groups do together"),
        {"collaboration": 0.6, "technical": 0.4}, 2, 80, 15, "team"),
    "employee_stories": (
        _("Colleagues tell of their work and themselves"),
        {"stories": 0.7, "social": 0.3}, 1, 20, 12, "individual"),
    "customer_story": (
        _("What customers made of our work"),
        {"customer": 0.7, "stories": 0.3}, 1, 20, 15, "individual"),
    "knowledge_quiz": (
        _("Questions on the company, its products or its technology"),
        {"corporate": 0.5, "technical": 0.5}, 1, 20, 15, "individual"),
    "board_games": (
        _("An evening or a lunch break of games"),
        {"games": 0.7, "social": 0.3}, 2, 20, 19, "team"),
}  # fmt: skip
# a new activity is first thought of so many days ahead
AHEAD = timedelta(days=14)
NOTICE_DAYS = 7
# as many of the newest activities of a template say what is usual of it
NEWEST = 20
# what a copy takes over though no field of the form says it
CARRIED = ("series_id", "organiser_id", "reward_kind", "prerequisites")


def begun(template: str, held: Sequence[Design], choices: Choices, now: datetime) -> dict[str, Any]:
    """A design as those of the template usually are, by the company's newest ones."""
    _words, tags, hours, points, hour, form = TEMPLATES[template]
    alike = sorted((one for one in held if one["template"] == template
                    and one["state"] == "announced"),
                   key=lambda one: datetime.fromisoformat(one["starts_at"]))[-NEWEST:]  # fmt: skip
    zone = choices.zones[0]
    length = usual(alike, _hours) or hours
    day = workday_after(now.astimezone(zone_of(zone)) + AHEAD)
    at = usual(alike, _local_time) or f"{hour:02}:00"
    starts = datetime.fromisoformat(f"{day.date().isoformat()}T{at}").replace(tzinfo=zone_of(zone))
    shares = usual(alike, lambda one: json.dumps(one["tags"], sort_keys=True))
    return {
        "template": template, "mode": "online", "timezone": zone,
        "tags": (json.loads(shares) if shares else None) or tags,
        "format": usual(alike, lambda one: one["format"]) or form,
        "reward_points": usual(alike, lambda one: one["reward_points"]) or points,
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=length)).isoformat(),
        "announced_at": (starts - timedelta(days=NOTICE_DAYS)).isoformat(),
    }  # fmt: skip


def copied(content: Design, now: datetime) -> dict[str, Any]:
    """The design of another activity, on the same weekday and hour at least two weeks ahead."""
    found = dict(content)
    starts = datetime.fromisoformat(content["starts_at"])
    weeks = -(-(now + AHEAD - starts) // timedelta(weeks=1))
    later = timedelta(weeks=max(weeks, 0))
    local = starts.astimezone(zone_of(content.get("timezone")))
    # added to the local time, so that the hour stays where clocks are changed in between
    moved = local + later
    found["starts_at"] = moved.isoformat()
    if content.get("ends_at"):
        length = datetime.fromisoformat(content["ends_at"]) - starts
        found["ends_at"] = (moved + length).isoformat()
    if content.get("announced_at"):
        notice = starts - datetime.fromisoformat(content["announced_at"])
        # as long before, or as long as is left until then
        days = min(round(notice / timedelta(days=1)), (moved - now).days)
        found["announced_at"] = (moved - timedelta(days=max(days, 0))).isoformat()
    return found


def usual(alike: Sequence[Design], value: Callable[[Design], Any]) -> Any:
    """The most frequent value; None where there is none.

    >>> usual([{"format": "team"}, {"format": None}], lambda one: one["format"])
    'team'
    """
    counts = Counter(found for one in alike if (found := value(one)) is not None)
    return counts.most_common(1)[0][0] if counts else None


def workday_after(day: datetime) -> datetime:
    """The day, or the Monday after it where it is no workday."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _hours(one: Design) -> float | None:
    if not one["ends_at"]:
        return None
    starts, ends = (datetime.fromisoformat(one[name]) for name in ("starts_at", "ends_at"))
    return (ends - starts) / timedelta(hours=1)


def _local_time(one: Design) -> str:
    starts = datetime.fromisoformat(one["starts_at"])
    return f"{starts.astimezone(zone_of(one.get('timezone'))):%H:%M}"
