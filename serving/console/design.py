"""Changing the design beside the original: who would come instead, and keeping the change."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from features.language import _
from serving.answers import Count, ForecastAnswer, TeamCount, TeamDifference, VariantAnswer
from serving.changes import moved
from serving.charts import Interval
from serving.console.activity import Shown, activities_of, shown
from serving.console.change_words import (
    Change,
    Note,
    audience_in_words,
    changes_in_words,
    notes_in_words,
)
from serving.console.changes_form import Asked, asked_of
from serving.console.design_charts import differences
from serving.console.design_lines import TeamLine, of_invited, team_lines
from serving.console.design_texts import FORMATS, MODES, TOPIC, texts_of
from serving.console.pictures import Picture, Table, picture
from serving.console.rendering import query, signed
from serving.console.site import Visit
from serving.console.teams import held_families, held_topics, offered_teams, options
from serving.contract import CompareRequest
from serving.organisation import ActivityRecord, activity_as
from serving.problems import FieldError, Problem, field_errors
from serving.resources import Conditions

BREAKDOWNS = {"function": _("By function"), "city": _("By city"),
              "project_group": _("By project group")}  # fmt: skip
MOST_ROWS = 20
# the field of the form that a field of a design is said in
FIELDS = {"tags": "topics", "starts_at": "day", "ends_at": "length", "reward_points": "points",
          "announced_at": "notice"}  # fmt: skip
# what fields are called where something is wrong with them
CALLED: dict[str, str] = {
    "template": _("Kind of activity"), "topics": _("Topics"), "day": _("Day"),
    "length": _("Length"), "points": _("Reward"), "mode": _("Where"), "city": _("City"),
    "format": _("Taking part"), "notice": _("Notice"), "audience": _("Who is invited"),
}  # fmt: skip
MEANWHILE = _("The activity was changed meanwhile; these are its numbers as it is now. Look again "
              "before you keep anything.")  # fmt: skip
COPY = _("{title} (variant)")
# what is set by itself, beside the design that is compared
WORDS = ("title", "description", "capacity")


@dataclass(frozen=True)
class Result:
    """The changed design beside the original, as the page shows it."""

    answer: VariantAnswer
    before: Count
    changes: list[Change]
    notes: list[Note]
    # by kind of teams: its name, and the chart or the lines
    pictures: dict[str, tuple[str, Picture | list[TeamLine]]]

    @property
    def is_unlike(self) -> bool:
        """Whether the past has nothing like it."""
        return any(note.is_unlike for note in self.notes)


def compared(visit: Visit) -> Response:
    """The form, and where it changes something the forecast beside the original's."""
    activity = visit.activity()
    if not activity.is_ahead:
        return visit.page("design.html", activity.title, activity=activity, asked=None)
    sent = {name: visit.query.getlist(name) for name in visit.query}
    asked = asked_of(activity, sent)
    kept: dict[str, list[str]] = {name: sent[name] for name in ("lang", "said") if name in sent}
    if sent != asked.different | kept:
        # an address holds what is changed, and nothing else
        return visit.to(query(f"{activity.address}/design", asked.different | kept))
    return _page(visit, activity, asked)


def applied(visit: Visit) -> Response:
    """Keep the changes in the draft, or as a new one beside it."""
    activity = visit.activity()
    asked = asked_of(activity, visit.form)
    if asked.wrong or not asked.changes:
        return _page(visit, activity, asked)
    if visit.sent("keep") == "copy":
        activity_id, conditions = f"hc-{secrets.token_hex(5)}", Conditions(none_match="*")
        title = {"title": visit.say(COPY, title=activity.title)[:500]}
    elif activity.phase in ("draft", "approved"):
        activity_id, conditions, title = activity.activity_id, Conditions(visit.sent("etag")), {}
    else:
        raise Problem(409)
    content = moved(activity.content, asked.changes) | asked.changes | title
    try:
        record = _draft_of(content)
        found, is_new = activities_of(visit.desk).put(
            activity_id, conditions, activity_as(activity_id, record), record.organiser_id
        )
    except ValidationError as error:
        _blame(asked, field_errors(error))
        return _page(visit, activity, asked)
    except Problem as problem:
        if problem.status != 412:
            raise
        return _page(visit, activity, asked, MEANWHILE)
    if found is None:
        raise Problem(500)
    visit.desk.keep_up()
    visit.site.forecasts.forget(activity_id)
    return visit.to(shown(found).address, "drafted" if is_new else "changed")


def _draft_of(content: Mapping[str, Any]) -> ActivityRecord:
    """The content as a draft: it is approved anew, and announced when that is decided."""
    names = set(ActivityRecord.model_fields) - {"activity_id", "announced_at", "state"}
    return ActivityRecord.model_validate({name: content.get(name) for name in names})


def refused_words(visit: Visit, activity: Shown, told: str, status: int) -> Response:
    """The page with the title, description and places that were sent, and why they are not kept."""
    sent = {name: visit.sent(name) for name in WORDS}
    answer = _page(visit, activity, asked_of(activity, {}), words=sent | {"wrong": told})
    answer.status_code = status
    return answer


def _page(
    visit: Visit, activity: Shown, asked: Asked, warning: str = "",
    words: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    result, board = None, visit.desk.state.board
    if asked.changes and not asked.wrong:
        try:
            result = _result(visit, activity, asked)
        except Problem as problem:
            if problem.status not in (400, 422):
                raise
            _blame(asked, problem.errors)
    if words is None:
        words = {name: "" if activity.content.get(name) is None else f"{activity.content[name]}"
                 for name in WORDS} | {"wrong": ""}  # fmt: skip
    before = result.before if result else _forecast_of(visit, activity)
    own, language = texts_of(activity.content), visit.language
    offered = offered_teams(board, visit.teams.groups)
    cities = list(dict.fromkeys([*offered["city"], *own["city"], asked.text("city")]))
    topics = [name.removeprefix(TOPIC) for name in {**own, **asked.texts} if name.startswith(TOPIC)]
    wrong = {name: visit.say(rule, **values) for name, (rule, values) in asked.wrong.items()}
    return visit.page(
        "design.html", activity.title, 412 if warning else 422 if wrong else 200,
        activity=activity, asked=asked, before=before, result=result, warning=warning, own=own,
        words=words,
        wrong={**dict.fromkeys(["", "hour", *CALLED], ""), **wrong},
        called={name: visit.say(words) for name, words in CALLED.items()},
        families=held_families(board, activity.template or "", language),
        topics=held_topics(board, topics),
        modes=options(MODES, language), formats=options(FORMATS, language),
        teams=offered, cities=[(name, name) for name in cities if name],
        own_audience=audience_in_words(activity.audience, visit.teams),
    )  # fmt: skip


def _forecast_of(visit: Visit, activity: Shown) -> Count | None:
    """The original's forecast; None where there can be none, which the review explains."""
    try:
        return visit.site.forecasts.of(activity.activity_id)[visit.language].overall
    except Problem as problem:
        if problem.status not in (404, 422):
            raise
        return None


def _blame(asked: Asked, errors: tuple[FieldError, ...] | list[FieldError]) -> None:
    """Put each error beside the field of the form that it is about."""
    for error in errors:
        name = error.field.removeprefix("changes").removeprefix("draft").lstrip(".")
        name = name.split(".")[0].split("[")[0]
        name = FIELDS.get(name, name)
        asked.wrong[name if name in CALLED else ""] = error.rule, dict(error.values)


def _result(visit: Visit, activity: Shown, asked: Asked) -> Result:
    request = CompareRequest(
        activity_id=activity.activity_id, draft=None, changes=asked.changes, variants=None,
        explain=False, language=None,
    )  # fmt: skip
    answer = visit.desk.compare(request, visit.language)
    (variant,) = answer.variants
    return Result(
        variant, answer.forecast.overall,
        changes_in_words(activity.content, asked.changes, visit.teams),
        notes_in_words(variant.notes, visit.language),
        {by: (visit.say(name), _shown(visit, f"by_{by}", answer.forecast, variant))
         for by, name in BREAKDOWNS.items() if getattr(variant, f"by_{by}")},
    )  # fmt: skip


def _shown(
    visit: Visit, field: str, before: ForecastAnswer, variant: VariantAnswer
) -> Picture | list[TeamLine]:
    """The teams of one kind: few of them as a chart, else as lines, which are sooner there."""
    teams = getattr(variant, field)
    was, will = getattr(before, field), getattr(variant.forecast, field)
    if field == "by_function":
        return team_picture(visit, teams, was, will)
    counts = ({one.team: one for one in found} for found in (was, will))
    return team_lines(teams, *({name: of_invited(one) for name, one in found.items()}
                               for found in counts))  # fmt: skip


def _called(visit: Visit, one: TeamDifference) -> str:
    return visit.teams.of("function", one.team)


def team_picture(
    visit: Visit, teams: list[TeamDifference], before: list[TeamCount], after: list[TeamCount]
) -> Picture:
    """The differences of teams with their intervals, the most gained first."""
    ordered = sorted(teams, key=lambda one: (-one.expected, -one.high, one.team))
    # those merged may be most of the company, beside which no team could be seen
    told = [one for one in ordered if not one.merged] or ordered
    if len(told) > MOST_ROWS:
        # of many teams, those that gain and lose most
        told = [*told[: MOST_ROWS // 2], *told[-MOST_ROWS // 2 :]]
    rows = [Interval(_called(visit, one), one.expected, one.low, one.high) for one in told]
    was, will = ({one.team: one for one in counts} for counts in (before, after))
    heads = (_("Team"), _("Difference"), _("between"), _("As it is"), _("Changed"))
    rest = [one for one in ordered if one not in told]
    table = Table(
        [visit.say(head) for head in heads],
        [[_called(visit, one), signed(one.expected), f"{signed(one.low)} … {signed(one.high)}",
          of_invited(was.get(one.team)), of_invited(will.get(one.team))] for one in [*told, *rest]],
    )  # fmt: skip
    label = visit.say("more or fewer people come than to the original")
    alt = visit.say("Difference of each team from the original, with 90% intervals")
    return picture(differences, {"rows": rows, "label": label}, alt, table)
