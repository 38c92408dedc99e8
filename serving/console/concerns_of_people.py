"""Whether those invited are asked to something else, busy, tired of being asked, or left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from features.errors import HuoliError
from features.history.columns import DAY, HOUR, NEVER, Bools, Ints, instants, known_from, positions
from features.history.columns import strings as texts
from features.language import _
from features.tables.snapshots import current_tables, read_table
from serving.console.case import Case
from serving.console.change_words import joint
from serving.console.lately import USUAL_LENGTH
from serving.console.rendering import day_text
from serving.desk import Desk
from serving.privacy import MIN_PEOPLE, whole_percent

Found = tuple[str, str, str, Literal["warning", "note"]]
# activities this near each other stand in each other's way, and so much sharing of people
NEAR = 1 * HOUR
LONGEST = 4 * HOUR
SHARED_PERCENT = 10
OFTEN, OFTEN_PERCENT, FORTNIGHT = 3, 25, 14 * DAY
DEADLINE_DAYS, BUSY_PERCENT, BUSIER, WEEKS = 5, 20, 1.3, 8
MOST_NAMED = 8


def clashes(case: Case) -> Iterator[Found]:
    """Other activities of nearly the same time and people."""
    board, activities = case.board, case.board.history.activities
    starts = activities.starts[board.rows]
    ends = activities.ends[board.rows]
    ends = np.where(ends == NEVER, starts + USUAL_LENGTH, ends)
    # what goes on for days is joined at any hour: only its beginning takes people's time
    ends = np.minimum(ends, starts + LONGEST)
    begin, end = starts[case.place] - NEAR, ends[case.place] + NEAR
    near = (starts < end) & (ends > begin) & board.known & ~board.cancelled
    near[case.place] = False
    for other in np.flatnonzero(near).tolist():
        n = int((board.history.invited(other, board.as_of - 1) & case.invited).sum())
        percent = whole_percent(n, case.n_invited)
        if n < MIN_PEOPLE or percent < SHARED_PERCENT:
            continue
        yield (case.visit.say("Clash"),
               case.visit.say("“{title}” is at nearly the same time, and {percent}% of those "
                              "invited here are invited there too.",
                              title=board.title(other), percent=percent),
               case.visit.say("Move one of them by some hours; the map of slots below shows when "
                              "most would come."), "warning")  # fmt: skip


def asked_often(case: Case) -> Iterator[Found]:
    """Many of those invited got several invitations of late."""
    board, activities = case.board, case.board.history.activities
    announced = activities.announced[board.rows]
    since = board.present - FORTNIGHT
    lately = (announced >= since) & (announced <= board.present) & board.known & ~board.cancelled
    lately[case.place] = False
    times = np.zeros(board.history.n_employees, dtype=np.int64)
    for other in np.flatnonzero(lately).tolist():
        times += board.history.invited(other, board.as_of - 1)
    n = int((times[case.invited] >= OFTEN).sum())
    percent = whole_percent(n, case.n_invited)
    if n < MIN_PEOPLE or percent < OFTEN_PERCENT:
        return
    yield (case.visit.say("Asked often"),
           case.visit.say("{percent}% of those invited got {n} or more invitations in the last two "
                          "weeks.", percent=percent, n=OFTEN),
           case.visit.say("Invite fewer people, those whom it suits best, or let some days pass."),
           "warning")  # fmt: skip


TEAMS = {
    "function": _("Functions not invited: {teams}."),
    "city": _("Cities not invited: {teams}."),
}


def left_out(case: Case) -> Iterator[Found]:
    """Functions and cities of which nobody is invited."""
    board = case.board
    for field, template in TEAMS.items():
        code, names = board.history.people.team_codes(field, board.as_of - 1)
        there = np.bincount(code[board.employed & (code >= 0)], minlength=len(names))
        asked = np.bincount(code[case.invited & (code >= 0)], minlength=len(names))
        missing = [
            case.visit.teams.of(field, str(names[one]))
            for one in np.flatnonzero((there >= MIN_PEOPLE) & (asked == 0))
        ]
        if not missing:
            continue
        named = joint(case.visit.language).join(missing[:MOST_NAMED])
        named += " …" if len(missing) > MOST_NAMED else ""
        yield (case.visit.say("Left out"), case.visit.say(template, teams=named),
               case.visit.say("If that is not meant so, widen the audience under Design."),
               "note")  # fmt: skip


@dataclass(frozen=True)
class Milestones:
    """Due dates of project groups that are open: group ids, days since 1970."""

    snapshot: str
    group: list[str]
    due: Ints


def deadlines(case: Case) -> Iterator[Found]:
    """More of those invited than in other weeks have a deadline just then."""
    found = _milestones(case.visit.desk, case.board.as_of, case.visit.desk.state.snapshot)
    if found is None or not len(found.due):
        return
    first = case.local_start.date()
    share = _busy_percent(case, found, first)
    weeks = [_this_week(case) + timedelta(weeks=n) for n in range(1, WEEKS + 1)]
    others = {week: _busy_percent(case, found, week) for week in weeks}
    usual = round(float(np.mean(list(others.values()))))
    if share < BUSY_PERCENT or share < BUSIER * usual:
        return
    quiet = min(others, key=lambda week: others[week])
    yield (case.visit.say("Deadlines"),
           case.visit.say("{percent}% of those invited work in a project group with a deadline "
                          "within {days} days from the start; in the next weeks {usual}% have.",
                          percent=share, days=DEADLINE_DAYS, usual=usual),
           case.visit.say("In the week of {day} they are fewest ({percent}%).",
                          day=day_text(f"{quiet}T00:00:00+00:00", case.visit.language),
                          percent=others[quiet]),
           "warning")  # fmt: skip


def _this_week(case: Case) -> date:
    """The Monday of the present week."""
    today = case.visit.desk.state.as_of.date()
    return today - timedelta(days=today.weekday())


def _busy_percent(case: Case, milestones: Milestones, first: date) -> int:
    begin = (first - date(1970, 1, 1)).days
    soon = (milestones.due >= begin) & (milestones.due < begin + DEADLINE_DAYS)
    groups = {milestones.group[one] for one in np.flatnonzero(soon).tolist()}
    n = int((_members(case, groups) & case.invited).sum())
    return whole_percent(n, case.n_invited) if n >= MIN_PEOPLE else 0


def _members(case: Case, groups: set[str]) -> Bools:
    people, before = case.board.history.people, case.board.as_of - 1
    found = np.zeros(case.board.history.n_employees, dtype=bool)
    at = positions(people.group_ids, np.array(sorted(groups), dtype=object))
    rows = people.members_at(before)
    found[people.member[rows[np.isin(people.group[rows], at[at >= 0])]]] = True
    return found


_READ: dict[str, Milestones] = {}


def _milestones(desk: Desk, as_of: int, snapshot: str) -> Milestones | None:
    """The due dates that were known and open by the moment; None where they cannot be read."""
    name = f"{snapshot}@{as_of // DAY}"
    if name not in _READ:
        try:
            tables = current_tables(desk.home)
            table = read_table(tables, "milestones")
        except (HuoliError, OSError, ValueError, KeyError):
            return None
        if tables.snapshot_id != snapshot:
            return None
        known = known_from(table, instants(table, "recorded_at", 0)) < as_of
        days = [
            np.array(table[one].cast("int32").fill_null(NO_DAY)) for one in ("due_on", "done_on")
        ]
        is_open = known & (days[1] >= as_of // DAY)
        group = texts(table, "project_group_id")
        _READ.clear()
        _READ[name] = Milestones(
            snapshot, group[is_open].astype(str).tolist(), days[0][is_open].astype(np.int64)
        )
    return _READ[name]


NO_DAY = 2**31 - 1
