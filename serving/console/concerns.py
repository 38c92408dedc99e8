"""What to think of before an activity is launched: each with the number behind it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from features.language import _
from serving.console.case import Case
from serving.console.concerns_of_people import asked_often, clashes, deadlines, left_out
from serving.console.concerns_of_time import bad_hours, free_days, short_notice


@dataclass(frozen=True)
class Concern:
    """One of them: a few words, what is the case, and what can be done."""

    head: str
    what: str
    advice: str
    weight: Literal["warning", "note"] = "warning"


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
    places, clashes, free_days, bad_hours, deadlines, short_notice, asked_often, left_out,
)  # fmt: skip


def concerns(case: Case) -> list[Concern]:
    """All that there is to think of, warnings first."""
    found = [Concern(*one) for look in LOOKED_AT for one in look(case)]
    return sorted(found, key=lambda one: one.weight != "warning")
