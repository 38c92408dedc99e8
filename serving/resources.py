"""Activities, employees and memberships as resources: read, set and ended one by one, with ETags.

What an import brought and what was set here are one: a resource reads as whichever counts now.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pyarrow as pa

from engagement.audit import ErasedAmong
from engagement.database import Database, Transaction
from engagement.records import (
    Content,
    Kind,
    Record,
    etag_of,
    newest_record,
    newest_records,
    store_record,
)
from features import clock
from features.history.columns import micros
from features.language import _
from features.tables.schemas import TABLES
from serving.arrived import TABLE_OF
from serving.problems import FieldError, Problem
from serving.state import State

NOT_THERE = _("names nothing that is there")
CHANGED = _("was changed since it was read; read it again, and decide anew")
EXISTS = _("is there already")
# what only Huoli's own tables have
OWN = ("valid_from", "recorded_at")


@dataclass(frozen=True)
class Resource:
    """One record as it counts now."""

    record_id: str
    content: dict[str, Any]
    etag: str


@dataclass(frozen=True)
class Conditions:
    """What a sender demands of the version that it changes: If-Match and If-None-Match."""

    match: str | None = None
    none_match: str | None = None

    def check(self, current: Resource | None) -> None:
        """Refuse what does not meet them.

        Raises:
            Problem: 412, another version is there, or none, or one at all.
        """
        if self.match is not None and (current is None or not _named(self.match, current)):
            raise Problem(412, FieldError("If-Match", CHANGED))
        if self.none_match is not None and current and _named(self.none_match, current):
            raise Problem(412, FieldError("If-None-Match", EXISTS))


class Resources:
    """The resources of one kind: those of the state's tables, and over them those set here."""

    def __init__(
        self, kind: Kind, database: Database, state: State, erased: ErasedAmong | None = None
    ) -> None:
        """Made for one call; who is `erased` by then is nobody."""
        self.kind = kind
        self.database = database
        self.state = state
        self.erased = erased

    def get(self, record_id: str) -> Resource:
        """One resource.

        Raises:
            Problem: 404, there is none of this id.
        """
        found = self._current(record_id, newest_record(self.database, self.kind, record_id))
        if found is None or self._gone(found.content):
            raise Problem(404, FieldError(f"{self.kind}_id", NOT_THERE))
        return found

    def all(self) -> list[Resource]:
        """Every resource, by id."""
        found = {one.record_id: one for one in self._imported(None)}
        for record in newest_records(self.database, self.kind):
            if self._counts(record, record.record_id in found):
                found.pop(record.record_id, None)
                if record.content is not None:
                    found[record.record_id] = _resource(record)
        gone = self._gone(*(one.content for one in found.values()))
        return [found[name] for name in sorted(found)
                if found[name].content.get("employee_id") not in gone]  # fmt: skip

    def put(
        self,
        record_id: str,
        conditions: Conditions,
        decide: Callable[[Resource | None], Content | None],
        organiser_id: str | None = None,
        beside: Callable[[Transaction], None] = lambda transaction: None,
    ) -> tuple[Resource | None, bool]:
        """Set one to what `decide` makes of the current one (None: it is gone), where it may be.

        `organiser_id` is whom an activity is to name as such. What `beside` keeps is kept with it,
        or neither.

        Returns:
            The resource as it is then, and whether it is new.

        Raises:
            Problem: 412, it is not the version that the sender had; 404 or 400, it is of somebody
                who was erased; or whatever `decide` raises.
        """
        was: list[Resource | None] = []

        def content(record: Record | None) -> Content | None:
            was.append(self._current(record_id, record))
            conditions.check(was[0])
            return decide(was[0])

        kept = store_record(
            self.database, self.kind, record_id, clock.now(), content,
            lambda transaction: self._check_people(transaction, record_id, organiser_id), beside,
        )  # fmt: skip
        return (None if kept.content is None else _resource(kept)), was[0] is None

    def _gone(self, *contents: Content) -> Collection[str]:
        """The people of these contents who were erased."""
        people = [one["employee_id"] for one in contents if "employee_id" in one]
        if self.erased is None or not people:
            return ()
        with self.database.reading() as transaction:
            return self.erased(transaction, people)

    def _check_people(
        self, transaction: Transaction, record_id: str, organiser_id: str | None
    ) -> None:
        """Refuse to set anything of somebody who was erased: the id must not come back.

        Raises:
            Problem: 404, as of somebody unknown; 400 where it is the organiser.
        """
        if self.erased is None:
            return
        if self.kind == "activity":
            if organiser_id is not None and self.erased(transaction, [organiser_id]):
                raise Problem(400, FieldError("organiser_id", NOT_THERE))
            return
        who = json.loads(record_id)[0] if self.kind == "membership" else record_id
        if self.erased(transaction, [who]):
            raise Problem(404, FieldError("employee_id", NOT_THERE))

    def _current(self, record_id: str, record: Record | None) -> Resource | None:
        imported = next(self._imported(record_id), None)
        if record is None or not self._counts(record, imported is not None):
            return imported
        return None if record.content is None else _resource(record)

    def _counts(self, record: Record, imported: bool) -> bool:
        """Whether what was set here counts over what was imported: an export may be newer."""
        recorded = datetime.fromisoformat(record.recorded_at)
        return not imported or recorded >= self.state.imported_until

    def _imported(self, record_id: str | None) -> Iterator[Resource]:
        """What the tables have, one of an id or all: the versions that hold now."""
        name = TABLE_OF[self.kind]
        for row in _holding(self.state, name, record_id):
            content = dict(_public(name, row))
            yield Resource(_id_of(self.kind, content), content, etag_of(content))


def _resource(record: Record) -> Resource:
    assert record.content is not None  # noqa: S101
    if record.kind == "activity" and was_announced(record.content, clock.now()):
        # the clock has made another version of it, as it does of what was imported
        content = record.content | {"state": "announced"}
        return Resource(record.record_id, content, etag_of(content, record.etag))
    return Resource(record.record_id, record.content, record.etag)


def was_announced(content: Content, now: datetime) -> bool:
    """Whether an approved activity has been announced by the clock: people are told of it."""
    announced = content.get("announced_at")
    if content.get("state") != "approved" or announced is None:
        return False
    return datetime.fromisoformat(announced) <= now


def _named(tags: str, current: Resource) -> bool:
    """Whether an ETag list names the version; a star names any."""
    named = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    return "*" in named or current.etag in named


def membership_id(employee_id: str, project_group_id: str) -> str:
    """The id of a person's time in a group."""
    return json.dumps([employee_id, project_group_id], ensure_ascii=False)


def _id_of(kind: Kind, content: Content) -> str:
    if kind == "membership":
        return membership_id(content["employee_id"], content["project_group_id"])
    return str(content[f"{kind}_id"])


def _holding(state: State, name: str, record_id: str | None) -> Sequence[Mapping[str, Any]]:
    """The rows of a table that hold now: for each id the newest one that began."""
    table = state.tables[name]
    ids = [column for column in TABLES[name].key if column.endswith("_id")]
    if record_id is not None:
        wanted = json.loads(record_id) if name == "memberships" else [record_id]
        mask = [row == wanted for row in _keys(table, ids)]
        table = table.filter(pa.array(mask, pa.bool_()))
    newest: dict[tuple[str, ...], Mapping[str, Any]] = {}
    begins = partial(_begins, at=clock.now())
    for row in sorted(table.to_pylist(), key=begins):
        if begins(row)[0]:
            newest[tuple(row[column] for column in ids)] = row
    return list(newest.values())


def _keys(table: pa.Table, ids: Sequence[str]) -> list[list[str]]:
    return [list(key) for key in zip(*(table[column].to_pylist() for column in ids), strict=True)]


def _begins(row: Mapping[str, Any], at: datetime) -> tuple[bool, datetime]:
    """(whether the row holds by then, when it began to)."""
    began = row.get("valid_from") or row.get("started_at") or datetime.min.replace(tzinfo=UTC)
    return began <= at, began


def _public(name: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A canonical row as its readers get it."""
    for column, described in TABLES[name].columns.items():
        value = row[column]
        if column in OWN:
            continue
        if value is not None and described.kind == "instant":
            value = value.astimezone(UTC).isoformat()
        elif value is not None and described.kind == "json":
            value = json.loads(value)
        yield column, value
    if name == "activities":
        yield "state", state_of(row, clock.now())


def state_of(row: Mapping[str, Any], now: datetime) -> str:
    """The state of an imported activity: a draft until it is announced, where that is known."""
    cancelled, announced = row["cancelled_at"], row["announced_at"]
    if cancelled is not None and micros(cancelled) <= micros(now):
        return "cancelled"
    known_from_the_start = row["valid_from"] is None
    if announced is None:
        return "announced" if known_from_the_start else "draft"
    return "announced" if announced <= now else "approved"
