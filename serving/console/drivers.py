"""What moves the forecast, from the usual rate on: as steps, and in plain words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np

from features import clock
from features.history.columns import Bools, Floats, Ints
from features.language import _
from serving.answers import DriverAnswer
from serving.console.case import Case
from serving.console.lately import notice_days
from serving.console.pictures import Picture, Table, picture
from serving.console.rendering import signed
from serving.console.review_charts import driver_steps

# of 90 in 100 samples the mean lies within so many standard errors
WITHIN = 1.645
NEAR_HOURS = 1.5
MODES = {"online": _("online"), "onsite": _("on site"), "hybrid": _("online and on site")}
# where the past gives no figure to go with it
WHAT = {
    "theme": _("What it is about, against what they are usually asked to."),
    "time": _("Its day, hour and length, and what else takes place then."),
    "place": _("Where it takes place, and how many places there are."),
    "reward": _("What it gives for taking part, against what is usual."),
    "notice": _("How long before the start people are told."),
    "workload": _(
        "How much their teams have to do now, against the last year: hours, absences, deadlines, "
        "customers."
    ),
    "colleagues": _("Who else is asked, and what those they work with do."),
    "habit": _("How often these people took part of late, and how long they have been here."),
}
MORE = _("{label}: {n} points more than these people usually come.")
FEWER = _("{label}: {n} points fewer than these people usually come.")
ONE_MORE = _("{label}: one point more than these people usually come.")
ONE_FEWER = _("{label}: one point fewer than these people usually come.")


@dataclass(frozen=True)
class Said:
    """One driver in words: by how much, and what goes with it."""

    head: str
    why: str


def in_words(case: Case) -> list[Said]:
    """Each driver in plain words, the largest first."""
    return [
        Said(_head(case, one), why(case, one))
        for one in case.answer.drivers
    ]  # fmt: skip


def _head(case: Case, one: DriverAnswer) -> str:
    label = one.label[:1].upper() + one.label[1:]
    template = {1: ONE_MORE, -1: ONE_FEWER}.get(one.points, MORE if one.points > 0 else FEWER)
    return case.visit.say(template, label=label, n=abs(one.points))


def why(case: Case, driver: DriverAnswer) -> str:
    """What the last half year shows beside a driver, where it points the same way.

    Else what the driver is, with the activity's own figure where there is one.
    """
    group = driver.group
    found = REASONS[group](case, driver.points) if group in REASONS else None
    what = case.visit.say(WHAT[group]) if group in WHAT else ""
    if found is None and group in FIGURES:
        figures, template = FIGURES[group]
        own, usual = figures(case) or (None, None)
        if own is None or usual is None:
            return what
        said = case.visit.say(template, n=round(own), usual=round(usual))
        is_its_way = (own - usual) * driver.points > 0 and group in ALONE
        return said if is_its_way else f"{what} {said}"
    return found or what


def _rates(case: Case, which: Bools, points: int) -> tuple[int, int] | None:
    """(rate at these activities, at the others), where that goes the driver's way."""
    these = case.lately.rate(case.invited, which)
    others = case.lately.rate(case.invited, ~which)
    if these is None or others is None or (these.percent - others.percent) * points <= 0:
        return None
    return these.percent, others.percent


def _theme(case: Case, points: int) -> str | None:
    alike = case.board.template[case.lately.activities] == case.board.template[case.place]
    found = _rates(case, alike, points)
    return found and case.visit.say(
        "In the last half year {these} of 100 took part in activities of this kind when invited, "
        "in others {others}.", these=found[0], others=found[1],
    )  # fmt: skip


def _time(case: Case, points: int) -> str | None:
    activities = case.board.history.activities
    gap = np.abs(activities.local_hour[case.lately.rows] - activities.local_hour[case.row])
    found = _rates(case, np.minimum(gap, 24 - gap) <= NEAR_HOURS, points)
    return found and case.visit.say(
        "In the last half year {these} of 100 took part at about {hour} o'clock when invited, at "
        "other hours {others}.", these=found[0], others=found[1], hour=case.local_start.hour,
    )  # fmt: skip


def _place(case: Case, points: int) -> str | None:
    mode = case.activity.mode
    table = case.board.history.activities.table["mode"]
    same = np.array([table[row].as_py() == mode for row in case.lately.rows.tolist()], dtype=bool)
    found = _rates(case, same, points) if mode in MODES else None
    return found and case.visit.say(
        "It takes place {mode}: in the last half year {these} of 100 took part in such ones when "
        "invited, in others {others}.",
        mode=case.visit.say(MODES[mode]), these=found[0], others=found[1],
    )  # fmt: skip


def _reward(case: Case) -> tuple[float, float] | None:
    points = np.nan_to_num(case.board.history.activities.reward_points[case.lately.rows])
    return _beside(float(case.activity.reward_points or 0), points)


def _notice(case: Case) -> tuple[float, float] | None:
    return _beside(notice_of(case), notice_days(case.board, case.lately.activities))


def _invited(case: Case) -> tuple[float, float] | None:
    return _beside(case.n_invited, case.lately.asked.sum(axis=1))


def _beside(own: float, others: Floats | Ints) -> tuple[float, float] | None:
    """(the activity's own, what is usual); None where there are no others."""
    return (own, float(np.median(others))) if len(others) else None


def notice_of(case: Case) -> float:
    """How many days before the start people are told; a draft, if it were announced now."""
    announced = case.activity.announced_at
    at = datetime.fromisoformat(announced) if announced else clock.now()
    return max((case.activity.starts - at).total_seconds() / 86_400, 0.0)


REASONS: dict[str, Callable[[Case, int], str | None]] = {
    "theme": _theme, "time": _time, "place": _place,
}  # fmt: skip
# a figure of the activity beside what is usual, and the words for both
FIGURES: dict[str, tuple[Callable[[Case], tuple[float, float] | None], str]] = {
    "reward": (_reward, _("It gives {n} points; in the last half year {usual} were usual.")),
    "notice": (_notice, _("People are told {n} days ahead; in the last half year {usual} were "
                          "usual.")),
    "colleagues": (_invited, _("{n} people are asked; in the last half year about {usual} were "
                               "usual.")),
}  # fmt: skip
# what more of clearly brings more people: where it points the driver's way, the figure says enough
ALONE = ("reward", "notice")


def driver_picture(case: Case) -> Picture | None:
    """From the usual rate over each driver to the forecast; None where nothing is known of it."""
    answer, say = case.answer, case.visit.say
    if answer.usual_percent is None:
        return None
    at, rows = float(answer.usual_percent), [_whole(say("usual rate"), answer.usual_percent)]
    step = partial(_step, rows)
    for one in answer.drivers:
        at = step(at, one.label, one.points, WITHIN * one.error)
    rest = answer.overall.rate_percent - round(at)
    if rest:
        at = step(at, say("smaller ones, and rounding"), rest, 0.0)
    rows.append(_whole(say("forecast"), answer.overall.rate_percent))
    errors = {one.label: f"±{max(round(WITHIN * one.error), 1)}" for one in answer.drivers}
    table = Table(
        [say("What moves it"), say("Points"), say("Give or take")],
        [[name, said, errors.get(name, "–")] for name, *_rest, said in rows],
    )
    alt = say("From the usual {usual}% to the forecast of {rate}%, in points of participation",
              usual=answer.usual_percent, rate=answer.overall.rate_percent)  # fmt: skip
    label = say("of 100 invited, how many come")
    return picture(driver_steps, {"steps": rows, "label": label}, alt, table)


Step = tuple[str, float, float, float | None, str]


def _whole(name: str, percent: int) -> Step:
    return name, 0.0, float(percent), None, f"{percent}%"


def _step(rows: list[Step], at: float, name: str, points: int, error: float) -> float:
    rows.append((name, at, at + points, error, signed(points)))
    return at + points
