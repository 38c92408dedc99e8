"""Sign-ups of an activity against what was forecast of them, team by team, while they come in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from starlette.responses import Response

from features import clock
from features.history.columns import DAY, Bools, micros, moment
from features.language import _
from serving.answers import ForecastAnswer, Unit
from serving.board import Board
from serving.console.activity import Shown
from serving.console.lagging import NAMES, Expectation, Lagging, lagging, last_midnight
from serving.console.pictures import Picture
from serving.console.plans import Plan, approved_plan, last_plan, present_forecast
from serving.console.reminding import (
    Asked,
    Reminding,
    asked_at_first,
    begun,
    file_of,
    sent_form,
)
from serving.console.signups import Course, SignUps, sign_ups_of, taking_part, usual_course
from serving.console.site import Visit
from serving.console.watching import course_picture
from serving.forecast import OTHER_TEAMS
from serving.privacy import MIN_PEOPLE
from serving.problems import TITLES, Problem
from serving.subject import Subject, are_too_few, invited_to

MOST_TEAMS = 10
FOLLOW_SECONDS = 10
NOT_KNOWN_YET = _("It is not taken up yet; read this page again in a moment")


@dataclass(frozen=True)
class Watched:
    """An activity as it stands: sign-ups, forecasts of it, and why there is none where so."""

    board: Board
    place: int
    activity: Shown
    unit: Unit
    sign_ups: SignUps
    course: Course | None
    plan: Plan | None
    present: ForecastAnswer | None
    why: str

    @property
    def is_running(self) -> bool:
        """Whether it has begun."""
        return self.activity.phase == "running"

    @property
    def few(self) -> bool:
        """Whether so few are invited that any number would tell of one of them."""
        return are_too_few(self.board, np.flatnonzero(self.invited))

    @cached_property
    def invited(self) -> Bools:
        """Who is invited as of now."""
        return self.board.history.invited(self.place, self.board.as_of - 1)

    @property
    def signed_up(self) -> int:
        """How many hold a registration; once it has begun of those invited, as its effect has."""
        if self.is_running:
            return self._of_invited("registration")
        return self.board.took_part(self.place, "registration")

    @property
    def so_far(self) -> int:
        """Sign-ups, and once it has begun who came."""
        return self._of_invited(self.unit) if self.is_running else self.signed_up

    def _of_invited(self, unit: Unit) -> int:
        return int((taking_part(self.board, self.place, unit) & self.invited).sum())

    @property
    def uninvited(self) -> int:
        """How many of them are not invited, and so in no team; none of fewer than five."""
        unit = self.unit if self.is_running else "registration"
        n = int((taking_part(self.board, self.place, unit) & ~self.invited).sum())
        return n if n >= MIN_PEOPLE else 0

    @property
    def of_invited(self) -> int:
        """What is held against forecasts, which are of those invited."""
        return self.so_far - (0 if self.is_running else self.uninvited)

    @property
    def places_left(self) -> int | None:
        """How many can still sign up; None without a limit."""
        places = self.board.history.activities.capacity[self.board.rows[self.place]]
        return None if np.isnan(places) else max(int(places) - self.signed_up, 0)

    @property
    def forecasts(self) -> list[ForecastAnswer]:
        """What is expected in the end, what was approved first."""
        plan = [self.plan.answer] if self.plan else []
        return plan + ([self.present] if self.present else [])

    @cached_property
    def teams_as_of(self) -> int:
        """As of when teams are told: from one moment to the next they would tell of one person."""
        return last_midnight(micros(clock.now()), self.activity.zone)

    @property
    def has_teams(self) -> bool:
        """Whether anybody of a team can have done anything by then."""
        begun = self.sign_ups.starts if self.is_running else self.sign_ups.began
        return self.teams_as_of > begun

    def share(self, at: int) -> tuple[float, float, float]:
        """How many are there by then per person who comes in the end: least, usually, most."""
        if self.course is None or self.is_running:
            return 1.0, 1.0, 1.0
        return self.course.at(self.sign_ups.passed(at))

    @property
    def is_new(self) -> bool:
        """Whether it was announced within a day."""
        return self.sign_ups.now - self.sign_ups.began < DAY

    @property
    def due(self) -> tuple[int, int, int] | None:
        """(least, usual, most) sign-ups by now towards what is expected; None where not known."""
        if self.course is None or self.is_running or not self.forecasts:
            return None
        low, usual, high = (round(one * self.forecasts[0].overall.expected)
                            for one in self.share(self.sign_ups.now))  # fmt: skip
        return low, usual, high


def watched(visit: Visit) -> Response:
    """The page of an activity that is open or running; others are elsewhere."""
    activity = visit.activity()
    return _elsewhere(visit, activity) or _page(visit, activity, None, 200)


def reminded(visit: Visit) -> Response:
    """Whom to remind, or the same people as a file; the page again where that cannot be told."""
    activity = visit.activity()
    if visit.sent("audience_id"):
        return file_of(visit, activity)
    elsewhere = _elsewhere(visit, activity)
    if elsewhere is not None or activity.phase == "running":
        return elsewhere or visit.to(f"{activity.address}/live")
    asked = sent_form(visit)
    found = begun(visit, activity, asked)
    if isinstance(found, Asked):
        return _page(visit, activity, found, 422)
    return visit.page("reminder.html", activity.title, activity=activity, reminder=found)


def _elsewhere(visit: Visit, activity: Shown) -> Response | None:
    if activity.phase in ("draft", "approved"):
        return visit.to(activity.address)
    if activity.phase in ("past", "cancelled"):
        return visit.to(f"{activity.address}/effect")
    return None


def _page(visit: Visit, activity: Shown, asked: Asked | None, status: int) -> Response:
    found = watched_of(visit, activity)
    if found is None:
        raise Problem(404)
    if found.few:
        return visit.page("live.html", activity.title, activity=activity, live=found,
                          seconds=FOLLOW_SECONDS, reminding=None)  # fmt: skip
    teams = teams_of(visit, found)
    return visit.page(
        "live.html", activity.title, status, activity=activity, live=found,
        as_of=moment(found.board.as_of).isoformat(),
        teams_as_of=moment(found.teams_as_of).isoformat(), picture=_picture(visit, found),
        teams=[(visit.say(NAMES[one.by]), one) for one in teams.breakdowns],
        has_clear=teams.has_clear,
        reminding=_reminding(visit, found, teams, asked), seconds=FOLLOW_SECONDS,
    )  # fmt: skip


def watched_of(visit: Visit, activity: Shown) -> Watched | None:
    """The activity as of now; None where it is not taken up yet."""
    board = visit.desk.state.board
    place = board.history.activity_index(activity.activity_id)
    if place < 0:
        return None
    present, why = None, ""
    if activity.phase == "open":
        try:
            present = present_forecast(visit, activity)
        except Problem as problem:
            rules = [visit.say(one.rule, **dict(one.values)) for one in problem.errors]
            why = " ".join(rules) or visit.say(TITLES[problem.status])
    plan = approved_plan(visit, activity)
    if plan is None and activity.phase == "running":
        plan = last_plan(visit, activity)
    told = plan.answer if plan else present
    # what past activities of this template record, as a forecast counts it
    unit = told.unit if told else board.unit(place)
    return Watched(board, place, activity, unit, sign_ups_of(board, place),
                   usual_course(board, place, unit), plan, present, why)  # fmt: skip


def teams_of(visit: Visit, found: Watched) -> Lagging:
    """The teams against what is expected of them; none where numbers of them may not be told."""
    if not found.forecasts or not found.has_teams:
        return Lagging()
    try:
        subject = Subject(
            found.board, found.place, "open",
            invited_to(found.board, found.place, "activity_id"), found.activity.activity_id,
        )  # fmt: skip
        settled = visit.desk.settled(subject, "activity_id").settled
    except Problem:
        return Lagging()
    assert settled is not None  # noqa: S101 - what settling gives
    then = replace(found.board, as_of=found.teams_as_of, now=None)
    came = taking_part(then, found.place, found.unit if found.is_running else "registration")
    came &= found.invited
    least, usual, _most = found.share(found.teams_as_of)
    expectation = Expectation(found.forecasts, usual, least)
    return lagging(found.board, settled, came, expectation, visit.say(OTHER_TEAMS), MOST_TEAMS)


def _picture(visit: Visit, found: Watched) -> Picture:
    spans: Mapping[str, ForecastAnswer | None] = {
        "approved": found.plan.answer if found.plan else None, "present": found.present,
    }  # fmt: skip
    # how many come in the end, which the usual course leads to
    end = found.forecasts[0].overall.expected if found.forecasts else None
    came = found.so_far if found.is_running and found.unit == "attendance" else None
    approved = bool(found.plan and found.plan.approved_at)
    return course_picture(
        visit, found.sign_ups, found.course if end else None, end or 0,
        {name: one.overall for name, one in spans.items() if one}, came, approved,
        found.activity.zone,
    )  # fmt: skip


def _reminding(
    visit: Visit, found: Watched, teams: Lagging, asked: Asked | None
) -> Reminding | None:
    """The form; None where nobody can be reminded, or the visitor may not."""
    if found.is_running or found.present is None or not visit.may("audiences"):
        return None
    answers = found.board.answers
    invited = np.flatnonzero(found.invited)
    answered = answers.employee[answers.activity == found.place]
    waiting = int((~np.isin(invited, answered)).sum())
    return asked_at_first(teams, waiting, asked)
