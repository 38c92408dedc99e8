"""The launch review: who would come, team by team, why, and what to think of before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from markupsafe import Markup
from starlette.responses import Response

from engagement.answers import stored_forecast
from engagement.approvals import Approval, approvals_of, standing_approval, views_of
from features.language import _
from serving.answers import Count, TeamCount
from serving.charts import Interval
from serving.console.activity import Shown
from serving.console.case import Case, case_of
from serving.console.change_words import design_in_words
from serving.console.concerns import concerns
from serving.console.design_texts import local
from serving.console.drivers import driver_picture, in_words
from serving.console.lately import Rate
from serving.console.pictures import Cell, Picture, Table, picture, svg_of
from serving.console.review_charts import overall_figure, team_intervals
from serving.console.similar import similar, similar_picture, trust
from serving.console.site import Visit
from serving.console.team_reasons import TeamReason, team_reasons
from serving.problems import Problem

BREAKDOWNS = {"function": _("By function"), "project_group": _("By project group"),
              "city": _("By city")}  # fmt: skip
# of more teams than both together, the lowest and the highest so many are drawn
AT_EACH_END = 10
UNITS = {"attendance": _("attend"), "registration": _("sign up")}


def reviewed(visit: Visit) -> Response:
    """The page of one activity that is ahead; of one that is over, its effect."""
    activity = visit.activity()
    if not activity.is_ahead:
        return visit.to(activity.address + "/effect")
    return review_page(visit, activity)


def review_page(
    visit: Visit, activity: Shown, status: int = 200, wrong: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """The review; with what is `wrong` in a form that was sent, and what stood in it.

    Where there is no forecast, the page says why.
    """
    try:
        case = case_of(visit, activity)
    except Problem as problem:
        if problem.status not in (422, 503):
            raise
        reasons = [visit.say(one.rule, **one.values) for one in problem.errors]
        return visit.page(
            "no_forecast.html", activity.title, status, activity=activity, reasons=reasons,
            answer=None, approvals=_approvals(visit, activity, None),
            wrong=defaultdict(str, wrong or {}), standing=_standing(visit, activity),
            planned_day=_planned_day(visit, activity),
        )  # fmt: skip
    visit.site.forecasts.note_view(case.answer.forecast_id, visit.key.key_id)
    likes = similar(case)
    return visit.page(
        "review.html", activity.title, status, activity=activity, answer=case.answer,
        span=overall_picture(case), breakdowns=_breakdowns(case), n_lately=len(
            case.lately.activities), drivers=driver_picture(case), in_words=in_words(case),
        concerns=concerns(case), likes=likes, similar=similar_picture(case, likes),
        trust=trust(case), approvals=_approvals(visit, activity, case.answer.overall),
        standing=_standing(visit, activity), wrong=defaultdict(str, wrong or {}),
        take_part=visit.say(UNITS[case.answer.unit]),
        design=design_in_words(activity.content, visit.teams),
        planned_day=_planned_day(visit, activity),
        kept={name: visit.sent(name) for name in ("name", "note")},
    )  # fmt: skip


def overall_picture(case: Case) -> Markup:
    """The expected number and its range on a line from nobody to everybody invited."""
    answer, count = case.answer, case.answer.overall
    marks = []
    if answer.usual_percent is not None:
        at = answer.usual_percent * count.invited / 100
        marks.append((case.visit.say("as usual: {n}", n=round(at)), at))
    if case.activity.capacity is not None and case.activity.capacity <= count.invited:
        n = case.activity.capacity
        marks.append((case.visit.say("places: {n}", n=n), float(n)))
    arguments = {"span": [count.low, count.expected, count.high], "end": count.invited,
                 "marks": marks}  # fmt: skip
    return svg_of(overall_figure, arguments)


def _breakdowns(case: Case) -> list[tuple[str, Picture, list[TeamReason]]]:
    return [(case.visit.say(name), team_picture(case, dimension),
             team_reasons(case) if dimension == "function" else [])
            for dimension, name in BREAKDOWNS.items()
            if getattr(case.answer, f"by_{dimension}")]  # fmt: skip


def team_picture(case: Case, dimension: str) -> Picture:
    """The rates of teams with their ranges beside their usual rates, the highest first."""
    teams: Sequence[TeamCount] = getattr(case.answer, f"by_{dimension}")
    usual, say = case.lately.by_team(dimension), case.visit.say
    ordered = sorted(teams, key=lambda one: (-one.rate_percent, -one.invited, one.team))

    def named(one: TeamCount) -> str:
        return case.visit.teams.of(dimension, one.team)

    heads = (_("Team"), _("Invited"), _("Expected"), _("Low"), _("High"), _("Rate"),
             _("Usual rate"), _("Activities behind it"))  # fmt: skip
    table = Table([say(head) for head in heads],
                  [_row(one, named(one), _usual_of(one, usual)) for one in ordered])  # fmt: skip
    many = len(ordered) > 2 * AT_EACH_END
    ends = [*range(AT_EACH_END), *range(len(ordered) - AT_EACH_END, len(ordered))]
    rows = [(place, _interval(ordered[place], named(ordered[place]),
                              _usual_of(ordered[place], usual)))
            for place in (ends if many else range(len(ordered)))]  # fmt: skip
    arguments = {
        "rows": rows, "label": say("of those invited, how many come"),
        "names": (say("expected, and between what in 90 of 100 cases"),
                  say("usual of the team in the last half year")),
        "gap_after": AT_EACH_END if many else None,
    }  # fmt: skip
    alt = say("Expected rate of each team, with 90% intervals")
    return picture(team_intervals, arguments, alt, table)


def _usual_of(team: TeamCount, usual: Mapping[str, Rate]) -> Rate | None:
    """The usual rate of a team that stands for itself."""
    return None if team.merged else usual.get(team.team)


def _row(one: TeamCount, name: str, usual: Rate | None) -> list[Cell]:
    its_usual: list[Cell] = [f"{usual.percent}%", usual.n_activities] if usual else ["–", "–"]
    return [name, one.invited, one.expected, one.low, one.high, f"{one.rate_percent}%",
            *its_usual]  # fmt: skip


def _interval(one: TeamCount, name: str, usual: Rate | None) -> Interval:
    reference = usual.percent / 100 if usual else None
    return Interval(name, one.rate_percent / 100, one.rate_low_percent / 100,
                    one.rate_high_percent / 100, reference)  # fmt: skip


def _planned_day(visit: Visit, activity: Shown) -> str:
    """The day of the announcement that was sent, or that the notice in the address says."""
    notice = visit.query.get("notice", "")
    if visit.sent("day") or not (notice.isdecimal() and len(notice) < 4):
        return visit.sent("day")
    starts = local(activity.content["starts_at"], activity.zone)
    return f"{starts - timedelta(days=int(notice)):%Y-%m-%d}"


def _standing(visit: Visit, activity: Shown) -> Approval | None:
    """The approval of the present design."""
    return standing_approval(visit.desk.database, activity.activity_id)


def _approvals(visit: Visit, activity: Shown, count: Count | None) -> list[dict[str, object]]:
    """Each approval with the forecast it was given by, who was shown that, and whether it moved."""
    database = visit.desk.database
    found = []
    for one in approvals_of(database, activity.activity_id):
        stored = stored_forecast(database, one.forecast_id)
        then = stored["answer"]["overall"] if stored else None
        moved = (
            then is not None
            and count is not None
            and any(
                then[name] != getattr(count, name)
                for name in ("invited", "expected", "low", "high")
            )
        )
        found.append({"approval": one, "then": then, "moved": moved,
                      "views": views_of(database, one.forecast_id)})  # fmt: skip
    return found
