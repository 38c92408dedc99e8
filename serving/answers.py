"""What an answer says; the numbers of teams are whole people and whole percents."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Source = Literal["model", "similar people", "popular"]
Unit = Literal["attendance", "registration"]


class Answer(BaseModel):
    """Base of all answers: fixed once made."""

    model_config = ConfigDict(frozen=True)


class Item(Answer):
    """One suggested activity."""

    activity_id: str
    title: str
    starts_at: str = Field(description="ISO 8601, UTC")
    probability: float = Field(
        description="that the person takes part; a popular one: of anyone, at least a half where "
        "nothing was held yet"
    )
    unit: Unit = Field(description="what taking part means here")
    source: Source
    reasons: list[str] = Field(description="two or three, in the language asked for")


class EmployeeList(Answer):
    """The suggestions for one employee, the best first."""

    recommendation_id: str
    employee_id: str
    personal: bool = Field(description="false: the list that everyone without profiling gets")
    items: list[Item]


class RecommendationsAnswer(Answer):
    """One list per employee asked about, in the order asked."""

    as_of: str
    data_until: str
    model_version: str | None
    degraded: str | None = Field(
        description="why no list is personal, in the language asked for; null when all is well"
    )
    recommendations: list[EmployeeList]


class Count(Answer):
    """A head count: expected, and an interval that holds in 90 of 100 cases."""

    invited: int
    expected: int
    low: int
    high: int
    rate_percent: int = Field(description="expected, of those invited")
    rate_low_percent: int
    rate_high_percent: int


class TeamCount(Count):
    """The head count of one team, or of several too small to be shown alone."""

    team: str
    merged: bool = Field(description="true: several teams, and people of none")


class DriverAnswer(Answer):
    """What raises (positive points) or lowers turnout against what these people usually do."""

    group: str
    label: str
    points: int = Field(description="percentage points of the rate")
    error: float = Field(description="standard error of the points, as people are sampled")


class ForecastAnswer(Answer):
    """Who would come: everyone and by team, with what raises and lowers it."""

    forecast_id: str
    activity_id: str | None
    draft_hash: str | None
    as_of: str
    data_until: str
    model_version: str | None
    stage: Literal["launch", "open"] = Field(
        description="launch: before anyone could answer; open: uses the answers so far"
    )
    unit: Unit
    interval_percent: int = 90
    overall: Count = Field(
        description="of everyone invited and, beyond what teams add up to, of those who will be "
        "hired or move in before the start, who are of no team yet"
    )
    by_function: list[TeamCount]
    by_project_group: list[TeamCount]
    by_city: list[TeamCount]
    usual_percent: int | None = Field(
        description="what these people's recent activities would be forecast now, in a usual time "
        "of their teams; from it drivers add up to the rate; or null"
    )
    drivers: list[DriverAnswer]
    notes: list[str]


class DifferenceAnswer(Answer):
    """How many more (or fewer) people come than to the first design; holds in 90 of 100 cases."""

    expected: int
    low: int
    high: int


class TeamDifference(DifferenceAnswer):
    """That of one team, or of all those too small to be shown alone."""

    team: str
    merged: bool = Field(description="true: several teams, and people of none")


class VariantAnswer(Answer):
    """One changed design: its own forecast, and the difference from the first one's."""

    changes: dict[str, Any] = Field(description="the changed fields, as asked")
    forecast: ForecastAnswer
    difference: DifferenceAnswer
    by_function: list[TeamDifference]
    by_project_group: list[TeamDifference]
    by_city: list[TeamDifference]
    notes: list[str] = Field(description="what past activities cannot tell of the changes")


class CostAnswer(Answer):
    """Points that a design costs: points per head times who comes."""

    expected: float
    low: float
    high: float


class DesignAnswer(Answer):
    """One design: what is changed in the draft, and what it gives."""

    changes: dict[str, Any] = Field(description="the changed fields; none: the draft as it is")
    overall: Count
    weakest_team: TeamCount | None = Field(
        description="the function with the lowest rate; those too small to be shown count as one"
    )
    cost: CostAnswer
    difference: DifferenceAnswer | None = Field(
        description="how many more or fewer come than to the draft, in paired draws"
    )
    required_teams: list[TeamCount] = Field(
        [], description="who would come of each team that was required, where it can be shown"
    )
    notes: list[str] = Field(description="what past activities cannot tell of the changes")


class DesignsFound(Answer):
    """What a search found: no design of the frontier is beaten in every goal by another."""

    as_of: str
    data_until: str
    model_version: str | None
    unit: Unit
    goals: list[str]
    draft: DesignAnswer = Field(description="the draft as it is")
    draft_is_feasible: bool = Field(description="whether the draft itself keeps to what must hold")
    feasible: int = Field(description="how many of the designs tried keep to what must hold")
    frontier: list[DesignAnswer]
    notes: list[str]


class DesignsAnswer(Answer):
    """A search for designs, as far as it is."""

    design_id: str
    requested_at: str
    state: Literal["queued", "running", "done", "cancelled", "failed"]
    trials: int = Field(description="how many designs are tried at most")
    trials_done: int
    found: DesignsFound | None = Field(
        description="once done; of a cancelled one, what it had found by then"
    )
    notes: list[str]


class CompareAnswer(Answer):
    """A forecast, and what would differ under changed designs."""

    comparison_id: str
    forecast: ForecastAnswer
    variants: list[VariantAnswer]


class FloorAnswer(Answer):
    """How many of a team the audience has."""

    by: str
    team: str
    at_least: int
    invited: int


class AudienceAnswer(Answer):
    """Whom to invite: a set, which says nothing of who in it is likelier to come."""

    audience_id: str
    activity_id: str | None
    draft_hash: str | None
    as_of: str
    data_until: str
    model_version: str | None
    unit: Unit
    eligible: int = Field(description="how many could have been chosen")
    employee_ids: list[str] = Field(description="sorted by id")
    overall: Count = Field(description="who would come of them")
    floors: list[FloorAnswer]
    notes: list[str]


class PortraitRate(Answer):
    """How often the person took part in activities of one kind."""

    by: Literal["template", "topic", "slot", "mode", "notice"]
    name: str = Field(description="of the template, tag, time of day, mode or notice")
    label: str = Field(description="the same as people say it, in the language asked for")
    invited: int = Field(description="how many invitations it rests on")
    took_part: int
    percent: int


class PortraitRating(Answer):
    """How the person last rated a topic in a survey."""

    topic: str
    label: str
    rating: float = Field(description="from 1 to 5")


class PortraitAnswer(Answer):
    """A person's own portrait: the last year's invitations, and answers in surveys."""

    employee_id: str
    as_of: str
    data_until: str
    personal: bool = Field(description="false: the person refuses profiling, so nothing was read")
    invited: int
    took_part: int
    rates: list[PortraitRate]
    ratings: list[PortraitRating] = Field(description="the highest first")
    reasons: list[str] = Field(description="in words, in the language asked for")


EventStatus = Literal["accepted", "duplicate", "refused"]


class BrokenRule(Answer):
    """A field and the rule it breaks."""

    field: str
    rule: str


class EventResult(Answer):
    """What became of one event."""

    event_id: str | None = Field(description="null where none could be read")
    status: EventStatus = Field(description="accepted: on disk; duplicate: it was there already")
    errors: list[BrokenRule] = Field(description="why it was refused")


class EventsAnswer(Answer):
    """What became of each event, in the order sent; those accepted are on disk."""

    accepted: int
    duplicates: int
    refused: int
    results: list[EventResult]


class ReadinessAnswer(Answer):
    """Whether lists are given, and by which model."""

    ready: bool = Field(description="true: lists are given, if need be the popular one to everyone")
    model_version: str | None = Field(description="which models are in use; null without any")
    notes: list[str] = Field(description="what is not as it should be, and what to do")
