"""Events that the HR system sends: each is checked for itself, and kept before it is acknowledged.

What is refused says why; one bad event does not hold up the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from engagement.audit import ErasedAmong
from engagement.database import Database
from engagement.events import Event, Status, store_events
from features.history.columns import positions
from features.history.history import History
from features.language import _, render
from serving.answers import BrokenRule, EventResult, EventsAnswer
from serving.contract import ParticipationEvent
from serving.problems import FieldError, field_errors

# how far a sender's clock may run ahead of ours
AHEAD = timedelta(minutes=5)
UNKNOWN_PERSON = _("names nobody who is or was at the company")
UNKNOWN_ACTIVITY = _("names no activity")
NOT_YET = _("lies in the future: {now} is now")
OTHER_CONTENT = _("names another event, which stays as it was first sent")
_ALL = TypeAdapter(list[ParticipationEvent])


@dataclass(frozen=True)
class Checked:
    """One event as sent: what it says, or why it is refused."""

    event_id: str | None
    event: ParticipationEvent | None
    errors: tuple[FieldError, ...] = ()


def receive(
    database: Database,
    history: History,
    sent: Sequence[Any],
    now: datetime,
    language: str,
    erased: ErasedAmong | None = None,
) -> EventsAnswer:
    """Keep what can be kept of the events sent, and say what became of each.

    Who is `erased` is as unknown as somebody who never was.
    """
    checked = _known(history, _read(sent), now)
    good = [one.event for one in checked if one.event]
    kept = iter(store_events(database, [_event(one) for one in good], now, erased))
    results = [_result(one, next(kept) if one.event else None, language) for one in checked]
    counts = {name: sum(one.status == name for one in results)
              for name in ("accepted", "duplicate", "refused")}  # fmt: skip
    return EventsAnswer(accepted=counts["accepted"], duplicates=counts["duplicate"],
                        refused=counts["refused"], results=results)  # fmt: skip


def _read(sent: Sequence[Any]) -> list[Checked]:
    """Each event read by the contract."""
    try:
        # at once where all are well formed: many times faster
        return [Checked(one.event_id, one) for one in _ALL.validate_python(list(sent))]
    except ValidationError:
        return [_read_one(one) for one in sent]


def _read_one(sent: Any) -> Checked:
    named = sent.get("event_id") if isinstance(sent, dict) else None
    event_id = named if isinstance(named, str) and len(named) <= 200 else None
    try:
        event = ParticipationEvent.model_validate(sent)
    except ValidationError as error:
        return Checked(event_id, None, tuple(field_errors(error)))
    return Checked(event.event_id, event)


def _known(history: History, checked: Sequence[Checked], now: datetime) -> list[Checked]:
    """The same, refused where an event names what is not known, or is of a time to come."""
    events = [one.event for one in checked if one.event]
    ids = [
        positions(known, np.array([getattr(event, name) for event in events], dtype=object))
        for known, name in ((history.people.ids, "employee_id"),
                            (history.activities.ids, "activity_id"))
    ]  # fmt: skip
    found = iter(zip(*ids, strict=True))
    return [_placed(one, next(found), now) if one.event else one for one in checked]


def _placed(checked: Checked, place: tuple[int, int], now: datetime) -> Checked:
    employee, activity = place
    errors = []
    if employee < 0:
        errors.append(FieldError("employee_id", UNKNOWN_PERSON))
    if activity < 0:
        errors.append(FieldError("activity_id", UNKNOWN_ACTIVITY))
    if checked.event and checked.event.occurred_at > now + AHEAD:
        errors.append(FieldError("occurred_at", NOT_YET, {"now": f"{now:%Y-%m-%dT%H:%M:%SZ}"}))
    return Checked(checked.event_id, None, tuple(errors)) if errors else checked


def _event(sent: ParticipationEvent) -> Event:
    return Event(sent.event_id, sent.employee_id, sent.activity_id, sent.kind,
                 sent.occurred_at.astimezone(UTC), sent.value)  # fmt: skip


def _result(checked: Checked, kept: Status | None, language: str) -> EventResult:
    if kept in ("accepted", "duplicate"):
        return EventResult(event_id=checked.event_id, status=kept, errors=[])
    errors = checked.errors or (FieldError("event_id", OTHER_CONTENT),)
    if kept == "erased":
        errors = (FieldError("employee_id", UNKNOWN_PERSON),)
    told = [BrokenRule(field=one.field, rule=render(one.rule, one.values, language))
            for one in errors]  # fmt: skip
    return EventResult(event_id=checked.event_id, status="refused", errors=told)
