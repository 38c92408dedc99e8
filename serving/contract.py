"""What a request may say; a field that is not listed here is refused by name."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from features.audience import check_audience, check_extent
from features.errors import InputError
from features.language import _
from features.tables.rules import EARLIEST, LATEST, is_timezone
from serving.privacy import MIN_PEOPLE

MAX_K = 100
MAX_EMPLOYEES = 1000
MAX_EXCLUDED = 1000
MAX_TEAMS = 1000
MAX_SIZE = 100_000
MAX_FLOORS = 50
MAX_VARIANTS = 5
MAX_EVENTS = 1000
MAX_CHOICES = 50
MAX_TRIALS = 300
# a database's text holds no U+0000
NO_NUL = r"^[^\x00]*$"
Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]
Name = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
LongText = Annotated[str, StringConstraints(max_length=20_000, pattern=NO_NUL)]
Share = Annotated[float, Field(ge=0, le=1)]
Language = Literal["zh", "en"]
Kind = Literal["invited", "viewed", "registered", "declined", "cancelled", "attended", "progressed",
               "completed", "rated", "commented", "liked", "shared"]  # fmt: skip
# kinds that mean nothing without a value, and its bounds
BOUNDS: dict[str, tuple[float, float]] = {"rated": (1, 5), "progressed": (0, 1)}
EITHER_CHANGES = _("give either changes or variants")
NOTHING_CHANGED = _("must name at least one field to change")
GOAL_TWICE = _("names a goal twice")
NO_FIELD = _("is no field of this request")
EITHER_EMPLOYEE = _("give either employee_id or employee_ids")
EITHER_ACTIVITY = _("give either activity_id or draft")
TWICE = _("names a person twice")
ANNOUNCED_LATE = _("must not be after starts_at")
NO_MOMENT = _("must be a moment such as 2026-12-10T16:00:00+08:00")
ENDS_FIRST = _("must be after starts_at")
NO_YEAR = _("must lie in the years {first} to {last}")
ZONE_UNKNOWN = _("must be an IANA name such as Asia/Shanghai, or an offset such as +08:00")
NEEDS_VALUE = _("is required where the kind is {kind}")
VALUE_BETWEEN = _("must lie between {low} and {high}")
NO_ID_LISTS = _("must be an expression over teams, or null; ids of people are not accepted")


def broken_rule(template: str, where: str = "", **values: Any) -> PydanticCustomError:
    """An error of our own rules; `values` fill the template in the reader's language.

    A rule between two fields names the one it is about; others are about where they stand.
    """
    return PydanticCustomError("rule", "rule", {"_rule": template, "_where": where, **values})


class Strict(BaseModel):
    """Refuses unknown fields; its errors never repeat what was sent, as that may name people."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, frozen=True, allow_inf_nan=False
    )


class Wished(Strict):
    """What lists should be."""

    k: int = Field(10, ge=1, le=MAX_K, description="how many activities at most")
    exclude_activity_ids: Annotated[list[Id], Field(max_length=MAX_EXCLUDED)] | None = Field(
        None, description="activities not to suggest"
    )
    per_family: int | None = Field(
        None, ge=1, le=MAX_K, description="at most so many of one template"
    )
    per_week: int | None = Field(
        None, ge=0, le=MAX_K,
        description="at most so many different activities for a person in seven days",
    )  # fmt: skip
    language: Language | None = Field(None, description="of the reasons; else Accept-Language")


class RecommendationsRequest(Wished):
    """Which activities suit one employee, or each of up to a thousand."""

    employee_id: Id | None = Field(None, description="for whom")
    employee_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_EMPLOYEES)] | None = Field(
        None, description="or for several at once"
    )

    @field_validator("employee_ids")
    @classmethod
    def _each_once(cls, ids: list[str] | None) -> list[str] | None:
        if ids and len(set(ids)) < len(ids):
            raise broken_rule(TWICE)
        return ids

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.employee_id is None) == (self.employee_ids is None):
            raise broken_rule(EITHER_EMPLOYEE)
        return self

    @property
    def asked(self) -> list[str]:
        """The employees asked about, in their order."""
        return self.employee_ids if self.employee_ids is not None else [self.employee_id or ""]


class EveryoneRequest(Wished):
    """Which activities suit everyone at the company, or of some teams."""

    function: Annotated[list[Name], Field(min_length=1, max_length=MAX_TEAMS)] | None = Field(
        None, description="only people of these functions"
    )
    city: Annotated[list[Name], Field(min_length=1, max_length=MAX_TEAMS)] | None = Field(
        None, description="only people of these cities"
    )
    project_group: Annotated[list[Id], Field(min_length=1, max_length=MAX_TEAMS)] | None = Field(
        None, description="only people of these project groups"
    )


def written_out(moment: object) -> object:
    """Refuse a bare number, which would be taken for seconds or milliseconds, by its size."""
    digits = isinstance(moment, str) and re.fullmatch(r"\s*[-+]?[\d.]+\s*", moment)
    if isinstance(moment, int | float) or digits:
        raise broken_rule(NO_MOMENT)
    return moment


def plausible(moment: AwareDatetime | None) -> AwareDatetime | None:
    """Refuse years that no activity is in."""
    if moment is not None and not EARLIEST <= moment.year < LATEST:
        raise broken_rule(NO_YEAR, first=EARLIEST, last=LATEST - 1)
    return moment


def known_zone(name: str | None) -> str | None:
    """Refuse a zone that nobody knows."""
    if name is not None and not is_timezone(name):
        raise broken_rule(ZONE_UNKNOWN)
    return name


class ActivityDraft(Strict):
    """An activity not yet announced, in the columns of the canonical table `activities`."""

    activity_id: Id | None = Field(None, description="the draft's id, where it has one")
    series_id: Id | None = None
    title: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NO_NUL)]
    description: LongText | None = None
    template: Name | None = Field(None, description="its family, such as knowledge_quiz")
    tags: dict[Name, Share] | None = Field(None, max_length=100, description="{tag: share}")
    format: Literal["individual", "team"] | None = None
    mode: Literal["online", "onsite", "hybrid"] | None = None
    place_id: Id | None = None
    city: Name | None = None
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    timezone: Name | None = Field(None, description="default: the offset of starts_at")
    announced_at: AwareDatetime | None = Field(None, description="default: now")
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    capacity: int | None = Field(None, ge=1, le=10_000_000)
    organiser_id: Id | None = None
    reward_kind: Name | None = None
    reward_points: float | None = Field(None, ge=0, le=1e9)
    prerequisites: list[Id] | None = Field(None, max_length=100)
    audience: dict[str, Any] | None = Field(
        None, description="who is invited, as conditions on teams and tenure; null: everyone"
    )

    @field_validator("audience", mode="before")
    @classmethod
    def _expression(cls, audience: object) -> object:
        if audience is not None and not isinstance(audience, dict):
            raise broken_rule(NO_ID_LISTS)
        try:
            check_audience(audience)
            check_extent(audience)
        except InputError as error:
            values = {name: str(value) for name, value in error.values.items()}
            where = "draft." + values.get("field", "audience")
            raise broken_rule(error.template, where, **values) from error
        return audience

    _written_out = field_validator("announced_at", "starts_at", "ends_at", mode="before")(
        written_out
    )
    _plausible = field_validator("announced_at", "starts_at", "ends_at")(plausible)

    _known_zone = field_validator("timezone")(known_zone)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.announced_at is not None and self.announced_at > self.starts_at:
            raise broken_rule(ANNOUNCED_LATE, "draft.announced_at")
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            raise broken_rule(ENDS_FIRST, "draft.ends_at")
        return self


# what a what-if may change: all but which activity it is
CHANGEABLE = frozenset(ActivityDraft.model_fields) - {"activity_id", "series_id"}
Changes = dict[str, Any]


class ForecastsRequest(Strict):
    """Who would come to an activity: one of the tables, or a draft."""

    activity_id: Id | None = Field(None, description="which activity")
    draft: ActivityDraft | None = Field(None, description="or one that is being planned")
    explain: bool = Field(True, description="whether to say what moves turnout; faster without")
    language: Language | None = Field(None, description="of the words; else Accept-Language")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.activity_id is None) == (self.draft is None):
            raise broken_rule(EITHER_ACTIVITY)
        return self


class CompareRequest(ForecastsRequest):
    """A forecast under other designs: one set of changed fields, or up to five."""

    explain: bool = Field(False, description="whether to say what moves each; slower")
    changes: Changes | None = Field(None, description="fields of a draft and their new values")
    variants: Annotated[list[Changes], Field(min_length=1, max_length=MAX_VARIANTS)] | None = Field(
        None, description="or several such sets, each a design of its own"
    )

    @model_validator(mode="after")
    def _changed(self) -> Self:
        if (self.changes is None) == (self.variants is None):
            raise broken_rule(EITHER_CHANGES)
        return self

    @field_validator("changes", "variants")
    @classmethod
    def _of_drafts(cls, given: Any, info: ValidationInfo) -> Any:
        several = isinstance(given, list)
        for number, changes in enumerate(given if several else [given or {}]):
            where = f"{info.field_name}[{number}]" if several else str(info.field_name)
            for name in changes:
                if name not in CHANGEABLE:
                    raise broken_rule(NO_FIELD, f"{where}.{name}")
            if given is not None and not changes:
                raise broken_rule(NOTHING_CHANGED, where)
        return given

    @property
    def asked(self) -> list[tuple[str, dict[str, Any]]]:
        """(path in the request, changed fields) of each variant, in order."""
        if self.changes is not None:
            return [("changes", self.changes)]
        return [(f"variants[{n}]", changes) for n, changes in enumerate(self.variants or ())]


class Floor(Strict):
    """How many of a team are invited at least."""

    by: Literal["function", "project_group", "city"]
    team: Name
    at_least: int = Field(ge=1, le=MAX_SIZE)


class AudiencesRequest(Strict):
    """Whom to invite to an activity: so many people that most of them come."""

    activity_id: Id | None = Field(None, description="which activity")
    draft: ActivityDraft | None = Field(None, description="or one that is being planned")
    size: int = Field(ge=MIN_PEOPLE, le=MAX_SIZE, description="how many people at most")
    floors: Annotated[list[Floor], Field(max_length=MAX_FLOORS)] = Field(
        [], description="how many of some teams at least"
    )
    exclude_ids: Annotated[list[Id], Field(max_length=MAX_EXCLUDED)] | None = Field(
        None, description="people not to invite"
    )
    language: Language | None = Field(None, description="of the words; else Accept-Language")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.activity_id is None) == (self.draft is None):
            raise broken_rule(EITHER_ACTIVITY)
        return self


class RequiredTeam(Strict):
    """A team that must be invited, and of which so many must be expected."""

    by: Literal["function", "project_group", "city"]
    team: Name
    at_least: int = Field(0, ge=0, le=MAX_SIZE, description="how many must be expected to come")


class PortraitsRequest(Strict):
    """What one person likes and when that person has time, for that person."""

    employee_id: Id = Field(description="whose")
    language: Language | None = Field(None, description="of the words; else Accept-Language")


Goal = Literal["turnout", "weakest_team", "cost"]


class DesignsRequest(ForecastsRequest):
    """A search for designs: what may be chosen of each field, what is wanted, what must hold."""

    explain: bool = Field(False, description="designs are not explained; ask for their forecast")
    choices: dict[Name, Annotated[list[Any], Field(min_length=1, max_length=MAX_CHOICES)]] = Field(
        min_length=1,
        max_length=12,
        description="fields of a draft and the values that each may take beside its present one: "
        "starts_at lists the slots that are allowed, announced_at the notice",
    )
    goals: Annotated[list[Goal], Field(min_length=1, max_length=3)] = Field(
        ["turnout", "weakest_team", "cost"],
        description="turnout and weakest_team (the lowest rate of a function that can be shown) "
        "are to be high, cost (points per head times who comes) low",
    )
    budget_points: float | None = Field(
        None, ge=0, le=1e12, description="the most that it may be expected to cost, in points"
    )
    required_teams: Annotated[list[RequiredTeam], Field(max_length=MAX_FLOORS)] = []
    trials: int = Field(60, ge=5, le=MAX_TRIALS, description="how many designs are tried at most")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="the same seed gives the same search")

    @model_validator(mode="after")
    def _of_drafts(self) -> Self:
        for name in self.choices:
            if name not in CHANGEABLE:
                raise broken_rule(NO_FIELD, f"choices.{name}")
        if len(set(self.goals)) < len(self.goals):
            raise broken_rule(GOAL_TWICE, "goals")
        return self


def organisers_of(request: ForecastsRequest) -> dict[str, str]:
    """The organisers that a request names, by where it does."""
    named: dict[str, object] = {}
    if request.draft is not None:
        named["draft.organiser_id"] = request.draft.organiser_id
    if isinstance(request, CompareRequest):
        named |= {f"{path}.organiser_id": changes.get("organiser_id")
                  for path, changes in request.asked}  # fmt: skip
    if isinstance(request, DesignsRequest):
        chosen_from = request.choices.get("organiser_id", ())
        named |= {f"choices.organiser_id[{n}]": one for n, one in enumerate(chosen_from)}
    return {field: one for field, one in named.items() if isinstance(one, str)}


class ParticipationEvent(Strict):
    """One thing that one person did about one activity, under its sender's own id."""

    event_id: Id = Field(description="the sender's own; sent twice, it counts once")
    employee_id: Id
    activity_id: Id
    kind: Kind = Field(description="what was done")
    occurred_at: AwareDatetime = Field(description="when; late ones are taken too")
    value: float | None = Field(None, description="a rating from 1 to 5, progress from 0 to 1")

    _written_out = field_validator("occurred_at", mode="before")(written_out)
    _plausible = field_validator("occurred_at")(plausible)

    @model_validator(mode="after")
    def _measured(self) -> Self:
        low, high = BOUNDS.get(self.kind, (None, None))
        if low is not None and high is not None:
            if self.value is None:
                raise broken_rule(NEEDS_VALUE, "value", kind=self.kind)
            if not low <= self.value <= high:
                raise broken_rule(VALUE_BETWEEN, "value", low=low, high=high)
        return self


class EventsRequest(Strict):
    """Up to a thousand events; each is taken or refused for itself."""

    # a malformed event is refused for itself, not the whole call with it
    events: Annotated[list[Any], Field(min_length=1, max_length=MAX_EVENTS)]
    language: Language | None = Field(None, description="of the reasons; else Accept-Language")


REQUESTS: dict[str, type[Strict]] = {
    "/v1/recommendations": RecommendationsRequest,
    "/v1/recommendations/all": EveryoneRequest,
    "/v1/forecasts": ForecastsRequest,
    "/v1/forecasts/compare": CompareRequest,
    "/v1/audiences": AudiencesRequest,
    "/v1/designs": DesignsRequest,
    "/v1/portraits": PortraitsRequest,
    "/v1/events": EventsRequest,
}
