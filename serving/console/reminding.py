"""Whom to remind: the form, the audience that it gives, and the same people as a file."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pydantic import ValidationError
from starlette.responses import Response

from features.language import _
from serving.answers import AudienceAnswer
from serving.console.activity import Shown
from serving.console.lagging import NAMES, Lagging
from serving.console.site import Visit
from serving.contract import AudiencesRequest
from serving.forecast import BREAKDOWNS, OTHER_TEAMS
from serving.privacy import MIN_PEOPLE, shown_groups
from serving.problems import FieldError, Problem, field_errors

FLOOR = "floor:"
COMPUTED = ("=", "+", "-", "@", "\t", "\r")
MOST_FLOORS = 6
USUAL_SIZE = 100
NO_NUMBER = _("must be a whole number")


@dataclass(frozen=True)
class Asked:
    """The form as it was sent: texts by field, and what is wrong with each."""

    size: str
    # by the name of its field, which names the team
    floors: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FloorField:
    """A team of which some can be asked for: the name of its field, and what is filled in."""

    name: str
    by: str
    team: str
    missing: int | None
    value: str


@dataclass(frozen=True)
class Reminding:
    """The form as it is shown."""

    waiting: int
    size: str
    floors: Sequence[FloorField]
    wrong: Mapping[str, str]

    @property
    def enough(self) -> bool:
        """Whether so many have not answered that an audience tells of nobody."""
        return self.waiting >= MIN_PEOPLE


@dataclass(frozen=True)
class Reminder:
    """Whom to remind, and how many of each team they are."""

    answer: AudienceAnswer
    teams: Sequence[tuple[str, Sequence[tuple[str, int]]]]


def asked_at_first(teams: Lagging, waiting: int, asked: Asked | None) -> Reminding:
    """The form: as it was sent, else with the teams that lag most."""
    lagging = {f"{FLOOR}{one.by}:{one.team}": one for one in teams.worst(MOST_FLOORS)}
    sent = asked.floors if asked else {}
    floors = []
    for name in [*lagging, *(one for one in sent if one not in lagging)]:
        by, team = _team_of(name)
        missing = lagging[name].missing if name in lagging else None
        floors.append(FloorField(name, by, team, missing, sent.get(name, "")))
    size = asked.size if asked else str(max(min(waiting, USUAL_SIZE), MIN_PEOPLE))
    return Reminding(waiting, size, floors, asked.wrong if asked else {})


def sent_form(visit: Visit) -> Asked:
    """The form as it was sent."""
    floors = {name: visit.sent(name) for name in visit.form
              if name.startswith(FLOOR) and _team_of(name)[0] in BREAKDOWNS}  # fmt: skip
    return Asked(visit.sent("size"), floors)


def begun(visit: Visit, activity: Shown, asked: Asked) -> Reminder | Asked:
    """Whom to remind; the form with what is wrong in it where that cannot be told.

    Raises:
        Problem: there is no model, or the activity cannot be forecast.
    """
    floors = {name: value for name, value in asked.floors.items() if value}
    wrong = {name: visit.say(NO_NUMBER) for name, value in [("size", asked.size), *floors.items()]
             if not _is_number(value)}  # fmt: skip
    if wrong:
        return Asked(asked.size, asked.floors, wrong)
    try:
        request = AudiencesRequest.model_validate({
            "activity_id": activity.activity_id, "size": int(asked.size),
            "floors": [dict(zip(("by", "team"), _team_of(name), strict=True))
                       | {"at_least": int(value)} for name, value in floors.items()],
        })  # fmt: skip
        answer = visit.desk.audience(request, visit.language, visit.caller)
    except ValidationError as error:
        return Asked(asked.size, asked.floors, _told(visit, field_errors(error), list(floors)))
    except Problem as problem:
        if problem.status != 422:
            raise
        return Asked(asked.size, asked.floors, _told(visit, problem.errors, list(floors)))
    return Reminder(answer, _teams(visit, answer))


def file_of(visit: Visit, activity: Shown) -> Response:
    """The people of an audience that was given, one a line, for the HR system.

    Raises:
        Problem: 404, no such audience was given of the activity.
    """
    told = visit.desk.members(visit.sent("audience_id"), activity.activity_id, visit.caller)
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["employee_id"], *([as_plain(one)] for one in sorted(told))])
    name = f"remind-{activity.activity_id}.csv"
    return visit.file(out.getvalue().encode(), "text/csv; charset=utf-8", name)


def as_plain(text: str) -> str:
    """A text that a table program does not compute, whatever sign it begins with.

    >>> as_plain("=1+1"), as_plain("E01")
    ("'=1+1", 'E01')
    """
    return f"'{text}" if text.startswith(COMPUTED) else text


def _told(visit: Visit, errors: Sequence[FieldError], floors: Sequence[str]) -> dict[str, str]:
    """What is wrong, by the field of the form that it stands beside."""
    paths = {f"floors[{number}]": name for number, name in enumerate(floors)}
    found: dict[str, str] = {}
    for one in errors:
        name = paths.get(one.field.split(".")[0], "size" if one.field == "size" else "form")
        found.setdefault(name, visit.say(one.rule, **dict(one.values)))
    return found


def _teams(visit: Visit, answer: AudienceAnswer) -> list[tuple[str, list[tuple[str, int]]]]:
    """How many of each team are to be reminded, small teams together."""
    board = visit.desk.state.board
    places = board.history.people.places
    # somebody may have been erased meanwhile
    known = [places[one] for one in answer.employee_ids if one in places]
    chosen = np.array(known, dtype=np.int64)
    teams = {by: board.history.teams(by, board.as_of - 1)[chosen] for by in BREAKDOWNS}
    other = visit.say(OTHER_TEAMS)
    return [
        (visit.say(NAMES[by]),
         [(other if group.merged else visit.teams.of(by, group.team), group.size)
          for group in groups])
        for by, groups in shown_groups(teams, ~board.opted_out[chosen]).items() if groups
    ]  # fmt: skip


def _team_of(name: str) -> tuple[str, str]:
    """The breakdown and the team of a field.

    >>> _team_of("floor:city:成都")
    ('city', '成都')
    """
    by, _colon, team = name.removeprefix(FLOOR).partition(":")
    return by, team


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
