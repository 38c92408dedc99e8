"""The list of activities, with each one's forecast and turnout."""

from collections import Counter
from collections.abc import Sequence

from starlette.responses import Response

from features.language import _
from serving.console.activity import PHASES, Shown, activities_of, shown
from serving.console.listing import Line, lines_of, reason
from serving.console.site import Visit

A_PAGE = 20
# the order in which phases are shown: what waits for somebody first
ORDER = ("draft", "approved", "open", "running", "past", "cancelled")
FILTERS = ("phase", "template", "city", "q")
NO_MODEL = _("There are no forecasts yet, because no models are in use. "
             "Once some are trained and promoted, the forecasts appear here.")  # fmt: skip
# a small chart is so many units wide; its line begins and ends so far inside
WIDTH, MARGIN = 156, 6


def listed(visit: Visit) -> Response:
    """Activities by phase and filter, a page of them."""
    everything = sorted((shown(one) for one in activities_of(visit.desk).all()), key=_order)
    asked = {name: visit.query.get(name, "").strip() for name in FILTERS}
    alike = [one for one in everything if _keeps(one, asked)]
    found = [one for one in alike if asked["phase"] in ("", one.phase)]
    n_pages = max(1, -(-len(found) // A_PAGE))
    number = min(_number(visit.query.get("page", "")), n_pages)
    some = found[(number - 1) * A_PAGE : number * A_PAGE]
    lines = _prepared(visit, some)
    return visit.page(
        "activities.html", visit.say("Activities"), lines=lines, asked=asked,
        phases=_phases(alike, asked), n_alike=len(alike), n_found=len(found),
        n_all=len(everything), number=number, n_pages=n_pages, first=(number - 1) * A_PAGE,
        templates=sorted({one.template for one in everything if one.template}),
        cities=sorted({one.city for one in everything if one.city}),
        n_coming=sum(line.is_coming for line in lines), at=at, width=WIDTH,
        without=_without_models(visit),
    )  # fmt: skip


def at(number: float, end: float) -> float:
    """Where a number stands in a small chart whose line reaches from 0 to `end`.

    >>> at(0, 40), at(20, 40), at(40, 40)
    (6.0, 78.0, 150.0)
    """
    return round(MARGIN + min(number / max(end, 1), 1.0) * (WIDTH - 2 * MARGIN), 1)


def _prepared(visit: Visit, some: Sequence[Shown]) -> list[Line]:
    """The lines of a page, once the forecasts that they lack are in work."""
    if visit.desk.state.predictor is not None:
        visit.site.forecasts.prepare(one for one in some if one.is_ahead)
    return lines_of(visit, some)


def _phases(alike: Sequence[Shown], asked: dict[str, str]) -> list[tuple[str, str, int]]:
    """(phase, its name, how many), of those that there are, and the one asked for."""
    counts: Counter[str] = Counter(one.phase for one in alike)
    return [(name, PHASES[name], counts[name]) for name in ORDER
            if counts[name] or asked["phase"] == name]  # fmt: skip


def _without_models(visit: Visit) -> list[str]:
    """Why there are no forecasts at all, where no models are loaded."""
    if visit.desk.state.predictor is not None:
        return []
    return [visit.say(NO_MODEL), *(reason(visit, one) for one in visit.desk.missing)]


def _number(text: str) -> int:
    return max(int(text), 1) if text.isdecimal() and len(text) < 6 else 1


def _keeps(one: Shown, asked: dict[str, str]) -> bool:
    """Whether an activity is searched for, whatever its phase."""
    text = f"{one.title} {one.activity_id} {one.city or ''}".lower()
    return (
        asked["template"] in ("", one.template)
        and asked["city"] in ("", one.city)
        and all(word in text for word in asked["q"].lower().split())
    )


def _order(one: Shown) -> tuple[int, float, str]:
    """What is ahead by its start, what is over the newest first."""
    at = one.starts.timestamp()
    return ORDER.index(one.phase), at if one.is_ahead else -at, one.activity_id
