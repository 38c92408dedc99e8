"""Searching for designs: asking for a search, watching it, and reading what it found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from engagement.designs import Job, design_of, designs_about
from features.language import _, render
from serving.answers import DesignAnswer, DesignsFound, TeamCount
from serving.console.activity import Shown, activities_of, shown
from serving.console.change_words import (
    Change,
    Note,
    audience_in_words,
    changes_in_words,
    notes_in_words,
    topics_in_words,
)
from serving.console.changes_form import Sent, fields_of
from serving.console.design_charts import frontier
from serving.console.design_texts import MODES
from serving.console.pictures import Picture, Table, picture
from serving.console.rendering import query
from serving.console.site import Visit
from serving.console.suggest_form import (
    GOALS,
    MANY,
    SINGLE,
    TRIALS,
    Wrong,
    begun_with,
    blamed,
    request_of,
    required_of,
    texts_sent,
)
from serving.console.team_names import TeamNames
from serving.console.teams import held_topics, offered_teams, options
from serving.designing import SOME_ONLY
from serving.designs import NO_SEARCH
from serving.forecast import OTHER_TEAMS
from serving.problems import FieldError, Problem

SEARCH = "/console/designs/"
AXES: dict[str, str] = {"weakest": _("rate of the function that comes least, in percent"),
                        "cost": _("cost in points")}  # fmt: skip
TITLE = _("Suggested designs")
MOST_BEFORE = 5
STATES: dict[str, str] = {
    "queued": _("waits for its turn"), "running": _("going on"), "done": _("done"),
    "cancelled": _("stopped"), "failed": _("broken off"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One design of the table; number 0 is the draft as it is."""

    number: int
    answer: DesignAnswer
    changes: list[Change]
    notes: list[Note]
    pick: str

    @property
    def is_unlike(self) -> bool:
        """Whether the past has nothing like it."""
        return any(note.is_unlike for note in self.notes)


@dataclass(frozen=True)
class Before:
    """A search made before: where it stands, when and how it went, for which teams."""

    address: str
    asked_at: datetime
    state: str
    n_tried: int
    teams: list[str]


def asked(visit: Visit) -> Response:
    """The form, filled so that one click suffices."""
    activity = visit.activity()
    if not activity.is_ahead:
        return visit.page("suggest.html", activity.title, activity=activity, texts=None)
    offered = offered_teams(visit.desk.state.board, visit.teams.groups)
    required = required_of(visit.query.getlist("team"), offered)
    texts = begun_with(activity, visit.desk.state.board, required)
    return _form(visit, activity, texts, {}, 200)


def begun(visit: Visit) -> Response:
    """Begin the search and lead to it; or the form again, saying what is wrong."""
    activity = visit.activity()
    if not activity.is_ahead:
        return visit.to(f"{activity.address}/suggest")
    texts = texts_sent(visit.form)
    request, wrong = request_of(activity, visit.desk.state.board, texts)
    if request is None:
        return _form(visit, activity, texts, wrong, 422)
    try:
        answer = visit.site.designs.ask(request, visit.language)
    except Problem as problem:
        if problem.status not in (400, 422, 429):
            raise
        return _form(visit, activity, texts, blamed(problem.errors), problem.status)
    return visit.to(SEARCH + quote(answer.design_id, safe=""))


def found(visit: Visit) -> Response:
    """How far the search is, and once it is done what it found."""
    design_id = visit.request.path_params["design_id"]
    job = design_of(visit.desk.database, design_id)
    if job is None:
        raise Problem(404, FieldError("design_id", NO_SEARCH))
    answer = visit.site.designs.read(design_id, visit.language)
    activity = _activity_of(visit, job)
    lines = lines_of(activity, answer.found, visit.teams) if answer.found else []
    axis = _axis(visit, answer.found)
    required = {one["team"]: one["by"] for one in job.request.get("required_teams", ())}
    return visit.page(
        "frontier.html", activity.title if activity else visit.say(TITLE), activity=activity,
        answer=answer, found=answer.found, lines=lines, axis=axis, axes=AXES,
        required=[team for team in required
                  if any(_required(line.answer, team) for line in lines)],
        required_by=required, count_of=_required,
        team_name=lambda team: _team_name(team, visit.teams),
        # how many are listed the page counts itself, of those that it lists
        notes=notes_in_words(answer.found.notes if answer.found else [], visit.language,
                             without=(SOME_ONLY,)),
        tab="/suggest",
        picture=_picture(visit, lines, axis) if lines else None, address=SEARCH + design_id,
        waits=answer.state in ("queued", "running")
        or (answer.state == "cancelled" and answer.found is None and answer.trials_done > 0
            and job.is_at_work),
    )  # fmt: skip


def stopped(visit: Visit) -> Response:
    """Stop the search."""
    design_id = visit.request.path_params["design_id"]
    visit.site.designs.cancel(design_id, visit.language)
    return visit.to(SEARCH + quote(design_id, safe=""), "stopped")


def _form(visit: Visit, activity: Shown, texts: Sent, wrong: Wrong, status: int) -> Response:
    board, language = visit.desk.state.board, visit.language
    offered = offered_teams(board, visit.teams.groups)
    return visit.page(
        "suggest.html", activity.title, status, activity=activity, texts=texts, trials=TRIALS,
        goals=options(GOALS, language), modes=options(MODES, language), teams=offered,
        topics=held_topics(board, list(activity.tags or {})), before=_before(visit, activity),
        own_topics=topics_in_words(activity.tags, language),
        own_audience=audience_in_words(activity.audience, visit.teams),
        wrong={**dict.fromkeys(("", *SINGLE, *MANY), ""),
               **{name: visit.say(rule, **values) for name, (rule, values) in wrong.items()}},
    )  # fmt: skip


def _before(visit: Visit, activity: Shown) -> list[Before]:
    """The last searches for designs of this activity, the newest first."""
    return [
        Before(SEARCH + quote(job.design_id, safe=""), job.requested_at,
               visit.say(STATES[job.state]), job.trials_done,
               [visit.teams.of(one["by"], one["team"])
                for one in job.request.get("required_teams") or ()])
        for job in designs_about(visit.desk.database, activity.activity_id, MOST_BEFORE)
    ]  # fmt: skip


def _activity_of(visit: Visit, job: Job) -> Shown | None:
    """The activity that the search is about; None where it is a draft of its own, or gone."""
    try:
        return shown(activities_of(visit.desk).get(str(job.request.get("activity_id", ""))))
    except Problem:
        return None


def lines_of(activity: Shown | None, told: DesignsFound, teams: TeamNames) -> list[Line]:
    """The draft, and the designs by falling turnout; those that are no worse as they are shown.

    In finer numbers than are shown each may be the better one of two.
    """
    ordered = sorted(
        (one for one in told.frontier if _is_worth(one, told)),
        key=lambda one: (-one.overall.expected, one.cost.expected),
    )
    goals = [_goals(one, told) for one in ordered]
    ordered = [
        one for place, one in enumerate(ordered)
        if not any(_no_worse(other, goals[place]) and (other != goals[place] or number < place)
                   for number, other in enumerate(goals))
    ]  # fmt: skip
    return [
        Line(number, one, changes_in_words(activity.content, one.changes, teams)
             if activity else [Change(name, "", str(value)) for name, value in one.changes.items()],
             notes_in_words(one.notes, teams.language), _pick(activity, one.changes))
        for number, one in enumerate([told.draft, *ordered])
    ]  # fmt: skip


def _is_worth(one: DesignAnswer, told: DesignsFound) -> bool:
    """Whether a design differs from the draft, and does better in something that was wanted."""
    draft = told.draft
    if not one.changes:
        return False
    if not told.draft_is_feasible:
        # it keeps to what must hold, which the draft does not
        return True
    before = {team.team: team.expected for team in draft.required_teams}
    own, goals = _goals(draft, told), _goals(one, told)
    gains = [goals[name] > own[name] for name in goals if name != "cost"]
    gains += [team.expected > before.get(team.team, -1) for team in one.required_teams]
    if "cost" in goals:
        gains.append(goals["cost"] > own["cost"] and _is_cheaper(one, draft))
    return any(gains)


def _goals(one: DesignAnswer, told: DesignsFound) -> dict[str, int]:
    """What a design gives of each wanted goal, as it is shown; more is better."""
    weakest = one.weakest_team or one.overall
    values = {"turnout": one.overall.expected, "weakest_team": weakest.rate_percent,
              "cost": -round(one.cost.expected)}  # fmt: skip
    return {name: values[name] for name in told.goals}


def _no_worse(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(value >= other[name] for name, value in one.items())


def _is_cheaper(one: DesignAnswer, draft: DesignAnswer) -> bool:
    """Whether it gives fewer points a head: what costs less as fewer come is no gain."""
    if "reward_points" not in one.changes:
        return False
    points = float(one.changes["reward_points"] or 0)
    return points * draft.overall.expected < draft.cost.expected


def _pick(activity: Shown | None, changes: dict[str, Any]) -> str:
    """Where the design stands beside the original; empty where the form cannot say it."""
    if activity is None or not activity.is_ahead or not changes:
        return ""
    fields = fields_of(activity, changes)
    audience = changes.get("audience")
    if audience and not set(audience) <= {"function", "city", "project_group"}:
        return ""
    return query(f"{activity.address}/design", fields)


def _axis(visit: Visit, told: DesignsFound | None) -> str:
    """What the chart shows beside turnout."""
    asked_for = visit.query.get("y", "")
    if asked_for in AXES:
        return asked_for
    if told is None or told.draft.weakest_team is None:
        return "cost"
    only_cost = "cost" in told.goals and "weakest_team" not in told.goals
    return "cost" if only_cost else "weakest"


def _picture(visit: Visit, lines: Sequence[Line], axis: str) -> Picture:
    points = [{"x": one.answer.overall.expected, "low": one.answer.overall.low,
               "high": one.answer.overall.high, "y": _height(one.answer, axis),
               "unlike": one.is_unlike} for one in lines]  # fmt: skip
    draft = visit.say("as it is")
    heads = (_("No."), _("Expected"), _("Low"), _("High"), _("Least"), _("Points"))
    table = Table(
        [visit.say(head) for head in heads],
        [[str(one.number) if one.number else draft, one.answer.overall.expected,
          one.answer.overall.low, one.answer.overall.high,
          f"{one.answer.weakest_team.rate_percent}%" if one.answer.weakest_team else "–",
          round(one.answer.cost.expected)] for one in lines],
    )  # fmt: skip
    names = [draft, visit.say("suggested design"), visit.say("unlike anything seen so far")]
    arguments = {"points": points, "x": visit.say("people expected"), "y": visit.say(AXES[axis]),
                 "names": names}  # fmt: skip
    return picture(frontier, arguments, visit.say("Suggested designs by turnout and {y}",
                                                  y=visit.say(AXES[axis])), table)  # fmt: skip


def _height(answer: DesignAnswer, axis: str) -> float:
    if axis == "cost":
        return answer.cost.expected
    return answer.weakest_team.rate_percent if answer.weakest_team else 0


def _required(answer: DesignAnswer, team: str) -> TeamCount | None:
    return next((one for one in answer.required_teams if one.team == team), None)


def _team_name(team: TeamCount, teams: TeamNames) -> str:
    """A team, those merged in the language of the reader and not of whoever asked."""
    if team.merged:
        return render(OTHER_TEAMS, {}, teams.language)
    return teams.of("function", team.team)
