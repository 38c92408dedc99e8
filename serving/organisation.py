"""What activities, employees and memberships may be set to, and what becomes of them then."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, field_validator, model_validator

from engagement.records import Content
from features import clock
from features.language import _
from serving.contract import (
    ANNOUNCED_LATE,
    ENDS_FIRST,
    NO_NUL,
    ActivityDraft,
    Id,
    Name,
    Strict,
    broken_rule,
    known_zone,
    plausible,
    written_out,
)
from serving.problems import FieldError, Problem
from serving.resources import Resource, was_announced

ActivityState = Literal["draft", "approved", "announced", "cancelled"]
NOT_ANNOUNCED = _("is of an activity that is announced or will be; a draft has none")
WAS_ANNOUNCED = _("was announced: it can be changed or cancelled, but not be taken back")
WAS_CANCELLED = _("was cancelled, and stays so; set up another one")
BEGINS_AHEAD = _(
    "must be after {now}: what is announced must still be ahead; what was held comes by an import"
)
HAS_BEGUN = _("has begun, and cannot be changed any more")
NEVER_ANNOUNCED = _("was never announced: delete it instead")
CANCEL_INSTEAD = _("was announced: set its state to cancelled, so that people are told")
OTHER_ID = _("is another id than that of the address")
HAS_LEFT = _("has left already")
HAS_ENDED = _("has ended already")
LAST_PAGE = 500
# two ids of 200 characters as JSON, each of six at most
LONGEST_PAIR = 2_500
Decide = Callable[[Resource | None], Content | None]


class ActivityRecord(ActivityDraft):
    """An activity as it is to be: all its fields, and its state."""

    state: ActivityState = Field("draft", description="draft, approved, announced or cancelled")

    @model_validator(mode="after")
    def _announced_once_approved(self) -> Self:
        if self.state == "draft" and self.announced_at is not None:
            raise broken_rule(NOT_ANNOUNCED, "announced_at")
        return self


class EmployeeRecord(Strict):
    """A person as of now: all fields; what was so before stays on record."""

    hired_at: AwareDatetime = Field(description="first day at the company")
    left_at: AwareDatetime | None = Field(None, description="null: still here")
    function: Name | None = Field(None, description="such as R&D")
    level: Name | None = None
    city: Name | None = None
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    timezone: Name = Field(description="an IANA name, or an offset such as +08:00")
    profiling_opt_out: bool = Field(False, description="true: the person refuses profiling")

    _written_out = field_validator("hired_at", "left_at", mode="before")(written_out)
    _plausible = field_validator("hired_at", "left_at")(plausible)

    _known_zone = field_validator("timezone")(known_zone)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.left_at is not None and self.left_at < self.hired_at:
            raise broken_rule(ENDS_FIRST, "left_at")
        return self


class MembershipRecord(Strict):
    """A person's time in a project group."""

    started_at: AwareDatetime | None = Field(None, description="default: now")
    ended_at: AwareDatetime | None = Field(None, description="null: it goes on")
    role: Name | None = None

    _written_out = field_validator("started_at", "ended_at", mode="before")(written_out)
    _plausible = field_validator("started_at", "ended_at")(plausible)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.started_at and self.ended_at and self.ended_at < self.started_at:
            raise broken_rule(ENDS_FIRST, "ended_at")
        return self


class Page(Strict):
    """Which part of a list: up to `limit` entries whose ids come after `after`."""

    limit: int = Field(100, ge=1, le=LAST_PAGE, description="how many at most")
    after: Id | None = Field(None, description="`next` of the page before")


class ActivityFilter(Page):
    """Which activities."""

    state: ActivityState | None = None
    template: Name | None = None
    city: Name | None = None
    starts_after: AwareDatetime | None = None
    starts_before: AwareDatetime | None = None

    _written_out = field_validator("starts_after", "starts_before", mode="before")(written_out)

    def keeps(self, content: Mapping[str, Any]) -> bool:
        """Whether an activity is asked for."""
        starts = datetime.fromisoformat(content["starts_at"])
        return (
            _equal(self, content, "state", "template", "city")
            and (self.starts_after is None or starts > self.starts_after)
            and (self.starts_before is None or starts < self.starts_before)
        )


class EmployeeFilter(Page):
    """Which people."""

    function: Name | None = None
    city: Name | None = None
    level: Name | None = None
    employed: bool | None = Field(None, description="true: at the company now")

    def keeps(self, content: Mapping[str, Any]) -> bool:
        """Whether a person is asked for."""
        return _equal(self, content, "function", "city", "level") and (
            self.employed is None or self.employed == _is_employed(content)
        )


class MembershipFilter(Page):
    """A person's memberships."""

    after: (
        Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PAIR, pattern=NO_NUL)]
        | None
    ) = Field(None, description="`next` of the page before")
    current: bool | None = Field(None, description="true: those that have not ended")

    def keeps(self, content: Mapping[str, Any]) -> bool:
        """Whether a membership is asked for."""
        return self.current is None or self.current != _over(content["ended_at"])


def activity_as(activity_id: str, record: ActivityRecord) -> Decide:
    """What the activity is to be, from what it is.

    Raises:
        Problem: 409, people were told of it already, it was cancelled, or has begun; 422, it is
            announced for a moment that is over; 400, it was to be announced after it starts.
    """
    if record.activity_id not in (None, activity_id):
        raise Problem(400, FieldError("activity_id", OTHER_ID))

    def decide(current: Resource | None) -> Content:
        was = current.content if current else None
        _check_state(was, record.state)
        content = record.model_dump(mode="json")
        tells = record.state == "announced" or was_announced(content, clock.now())
        if tells and record.starts_at <= clock.now():
            # it would stand on record as held, with nobody there, and could not be taken back
            now = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
            raise Problem(422, FieldError("starts_at", BEGINS_AHEAD, {"now": now}))
        now = clock.now().isoformat()
        if record.state == "announced":
            before = was["announced_at"] if was else None
            content["announced_at"] = content["announced_at"] or before or now
            _check_order(content, "announced_at", "starts_at", "announced_at", ANNOUNCED_LATE)
        if record.state == "cancelled" and was:
            content["announced_at"] = was["announced_at"]
        offset = record.starts_at.strftime("%z")
        return content | {
            "activity_id": activity_id,
            "timezone": record.timezone or f"{offset[:3]}:{offset[3:5]}",
            "cancelled_at": now if record.state == "cancelled" else None,
        }

    return decide


def _check_state(was: Mapping[str, Any] | None, state: ActivityState) -> None:
    told = was is not None and was["state"] == "announced"
    if was is not None and was["state"] == "cancelled":
        raise Problem(409, FieldError("state", WAS_CANCELLED))
    if told and was is not None and _over(was["starts_at"]):
        raise Problem(409, FieldError("state", HAS_BEGUN))
    if told and state not in ("announced", "cancelled"):
        raise Problem(409, FieldError("state", WAS_ANNOUNCED))
    if not told and state == "cancelled":
        raise Problem(409, FieldError("state", NEVER_ANNOUNCED))


def activity_gone(current: Resource | None) -> None:
    """Delete a draft.

    Raises:
        Problem: 404, there is none; 409, people were told of it.
    """
    if current is None:
        raise Problem(404)
    if current.content["state"] in ("announced", "cancelled"):
        raise Problem(409, FieldError("state", CANCEL_INSTEAD))


def employee_as(employee_id: str, record: EmployeeRecord) -> Decide:
    """What is to be on record of the person from now on."""
    return lambda _: record.model_dump(mode="json") | {"employee_id": employee_id}


def employee_gone(current: Resource | None) -> Content:
    """The person leaves now, or on the day of coming where that is ahead; all stays on record.

    Raises:
        Problem: 404, there is none; 409, they have left.
    """
    if current is None:
        raise Problem(404)
    left_at = _end(current.content, "hired_at", "left_at")
    if left_at is None:
        raise Problem(409, FieldError("left_at", HAS_LEFT))
    return current.content | {"left_at": left_at}


def membership_as(employee_id: str, project_group_id: str, record: MembershipRecord) -> Decide:
    """The person's time in the group as it is to be.

    Raises:
        Problem: 400, it would end before it began on record, or begins now.
    """

    def decide(current: Resource | None) -> Content:
        content = record.model_dump(mode="json")
        before = current.content["started_at"] if current else None
        content["started_at"] = content["started_at"] or before or clock.now().isoformat()
        _check_order(content, "started_at", "ended_at", "ended_at", ENDS_FIRST)
        return content | {"employee_id": employee_id, "project_group_id": project_group_id}

    return decide


def membership_gone(current: Resource | None) -> Content:
    """The person leaves the group now, or does not come where that is ahead.

    Raises:
        Problem: 404, there is none; 409, it has ended.
    """
    if current is None:
        raise Problem(404)
    ended_at = _end(current.content, "started_at", "ended_at")
    if ended_at is None:
        raise Problem(409, FieldError("ended_at", HAS_ENDED))
    return current.content | {"ended_at": ended_at}


def _check_order(content: Mapping[str, Any], first: str, last: str, field: str, rule: str) -> None:
    """Refuse moments in the wrong order, once those that were not given are filled in.

    Raises:
        Problem: 400.
    """
    moments = [content[name] and datetime.fromisoformat(content[name]) for name in (first, last)]
    if all(moments) and moments[1] < moments[0]:
        raise Problem(400, FieldError(field, rule))


def _end(content: Mapping[str, Any], first: str, last: str) -> str | None:
    """Now, or when it begins where that is ahead; None where it ends by then already."""
    begins, ends, end = content[first], content[last], clock.now()
    if begins is not None:
        end = max(end, datetime.fromisoformat(begins))
    if ends is not None and datetime.fromisoformat(ends) <= end:
        return None
    return end.isoformat()


def _equal(asked: Strict, content: Mapping[str, Any], *names: str) -> bool:
    return all(getattr(asked, name) in (None, content[name]) for name in names)


def _over(moment: str | None) -> bool:
    return moment is not None and datetime.fromisoformat(moment) <= clock.now()


def _is_employed(content: Mapping[str, Any]) -> bool:
    return _over(content["hired_at"]) and not _over(content["left_at"])
