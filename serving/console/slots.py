"""When each team would come: the forecast at the slots of a week, as a map."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from babel.dates import format_datetime
from starlette.responses import Response

from features.language import _
from serving.answers import ForecastAnswer, TeamCount
from serving.console.pictures import Cell, Picture, Table, picture
from serving.console.rendering import LOCALES, zone_of
from serving.console.review_charts import slot_map
from serving.console.site import Visit
from serving.console.slot_forecasts import SLOTS, Slots, slots_of

# of each breakdown, the largest teams
MOST_TEAMS = 12
EVERYONE, AS_PLANNED = _("Everyone"), _("as planned")


def shown(visit: Visit) -> Response:
    """The map: as a part of the review, or as a page by itself."""
    activity = visit.activity()
    if not activity.is_ahead:
        return visit.to(activity.address)
    planned = visit.site.forecasts.of(activity.activity_id)[visit.language]
    found = slots_of(visit.desk, activity)
    # the planned one may be among them: the best is one of the others, where there are any
    others = [one for one in found.slots if one.starts != activity.starts] or found.slots
    best = max(others, key=lambda one: one.answer.overall.expected)
    template = "slots_part.html" if visit.query.get("part") else "slots.html"
    return visit.page(
        template, activity.title, activity=activity, planned=planned.overall, best=best,
        is_clear=best.answer.overall.low > planned.overall.expected, found=found,
        n_holidays=SLOTS - len(found.slots) - found.left_out,
        open=planned.stage == "open", n_guesses=sum(one.is_guess for one in found.slots),
        map=map_of(visit, planned, found, activity.zone),
    )  # fmt: skip


def map_of(visit: Visit, planned: ForecastAnswer, found: Slots, zone: str | None) -> Picture:
    """The rates of everyone and of teams at each slot, beside those as planned."""
    say, language = visit.say, visit.language
    local = [one.starts.astimezone(zone_of(zone)) for one in found.slots]
    rows = [(say(EVERYONE), planned.overall.rate_percent,
             [one.answer.overall.rate_percent for one in found.slots])]  # fmt: skip
    for field in ("by_function", "by_city"):
        slots = [getattr(one.answer, field) for one in found.slots]
        rows += [(visit.teams.of(field.removeprefix("by_"), name), now, then)
                 for name, now, then in _of_teams(getattr(planned, field), slots)]  # fmt: skip
    days = [
        (name, len(list(some)))
        for name, some in groupby(local, key=lambda one: day_of(one, language))
    ]
    arguments = {
        "teams": [name for name, *_rest in rows], "days": days,
        "hours": [f"{one:%H}" for one in local], "percents": [row[2] for row in rows],
        "planned": [row[1] for row in rows], "as_planned": say(AS_PLANNED),
    }  # fmt: skip
    body: list[list[Cell]] = [[name, f"{now}%", *(f"{one}%" for one in then)]
                              for name, now, then in rows]  # fmt: skip
    heads = [say("Team"), say(AS_PLANNED), *(
        f"{day_of(at, language)} {at:%H:%M}{'*' if one.is_guess else ''}"
        for one, at in zip(found.slots, local, strict=True)
    )]  # fmt: skip
    alt = say("Of 100 invited of each team, how many come at each slot")
    return picture(slot_map, arguments, alt, Table(heads, body), scrolls=True)


def _of_teams(
    planned: Sequence[TeamCount], slots: Sequence[Sequence[TeamCount]]
) -> list[tuple[str, int, list[int]]]:
    """(team, rate as planned, rates at the slots) of the largest teams that all of them have."""
    known = [{_key(one): one.rate_percent for one in some} for some in slots]
    return [
        (one.team, one.rate_percent, [some[_key(one)] for some in known])
        for one in planned if all(_key(one) in some for some in known)
    ][:MOST_TEAMS]  # fmt: skip


def _key(one: TeamCount) -> str:
    """A team's name; of those counted together, whose name is a word of a language, none."""
    return "" if one.merged else one.team


def day_of(at: datetime, language: str) -> str:
    """A day of a week, short."""
    patterns = {"en": "EEE d MMM", "zh": "M月d日 EEE"}
    return str(format_datetime(at, patterns[language], locale=LOCALES[language]))
