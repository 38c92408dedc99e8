"""A design with some fields changed, checked as any draft is; what the past cannot tell of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from pydantic import ValidationError

from features.history.activity import Activities
from features.history.columns import DAY, Ints, moment
from features.language import _
from serving.board import Board
from serving.contract import ActivityDraft
from serving.predictor import Words
from serving.privacy import MIN_PEOPLE
from serving.problems import FieldError, Problem, field_errors
from serving.subject import STARTS_LATER, Subject, canonical_record, invited_to, refusal

NOT_STORED = _("cannot be a draft's, and so no what-if can keep it; change it too")
NEVER_SEEN = _("{field}: no activity held so far had this value, so its effect is a guess")
NEW_TEMPLATE = _(
    "No activity of this template was held so far: the forecast goes by what it shares with others"
)
NEW_THEME = _(
    "No activity held so far had one of its themes: the forecast goes by what it shares with others"
)
NEVER_THEN = _("{field}: no activity was held at such an hour of such a weekday")
ALWAYS_SAME = _(
    "{field}: activities of this template all gave about {points} points, so that what the reward "
    "does cannot be told from what the template does"
)
NO_REWARD = _("{field}: no activity of this template gave about as much, so that it is a guess")
NOTICE_UNSEEN = _("{field}: no activity held so far was announced so long or so shortly before")
HARDLY_TOLD = _("Past activities tell little of these changes together: the interval is wide")
ANSWERS_KEPT = _("Answers given so far are kept under every change")
ANSWERS_LEFT = _(
    "Answers given so far are not read, as other people would be asked: all is forecast as before "
    "launch"
)
PLACES_UNTOLD = _(
    "{field}: all is of how many would come if there were a place for everybody; what the number "
    "of places does is a guess"
)
TOO_NEAR = _(
    "invites almost the same people as another of these designs: what fewer than {n} people do "
    "would show; change it by more, or not at all"
)
OTHER_UNIT = _("One of the two counts attendance, the other registrations: they differ by that too")
CODED = ("template", "mode", "format", "city", "place_id", "reward_kind", "organiser_id")
SAME_REWARD = 0.1
NEAR_HOURS = 1.5
WIDER = 1.5


@dataclass(frozen=True)
class Variant:
    """A changed design, and the path of its changes in the request."""

    subject: Subject
    changes: Mapping[str, Any]
    path: str


def varied(base: Subject, board: Board, changes: Mapping[str, Any], path: str) -> Variant:
    """The base's design with the fields of `changes` set, forecast at the base's stage.

    A start that moves takes the end along; null makes a field as if it had not been given.

    Raises:
        Problem: a field cannot be so changed; 422 where the whole invites nobody or too few.
    """
    content = base.draft if base.draft is not None else stored_design(base)
    try:
        draft = ActivityDraft.model_validate(moved(content, changes) | dict(changes))
    except ValidationError as error:
        raise Problem(400, *(_own(one, changes, path) for one in field_errors(error))) from None
    as_of = moment(board.as_of)
    if draft.starts_at <= moment(board.present):
        raise refusal(422, board, path + ".starts_at", STARTS_LATER)
    record = canonical_record(draft, as_of)
    record["activity_id"] = str(base.board.history.activities.ids[base.activity])
    if base.draft is None and draft.announced_at is None and not base.as_if_announced:
        record["announced_at"] = None
    history, activity = board.history.with_activity(record)
    with_draft = replace(board, history=history)
    where = path + ".audience" if "audience" in changes else path
    content = draft.model_dump(mode="json", exclude_none=True)
    subject = Subject(
        with_draft, activity, base.stage, invited_to(with_draft, activity, where),
        base.activity_id, content, as_if_announced=base.as_if_announced,
        answers_left=base.answers_left,
    )  # fmt: skip
    return Variant(subject, changes, path)


def check_audiences(base: Subject, variants: Sequence[Variant]) -> None:
    """Whether no two of the designs differ by so few people that a difference would tell of them.

    Raises:
        Problem: 422, two do, among all invited or among those who do not refuse profiling.
    """
    refuses = base.board.opted_out
    earlier = [base.invited]
    for variant in variants:
        invited = variant.subject.invited
        for other in earlier:
            apart = np.setxor1d(invited, other)
            if any(0 < n < MIN_PEOPLE for n in (len(apart), int((~refuses[apart]).sum()))):
                raise refusal(422, base.board, variant.path + ".audience", TOO_NEAR)
        earlier.append(invited)


def stored_design(subject: Subject) -> dict[str, Any]:
    """The activity's row of the tables as a draft's fields, in JSON.

    That a draft is announced now is of the forecast alone: it hangs on no start, and changes no
    hash from one moment to the next.
    """
    board = subject.board
    table, row = board.history.activities.table, int(board.rows[subject.activity])
    found: dict[str, Any] = {}
    for name in ActivityDraft.model_fields:
        value = table[name][row].as_py() if name in table.schema.names else None
        if name in ("tags", "prerequisites", "audience") and value is not None:
            value = json.loads(value)
        found[name] = value.isoformat() if isinstance(value, datetime) else value
    if subject.as_if_announced:
        found["announced_at"] = None
    return {name: value for name, value in found.items() if value is not None}


def moved(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The content, its end as long after the changed start as it was after the old one."""
    found = dict(content)
    try:
        if "ends_at" in content and "ends_at" not in changes and "starts_at" in changes:
            starts, ends = (datetime.fromisoformat(content[n]) for n in ("starts_at", "ends_at"))
            found["ends_at"] = datetime.fromisoformat(changes["starts_at"]) + (ends - starts)
    except (TypeError, ValueError, OverflowError):
        # no moment: the contract says so by its field
        found.pop("ends_at")
    return found


def _own(error: FieldError, changes: Mapping[str, Any], path: str) -> FieldError:
    """The error under the path of the changes; one of a field that stays is about keeping it."""
    field = error.field.removeprefix("draft.")
    if field.split(".")[0].split("[")[0] in changes:
        return replace(error, field=f"{path}.{field}")
    rule = error.rule if field in ("ends_at", "announced_at") else NOT_STORED
    return replace(error, field=f"{path}.{field}", rule=rule)


def cannot_tell(variant: Variant, hardly_told: bool) -> Iterator[Words]:
    """What the past activities do not tell of the changes, each with the field that it is about."""
    board, activity = variant.subject.board, variant.subject.activity
    activities = board.history.activities
    row = int(board.history.activities.rows_at(board.as_of - 1)[activity])
    held = _held_rows(board, activity)
    for name in variant.changes:
        template = _untold_of(name, activities, row, held)
        if template is not None:
            yield Words(template, _values(name, variant, activities, row, held))
    if "starts_at" in variant.changes and "announced_at" not in variant.changes:
        # people are told so much earlier or later, too
        notice = _untold_of("announced_at", activities, row, held)
        if notice is not None:
            yield Words(notice, {"field": f"{variant.path}.starts_at"})
    if hardly_told:
        yield Words(HARDLY_TOLD)
    if variant.subject.stage == "open":
        yield Words(ANSWERS_KEPT)
    elif variant.subject.answers_left:
        yield Words(ANSWERS_LEFT)


def unlike_all(subject: Subject) -> Iterator[Words]:
    """That nothing of its template, or with one of its themes, was held so far.

    Nothing where nothing at all was held: then it is said how few the intervals rest on.
    """
    board = subject.board
    activities = board.history.activities
    row = int(activities.rows_at(board.as_of - 1)[subject.activity])
    held = _held_rows(board, subject.activity)
    if not len(held):
        return
    for name, template in (("template", NEW_TEMPLATE), ("tags", NEW_THEME)):
        if _untold_of(name, activities, row, held) is not None:
            yield Words(template)


def _held_rows(board: Board, activity: int) -> Ints:
    """The rows of all other activities that started before the moment, and were not called off."""
    held: Ints = board.held[board.held != activity]
    return board.rows[held]


def _untold_of(name: str, activities: Activities, row: int, held: Ints) -> str | None:
    """The note on one changed field; None where the past has the like."""
    if name in CODED:
        codes = activities.coded[name][0]
        return NEVER_SEEN if codes[row] >= 0 and not (codes[held] == codes[row]).any() else None
    if name == "tags":
        seen = np.asarray((activities.tags[held] > 0).sum(axis=0)).ravel() > 0
        own = activities.tags[[row]]
        return NEVER_SEEN if not seen[own.indices[own.data > 0]].all() else None
    if name == "starts_at":
        gap = np.abs(activities.local_hour[held] - activities.local_hour[row])
        near = np.minimum(gap, 24 - gap) <= NEAR_HOURS
        then = near & (activities.weekday[held] == activities.weekday[row])
        return None if then.any() else NEVER_THEN
    if name == "announced_at":
        days = (activities.starts - np.minimum(activities.announced, activities.starts)) / DAY
        low, high = days[held].min(initial=np.inf), days[held].max(initial=0)
        inside = low / WIDER <= days[row] <= high * WIDER
        return None if inside else NOTICE_UNSEEN
    if name == "capacity":
        return PLACES_UNTOLD
    if name == "reward_points":
        return _untold_of_reward(activities, row, held)
    return None


def _untold_of_reward(activities: Activities, row: int, held: Ints) -> str | None:
    points = _rewards(activities, row, held)
    if not len(points):
        return NO_REWARD
    new, usual = float(np.nan_to_num(activities.reward_points[row])), float(np.median(points))
    if np.ptp(points) <= SAME_REWARD * points.max() and abs(new - usual) > SAME_REWARD * usual:
        return ALWAYS_SAME
    return None if points.min() / WIDER <= new <= points.max() * WIDER else NO_REWARD


def _rewards(activities: Activities, row: int, held: Ints) -> Any:
    """What the activities of this template gave."""
    codes = activities.coded["template"][0]
    return np.nan_to_num(activities.reward_points[held[codes[held] == codes[row]]])


def _values(
    name: str, variant: Variant, activities: Activities, row: int, held: Ints
) -> dict[str, object]:
    values: dict[str, object] = {"field": f"{variant.path}.{name}"}
    points = _rewards(activities, row, held)
    if name == "reward_points" and len(points):
        values["points"] = round(float(np.median(points)))
    return values
