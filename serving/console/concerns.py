"""What to think of before an activity is launched: each with the number behind it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from features.language import _
from serving.console.case import Case
from serving.console.concerns_of_people import asked_often, clashes, deadlines, left_out
from serving.console.concerns_of_teams import less_than_usual
from serving.console.concerns_of_time import bad_hours, free_days, short_notice
from serving.console.rendering import query
from serving.console.suggest_form import MOST_REQUIRED


@dataclass(frozen=True)
class Concern:
    """One of them: a few words, what is the case, and what can be done."""

    head: str
    what: str
    advice: str
    weight: Literal["warning", "note"] = "warning"
    links: Sequence[tuple[str, str]] = ()


# what a concern says, and the teams that it is about where those can be searched designs for
Found = tuple[str, str, str, Literal["warning", "note"], *tuple[str, ...]]
PLACES = _("Too few places")


def places(case: Case) -> Iterator[Found]:
    """Fewer places than are expected, or may come."""
    capacity, count, say = case.activity.capacity, case.answer.overall, case.visit.say
    if capacity is None or capacity >= count.high:
        return
    if capacity < count.expected:
        yield (say(PLACES),
               say("There are {n} places, and {expected} are expected.", n=capacity,
                   expected=count.expected),
               say("Give it {high} places, or invite fewer people.", high=count.high),
               "warning")  # fmt: skip
        return
    yield (say("Places may run short"),
           say("There are {n} places; {expected} are expected, and up to {high} may come.",
               n=capacity, expected=count.expected, high=count.high),
           say("Have some places more at hand, or a waiting list."), "note")  # fmt: skip


LOOKED_AT: tuple[Callable[[Case], Iterator[Found]], ...] = (
    places, clashes, less_than_usual, free_days, bad_hours, deadlines, short_notice, asked_often,
    left_out,
)  # fmt: skip
# where each of these can be mended: the ends of addresses below the activity's, and their names
WAYS: dict[Callable[[Case], Iterator[Found]], tuple[tuple[str, str], ...]] = {
    less_than_usual: (("/design", _("Design")), ("/suggest", _("Suggest"))),
    left_out: (("/design", _("Design")),),
    clashes: (("/design", _("Design")),),
    short_notice: (("/design", _("Design")),),
}


def concerns(case: Case) -> list[Concern]:
    """All that there is to think of, warnings first."""
    found = [
        Concern(head, what, advice, weight, _links(case, look, teams))
        for look in LOOKED_AT for head, what, advice, weight, *teams in look(case)
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.weight != "warning")


def _links(
    case: Case, look: Callable[[Case], Iterator[Found]], teams: Sequence[str]
) -> list[tuple[str, str]]:  # fmt: skip
    """Where it can be mended; a search for designs begins with the first of the teams."""
    asked = {"/suggest": {"team": teams[:MOST_REQUIRED]}}
    return [(query(case.activity.address + end, asked.get(end, {})), case.visit.say(name))
            for end, name in WAYS.get(look, ())]  # fmt: skip
