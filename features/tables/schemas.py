"""The canonical tables: one description each, from which the checks and Parquet types follow.

Ids are strings; instants are UTC to the microsecond; a `day` is a local calendar day; ranges are
half-open. A changed employee or activity is a new row with its `valid_from`; a null `valid_from`
means known from the start. JSON columns hold text: `tags` {tag: share}, `prerequisites` [id],
`audience` an expression (`features.audience`), null being everyone.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import pyarrow as pa

Kind = Literal["id", "text", "json", "instant", "day", "number", "count", "flag"]
Mode = Literal["snapshot", "log"]
ARROW: dict[Kind, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "json": pa.string(),
    "instant": pa.timestamp("us", tz="UTC"),
    "day": pa.date32(),
    "number": pa.float64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
}
PARTICIPATION_KINDS = (
    "invited", "viewed", "registered", "declined", "cancelled", "attended", "progressed",
    "completed", "rated", "commented", "liked", "shared",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: its kind, whether it may be null, and what the table's reader should know.

    `references` names the table whose key it must be found in. Numbers and counts keep to
    [low, high] where those are given; text keeps to `choices`.
    """

    kind: Kind
    description: str
    nullable: bool = False
    references: str | None = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Table:
    """One canonical table: its columns by name, its key, and how an import treats it."""

    name: str
    description: str
    key: tuple[str, ...]
    mode: Mode
    columns: dict[str, Column]
    required: bool = False

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The Parquet schema, columns in their order here."""
        return pa.schema([(name, ARROW[column.kind]) for name, column in self.columns.items()])


def _id(description: str, references: str | None = None, nullable: bool = False) -> Column:
    return Column("id", description, nullable, references)


RECORDED_AT = Column("instant", "when the company learned of it; null: at once", nullable=True)


def _table(
    name: str,
    description: str,
    key: str,
    mode: Mode,
    required: bool = False,
    /,
    **columns: Column,
) -> Table:
    return Table(
        name, description, tuple(key.split()), mode, columns | {"recorded_at": RECORDED_AT},
        required,
    )  # fmt: skip


EMPLOYEE = _id("who", "employees")
ACTIVITY = _id("which activity", "activities")
GROUP = _id("which project group", "project_groups")
LATITUDE = Column("number", "degrees north", True, low=-90, high=90)
LONGITUDE = Column("number", "degrees east", True, low=-180, high=180)
TIMEZONE = Column("text", "IANA name or fixed offset such as +08:00")

_ALL = (
    _table(
        "employees", "a person, from a moment on", "employee_id valid_from", "snapshot", True,
        employee_id=_id("who"),
        valid_from=Column("instant", "when this row begins to hold; null: from the start", True),
        hired_at=Column("instant", "first day at the company"),
        left_at=Column("instant", "when the person left; null: still here", True),
        function=Column("text", "R&D, customer success, corporate, ...", True),
        level=Column("text", "grade", True),
        city=Column("text", "where the person works", True),
        latitude=LATITUDE,
        longitude=LONGITUDE,
        timezone=TIMEZONE,
        profiling_opt_out=Column("flag", "the person refused profiling"),
    ),
    _table(
        "project_groups", "a project group", "project_group_id", "snapshot",
        project_group_id=_id("which project group"),
        name=Column("text", "its name", True),
    ),
    _table(
        "memberships", "a person's time in a project group",
        "employee_id project_group_id started_at", "snapshot",
        employee_id=EMPLOYEE,
        project_group_id=GROUP,
        started_at=Column("instant", "when it began"),
        ended_at=Column("instant", "when it ended; null: goes on", True),
        role=Column("text", "the person's role", True),
    ),
    _table(
        "activities", "an activity, from a moment on", "activity_id valid_from", "snapshot", True,
        activity_id=_id("which activity"),
        valid_from=Column("instant", "when this row begins to hold; null: from the start", True),
        series_id=_id("the series of which it is one", nullable=True),
        title=Column("text", "its title"),
        description=Column("text", "its text", True),
        template=Column("text", "its family, such as knowledge_quiz", True),
        tags=Column("json", "{tag: share}", True),
        format=Column("text", "how people take part", True, choices=("individual", "team")),
        mode=Column("text", "where", True, choices=("online", "onsite", "hybrid")),
        place_id=_id("the venue", nullable=True),
        city=Column("text", "the venue's city", True),
        latitude=LATITUDE,
        longitude=LONGITUDE,
        timezone=TIMEZONE,
        announced_at=Column("instant", "null: unknown, or still a draft", True),
        starts_at=Column("instant", "when it starts"),
        ends_at=Column("instant", "null: unknown", True),
        cancelled_at=Column("instant", "null: not cancelled", True),
        capacity=Column("count", "places; null: no limit", True, low=1),
        organiser_id=_id("who organises it", nullable=True),
        reward_kind=Column("text", "points, gift, ...; null: none", True),
        reward_points=Column("number", "points for taking part", True, low=0),
        prerequisites=Column("json", "[id of a training or activity]", True),
        audience=Column("json", "expression; null: everyone", True),
    ),
    _table(
        "participations", "something a person did about an activity", "participation_id", "log",
        True,
        participation_id=_id("which record"),
        employee_id=EMPLOYEE,
        activity_id=ACTIVITY,
        kind=Column("text", "what was done", choices=PARTICIPATION_KINDS),
        occurred_at=Column("instant", "when"),
        value=Column("number", "rating 1-5, progress 0-1, ...", True),
    ),
    _table(
        "workdays", "a person's day (attendance system)", "employee_id day", "log",
        employee_id=EMPLOYEE,
        day=Column("day", "local day"),
        hours=Column("number", "hours worked", low=0, high=24),
        overtime_hours=Column("number", "hours beyond the regular ones", low=0, high=24),
        absent=Column("flag", "leave or sickness"),
    ),
    _table(
        "trainings", "a course taken", "training_id", "log",
        training_id=_id("which enrolment"),
        employee_id=EMPLOYEE,
        course_id=_id("which course", nullable=True),
        tags=Column("json", "{tag: share}", True),
        enrolled_at=Column("instant", "when it began"),
        completed_at=Column("instant", "null: not completed", True),
        score=Column("number", "0-100", True, low=0, high=100),
    ),
    _table(
        "performances", "a project review", "employee_id period_end", "log",
        employee_id=EMPLOYEE,
        period_end=Column("day", "last day of the period"),
        score=Column("number", "0-100", low=0, high=100),
    ),
    _table(
        "milestones", "a due date (project system)", "milestone_id", "snapshot",
        milestone_id=_id("which milestone"),
        project_group_id=GROUP,
        due_on=Column("day", "due date"),
        done_on=Column("day", "null: open", True),
    ),
    _table(
        "customer_contacts", "a person's day with customers (CRM)", "employee_id day", "log",
        employee_id=EMPLOYEE,
        day=Column("day", "local day"),
        n_contacts=Column("count", "contacts that day", low=0),
        n_complaints=Column("count", "complaints among them", low=0),
        satisfaction=Column("number", "mean, 1-5", True, low=1, high=5),
    ),
    _table(
        "survey_answers", "one answered question", "employee_id answered_at topic", "log",
        employee_id=EMPLOYEE,
        answered_at=Column("instant", "when"),
        topic=Column("text", "a tag, format or time slot"),
        rating=Column("number", "1-5", low=1, high=5),
    ),
    _table(
        "interactions", "messages of two people on a day, by channel: a count, never a text",
        "employee_id other_employee_id day channel", "log",
        employee_id=EMPLOYEE,
        other_employee_id=_id("to whom", "employees"),
        day=Column("day", "local day"),
        channel=Column("text", "chat, mail, ..."),
        n_messages=Column("count", "messages that day", low=0),
    ),
    _table(
        "points", "a ledger entry", "entry_id", "log",
        entry_id=_id("which entry"),
        employee_id=EMPLOYEE,
        occurred_at=Column("instant", "when"),
        amount=Column("number", "points; negative when spent"),
        reason=Column("text", "why", True),
        activity_id=_id("for which activity", "activities", True),
    ),
    _table(
        "redemptions", "points exchanged", "redemption_id", "log",
        redemption_id=_id("which exchange"),
        employee_id=EMPLOYEE,
        occurred_at=Column("instant", "when"),
        item=Column("text", "for what", True),
        points=Column("number", "points spent", low=0),
    ),
)  # fmt: skip
TABLES: dict[str, Table] = {table.name: table for table in _ALL}
