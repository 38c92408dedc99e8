"""The list of activities, with each one's forecast and turnout."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from serving.answers import Count
from serving.charts import span_figure
from serving.console.activity import PHASES, Shown, activities_of, shown
from serving.console.pictures import svg_of
from serving.console.site import Visit

A_PAGE = 20
# the order in which phases are shown: what waits for somebody first
ORDER = ("draft", "approved", "open", "running", "past", "cancelled")


@dataclass(frozen=True)
class Line:
    """One activity of the list."""

    activity: Shown
    forecast: Count | None
    came: int | None
    picture: Markup | None


def listed(visit: Visit) -> Response:
    """Activities by phase and filter, a page of them."""
    everything = [shown(one) for one in activities_of(visit.desk).all()]
    asked = {name: visit.query.get(name, "") for name in ("phase", "template", "q")}
    found = [one for one in everything if _keeps(one, asked)]
    found.sort(key=_order)
    first = max(
        int(visit.query.get("from", "0")) if visit.query.get("from", "0").isdigit() else 0, 0
    )
    some = found[first : first + A_PAGE]
    visit.site.forecasts.prepare(
        one.activity_id for one in sorted(everything, key=_order) if one.is_ahead
    )
    return visit.page(
        "activities.html", visit.say("Activities"), lines=_lines(visit, some), asked=asked,
        phases=[(name, PHASES[name], sum(one.phase == name for one in everything))
                for name in ORDER],
        templates=sorted({one.template for one in everything if one.template}),
        words_of=PHASES, first=first, a_page=A_PAGE, n_found=len(found), n_all=len(everything),
    )  # fmt: skip


def _keeps(one: Shown, asked: dict[str, str]) -> bool:
    text = f"{one.title} {one.activity_id}".lower()
    return (
        asked["phase"] in ("", one.phase)
        and asked["template"] in ("", one.template)
        and asked["q"].lower().strip() in text
    )


def _order(one: Shown) -> tuple[int, float, str]:
    """What is ahead by its start, what is over the newest first."""
    at = one.starts.timestamp()
    return ORDER.index(one.phase), at if one.is_ahead else -at, one.activity_id


def _lines(visit: Visit, some: Sequence[Shown]) -> list[Line]:
    board = visit.desk.state.board
    found = []
    for one in some:
        answers = visit.site.forecasts.known(one.activity_id) if one.is_ahead else None
        count = answers[visit.language].overall if answers else None
        place = board.history.activity_index(one.activity_id)
        came = None
        if one.phase in ("open", "running", "past") and place >= 0:
            unit = "registration" if one.phase == "open" else board.unit(place)
            came = board.took_part(place, unit)
        found.append((one, count, came))
    end = max([1, *(max(count.high if count else 0, came or 0) for _, count, came in found)])
    return [Line(one, count, came, _picture(count, came, end)) for one, count, came in found]


def _picture(count: Count | None, came: int | None, end: int) -> Markup | None:
    if count is None and came is None:
        return None
    arguments: dict[str, Any] = {"count": came, "end": end, "span": None}
    if count:
        arguments["span"] = [count.low, count.expected, count.high]
    return svg_of(span_figure, arguments)
