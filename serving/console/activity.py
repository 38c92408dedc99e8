"""An activity as pages show it, and in which phase of its life it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from features import clock
from features.language import _, render
from serving.desk import Desk
from serving.resources import Resource, Resources

Phase = Literal["draft", "approved", "open", "running", "past", "cancelled"]
PHASES: dict[str, str] = {
    "draft": _("draft"), "approved": _("approved"), "open": _("open for sign-up"),
    "running": _("running"), "past": _("past"), "cancelled": _("cancelled"),
}  # fmt: skip
FAMILIES: dict[str, str] = {
    "technical_challenge": _("technical challenge"), "customer_story": _("customer stories"),
    "knowledge_quiz": _("knowledge quiz"), "board_games": _("board games"),
    "employee_stories": _("employee stories"), "cross_project_task": _("cross-project task"),
    "course": _("course"),
}  # fmt: skip
TOPICS: dict[str, str] = {
    "technical": _("technical"), "corporate": _("corporate"), "customer": _("customers"),
    "games": _("games"), "social": _("social"), "stories": _("stories"),
    "collaboration": _("collaboration"), "wellbeing": _("wellbeing"),
    "management": _("management"),
}  # fmt: skip
# of one whose end is not on record
USUAL_LENGTH = timedelta(hours=2)


@dataclass(frozen=True)
class Shown:
    """One activity: its content as `GET /v1/activities/{activity_id}` gives it, and its phase."""

    content: Mapping[str, Any]
    etag: str
    phase: Phase

    def __getattr__(self, name: str) -> Any:
        """A field of the content."""
        try:
            return self.content[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def zone(self) -> str | None:
        """Where it takes place, as a zone."""
        return self.content.get("timezone")

    @property
    def address(self) -> str:
        """Where its pages begin."""
        from urllib.parse import quote

        return f"/console/activities/{quote(str(self.content['activity_id']), safe='')}"

    @property
    def starts(self) -> datetime:
        """When it starts."""
        return datetime.fromisoformat(self.content["starts_at"])

    @property
    def days_left(self) -> int:
        """Whole days until it starts; negative once it has."""
        return (self.starts - clock.now()).days

    @property
    def is_ahead(self) -> bool:
        """Whether it can still be forecast."""
        return self.phase in ("draft", "approved", "open")


def shown(resource: Resource) -> Shown:
    """A resource as pages show it."""
    return Shown(resource.content, resource.etag, phase_of(resource.content, clock.now()))


def phase_of(content: Mapping[str, Any], now: datetime) -> Phase:
    """Where in its life an activity is; one whose start passed unannounced is past, too."""
    state = content["state"]
    if state == "cancelled":
        return "cancelled"
    starts = datetime.fromisoformat(content["starts_at"])
    if now < starts:
        return "open" if state == "announced" else state
    ends = content.get("ends_at")
    end = datetime.fromisoformat(ends) if ends else starts + USUAL_LENGTH
    return "running" if now < end else "past"


def activities_of(desk: Desk) -> Resources:
    """The activities, to read and set."""
    return Resources("activity", desk.database, desk.state, desk.erasures.among)


def family_name(template: str | None, language: str) -> str:
    """A template as people call it; one of the company's own as it stands."""
    if template in FAMILIES:
        return render(FAMILIES[template], {}, language)
    return template or "–"


def topic_name(tag: str, language: str) -> str:
    """A tag as people call it; one of the company's own as it stands."""
    return render(TOPICS[tag], {}, language) if tag in TOPICS else tag
