"""Whether an activity's day, hour and notice are in its way."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import numpy as np

from features import clock
from features.history.columns import utc_offsets
from serving.board import FIRST_HOUR, LAST_HOUR
from serving.console.case import Case
from serving.console.china_holidays import holiday_at, is_free_weekend, working_day_after
from serving.console.drivers import notice_of
from serving.console.lately import notice_days, over_by_now
from serving.console.rendering import day_text
from serving.privacy import MIN_PEOPLE

Found = tuple[str, str, str, Literal["warning", "note"]]
# of fewer past activities no usual notice is told; the share that had more is
FEWEST, SHORTEST = 10, 0.1


def free_days(case: Case) -> Iterator[Found]:
    """A public holiday, or else a weekend."""
    start, say = case.local_start, case.visit.say
    name = holiday_at(start)
    if not name and not is_free_weekend(start.date()):
        return
    next_day = datetime.combine(working_day_after(start.date()), start.timetz())
    then = day_text(next_day, case.visit.language, case.activity.zone)
    advice = say("The next working day is {day}.", day=then)
    if name:
        yield (say("Public holiday"), say("That day is {holiday}.", holiday=say(name)), advice,
               "warning")  # fmt: skip
    else:
        yield (say("Weekend"), _weekend_share(case), advice, "note")


def _weekend_share(case: Case) -> str:
    past = over_by_now(case.board)
    weekday = case.board.history.activities.weekday[case.board.rows[past]]
    return case.visit.say("It is on a weekend, as {n} of {all} past activities were.",
                          n=int((weekday >= 5).sum()), all=len(past))  # fmt: skip


def bad_hours(case: Case) -> Iterator[Found]:
    """A start outside 7 to 22 o'clock where people work."""
    if case.activity.mode == "onsite":
        return
    codes, names = case.board.history.people.team_codes("timezone", case.board.as_of - 1)
    start = int(case.board.history.activities.starts[case.row])
    for code, name in enumerate(names.tolist()):
        n = int((case.invited & (codes == code)).sum())
        offset = utc_offsets([name], np.array([start]))[0]
        minute = int((start + offset) // 60_000_000 % 1440)
        # the rest, of whom this tells as well, too
        if n < MIN_PEOPLE or 0 < case.n_invited - n < MIN_PEOPLE:
            continue
        if not name or FIRST_HOUR * 60 <= minute < LAST_HOUR * 60:
            continue
        yield (case.visit.say("Outside waking hours"),
               case.visit.say("It starts at {time} for {n} of those invited, in {zone}.",
                              time=f"{minute // 60:02d}:{minute % 60:02d}", n=n, zone=name),
               case.visit.say("Choose a start from {first} to {last} o'clock there, or a second "
                              "round for them.", first=FIRST_HOUR, last=LAST_HOUR),
               "warning")  # fmt: skip


def short_notice(case: Case) -> Iterator[Found]:
    """Less notice than nearly all past activities had."""
    days = notice_days(case.board, over_by_now(case.board))
    own = notice_of(case)
    if len(days) < FEWEST or own >= float(np.quantile(days, SHORTEST)):
        return
    say, usual = case.visit.say, round(float(np.median(days)))
    least = int(np.ceil(np.quantile(days, SHORTEST)))
    if case.activity.phase == "open":
        told, advice = say("It was announced {n} days before its start", n=int(own)), say(
            "A reminder some days before it may help.")  # fmt: skip
    else:
        told, advice = say("Announced now, it has {n} days of notice", n=int(own)), say(
            "Move it to a later day, or announce it at once.")  # fmt: skip
        if (
            case.activity.announced_at
            and datetime.fromisoformat(case.activity.announced_at) > clock.now()
        ):
            told = say("As planned, it has {n} days of notice", n=int(own))
    yield (say("Short notice"),
           say("{told}; 9 of 10 past activities had at least {least}, and half of them {usual}.",
               told=told, least=least, usual=usual),
           advice, "warning")  # fmt: skip
