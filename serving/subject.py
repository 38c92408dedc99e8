"""What a forecast is about: an activity of the tables or a draft, checked to be answerable."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from engagement.answers import content_hash
from features.history.columns import Ints, moment
from features.language import _
from serving.board import Board
from serving.contract import ActivityDraft, ForecastsRequest
from serving.near_audiences import Settled
from serving.predictor import Stage
from serving.privacy import MIN_PEOPLE
from serving.problems import FieldError, Problem

UNKNOWN = _("names no activity known as of {as_of}")
PAST = _("names an activity that had started by {as_of}; forecasts look ahead")
CALLED_OFF = _("names an activity that was cancelled")
STARTS_LATER = _("must be after {as_of}")
EMPTY = _("invites nobody as of {as_of}; check the names of teams")
TOO_FEW = _("invites fewer than {n} people, whom a number would expose; widen it")


@dataclass(frozen=True)
class Subject:
    """An activity to forecast, within a board whose history has it.

    `settled` says in which groups numbers may be told, once that is known; `as_if_announced` that
    it is a stored draft, announced now for the forecast's sake; `answers_left` that answers so far
    are not read, as a comparison asks another audience.
    """

    board: Board
    activity: int
    stage: Stage
    invited: Ints
    activity_id: str | None
    draft: dict[str, Any] | None = None
    settled: Settled | None = None
    as_if_announced: bool = False
    answers_left: bool = False

    @property
    def draft_hash(self) -> str | None:
        """The draft's content hash; None for an activity of the tables."""
        return None if self.draft is None else content_hash(self.draft)


def subject_of(board: Board, request: ForecastsRequest) -> Subject:
    """What the request asks about.

    Raises:
        Problem: 404 where the activity is unknown, 422 where it is past, cancelled, or invites
            nobody or too few.
    """
    if request.draft is not None:
        return _of_draft(board, request.draft)
    return _of_activity(board, request.activity_id or "")


def _of_activity(board: Board, activity_id: str) -> Subject:
    activity = board.history.activity_index(activity_id)
    if activity < 0 or board.history.activities.first_known[activity] >= board.as_of:
        raise refusal(404, board, "activity_id", UNKNOWN)
    if board.history.activities.starts[board.rows[activity]] <= board.present:
        raise refusal(422, board, "activity_id", PAST)
    if board.cancelled[activity]:
        raise refusal(422, board, "activity_id", CALLED_OFF)
    invited, stage = invited_to(board, activity, "activity_id"), _stage(board, activity)
    draft = bool(board.drafts[activity])
    if draft:
        # one board for all that ask, so that what was computed on it can be used again
        if activity not in board.announced_drafts:
            board.announced_drafts[activity] = _announced_now(board, activity)
        board, activity = board.announced_drafts[activity]
    return Subject(board, activity, stage, invited, activity_id, as_if_announced=draft)


def without_answers(subject: Subject) -> Subject:
    """The subject as before launch: answers so far are of the audience asked, not of another."""
    return replace(subject, stage="launch", answers_left=subject.stage == "open")


def _announced_now(board: Board, activity: int) -> tuple[Board, int]:
    """The board with a stored draft as it would be, were it announced now: so a draft is read."""
    table, row = board.history.activities.table, int(board.rows[activity])
    record = {name: table[name][row].as_py() for name in table.schema.names}
    history, place = board.history.with_activity(record | {"announced_at": moment(board.as_of)})
    return replace(board, history=history), place


def _of_draft(board: Board, draft: ActivityDraft) -> Subject:
    as_of = moment(board.as_of)
    if draft.starts_at <= moment(board.present):
        raise refusal(422, board, "draft.starts_at", STARTS_LATER)
    content = draft.model_dump(mode="json", exclude_none=True)
    history, activity = board.history.with_activity(canonical_record(draft, as_of))
    with_draft = replace(board, history=history)
    invited = invited_to(with_draft, activity, "draft.audience")
    return Subject(with_draft, activity, "launch", invited, draft.activity_id, content)


def canonical_record(draft: ActivityDraft, as_of: datetime) -> dict[str, Any]:
    """The draft as a row of the canonical table `activities`, announced now unless it says when."""
    record = draft.model_dump()
    for name in ("tags", "prerequisites", "audience"):
        value = record[name]
        record[name] = None if value is None else json.dumps(value, ensure_ascii=False)
    offset = draft.starts_at.strftime("%z")
    content = draft.model_dump(mode="json", exclude_none=True)
    return record | {
        "activity_id": draft.activity_id or f"draft-{content_hash(content)[:16]}",
        "timezone": draft.timezone or f"{offset[:3]}:{offset[3:5]}",
        "announced_at": draft.announced_at or as_of,
    }


def _stage(board: Board, activity: int) -> Stage:
    """Open once anyone could have answered: announced, or answered where that is unknown."""
    announced = board.history.activities.announced[board.rows[activity]] < board.as_of
    answered = bool((board.answers.activity == activity).any())
    return "open" if announced or answered else "launch"


def invited_to(board: Board, activity: int, field: str) -> Ints:
    """Who is invited to an activity.

    Raises:
        Problem: 422 on the field, where nobody is, or so few that a number would expose them.
    """
    invited = np.flatnonzero(board.history.invited(activity, board.as_of - 1))
    if not len(invited):
        raise refusal(422, board, field, EMPTY)
    if are_too_few(board, invited):
        raise refusal(422, board, field, TOO_FEW)
    return invited


def are_too_few(board: Board, invited: Ints) -> bool:
    """Whether numbers of those invited would tell of single ones of them."""
    return bool((~board.opted_out[invited]).sum() < MIN_PEOPLE)


def refusal(status: int, board: Board, field: str, rule: str) -> Problem:
    """A refusal of one field whose rule may name the moment and the fewest people."""
    return Problem(status, FieldError(field, rule, {"as_of": board.day, "n": MIN_PEOPLE}))
