"""What to think of before an activity is launched: each with the number behind it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from features.language import _
from serving.console.case import Case
from serving.console.concerns_of_people import asked_often, clashes, deadlines, left_out
from serving.console.concerns_of_teams import less_than_usual
from serving.console.concerns_of_time import bad_hours, free_days, short_notice


@dataclass(frozen=True)
class Concern:
    """One of them: a few words, what is the case, and what can be done."""

    head: str
    what: str
    advice: str
    weight: Literal["warning", "note"] = "warning"
    links: Sequence[tuple[str, str]] = ()


Found = tuple[str, str, str, Literal["warning", "note"]]
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
    found = [Concern(*one, _links(case, look)) for look in LOOKED_AT for one in look(case)]
    return sorted(found, key=lambda one: one.weight != "warning")


def _links(case: Case, look: Callable[[Case], Iterator[Found]]) -> list[tuple[str, str]]:
    return [(case.activity.address + end, case.visit.say(name)) for end, name in WAYS.get(look, ())]
