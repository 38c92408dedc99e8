"""The launch review: who would come, team by team, and why."""

from collections.abc import Sequence

from starlette.responses import Response

from features.language import _
from serving.answers import ForecastAnswer, TeamCount
from serving.charts import Interval, dots
from serving.console.pictures import Picture, Table, picture
from serving.console.site import Visit

BREAKDOWNS = {"by_function": _("By function"), "by_project_group": _("By project group"),
              "by_city": _("By city")}  # fmt: skip
MOST_ROWS = 30


def reviewed(visit: Visit) -> Response:
    """The page of one activity that is ahead."""
    activity = visit.activity()
    if not activity.is_ahead:
        return visit.page("review.html", activity.title, activity=activity, answer=None,
                          breakdowns=[])  # fmt: skip
    answer = visit.site.forecasts.of(activity.activity_id)[visit.language]
    return visit.page(
        "review.html", activity.title, activity=activity, answer=answer,
        breakdowns=[(visit.say(name), team_picture(visit, answer, field))
                    for field, name in BREAKDOWNS.items() if getattr(answer, field)],
    )  # fmt: skip


def team_picture(visit: Visit, answer: ForecastAnswer, field: str) -> Picture:
    """The rates of teams with their intervals, the highest first."""
    teams: Sequence[TeamCount] = getattr(answer, field)
    ordered = sorted(teams, key=lambda one: -one.rate_percent)[:MOST_ROWS]
    rows = [Interval(one.team, one.rate_percent / 100, one.rate_low_percent / 100,
                     one.rate_high_percent / 100) for one in ordered]  # fmt: skip
    heads = (_("Team"), _("Invited"), _("Expected"), _("Low"), _("High"), _("Rate"))
    table = Table(
        [visit.say(head) for head in heads],
        [[one.team, one.invited, one.expected, one.low, one.high, f"{one.rate_percent}%"]
         for one in ordered],
    )  # fmt: skip
    label = visit.say("share of those invited who come")
    alt = visit.say("Expected rate of each team, with 90% intervals")
    return picture(dots, {"rows": rows, "label": label}, alt, table)
