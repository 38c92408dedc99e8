"""What may have brought people or kept them away, and what to do about it next time.

Circumstances are set beside those of the series' other runs. None of it is proof: a run differs
from the others in many things at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from features.language import _
from serving.answers import ForecastAnswer
from serving.board import Board
from serving.console.circumstances import Circumstances, typical
from serving.forecast import DRIVERS

# what counts as a difference: days of notice, percent of turnout, invitations a head
DAYS, POINTS, ASKED, REWARD = 3, 5, 0.7, 0.1
WEEKEND = 5
MOST = 4
BEGAN = _("It began at {time} on {day}; runs at other times drew about {n} of 100")
TRY_SLOT = _("Try {day}, {time}: the best attended of the others, {n} of 100, began then")
RAISED = _("{label}: expected to raise turnout by {n} points above what is usual for these people")
LOWERED = _("{label}: expected to lower turnout by {n} points below what is usual for these people")


@dataclass(frozen=True)
class Words:
    """A text of the catalogues, its values, and those values that are texts themselves."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """A circumstance that may have raised (1) or lowered (-1) turnout, and advice on it."""

    sign: int
    words: Words
    advice: Words | None = None


Compared = Callable[[Board, Circumstances, Sequence[Circumstances]], Reason | None]


def reasons_of(
    board: Board, own: Circumstances, others: Sequence[Circumstances], direction: int
) -> list[Reason]:
    """What stood out against the others, where it points the way that turnout went.

    Where turnout went neither way (0), all that stood out.
    """
    found = [look(board, own, others) for look in LOOKS] if others else []
    some = [one for one in found if one and one.sign]
    return [one for one in some if direction in (0, one.sign)][:MOST]


def drivers_told(told: ForecastAnswer) -> list[Words]:
    """What a forecast said of what moves turnout."""
    return [
        Words(RAISED if one.points > 0 else LOWERED, {"n": abs(one.points)},
              {"label": DRIVERS.get(one.group, one.group)})
        for one in told.drivers
    ]  # fmt: skip


def best_of(others: Sequence[Circumstances]) -> Circumstances | None:
    """The best attended of the others."""
    return max(others, key=lambda one: one.percent, default=None)


def _topic(board: Board, own: Circumstances, others: Sequence[Circumstances]) -> Reason | None:
    by_topic: dict[str, list[int]] = {}
    for one in others:
        by_topic.setdefault(one.main_topic, []).append(one.percent)
    rates = {name: round(float(np.mean(some))) for name, some in by_topic.items() if name}
    mine = rates.pop(own.main_topic, own.percent)
    if not rates or not own.main_topic:
        return None
    best = max(rates, key=lambda name: rates[name])
    rest = round(float(np.mean([one.percent for one in others if one.main_topic in rates])))
    sign = _sign(mine - rest, POINTS)
    topics = {"own": own.main_topic, "best": best}
    words = Words(_("Its main topic was {own}: runs about it drew about {a} of 100 invited, those "
                    "about other topics {b}"), {"a": mine, "b": rest}, topics)  # fmt: skip
    advice = None
    if sign < 0:
        advice = Words(_("Give more room to the topic {best}: runs about it drew about {n} of 100"),
                       {"n": rates[best]}, topics)  # fmt: skip
    return Reason(sign, words, advice)


def _notice(board: Board, own: Circumstances, others: Sequence[Circumstances]) -> Reason | None:
    usual = typical([one.notice_days for one in others if one.notice_days is not None])
    if own.notice_days is None or usual is None:
        return None
    sign = _sign(own.notice_days - usual, DAYS)
    words = Words(_("It was announced {n} days before; other runs {m}"),
                  {"n": own.notice_days, "m": round(usual)})  # fmt: skip
    advice = Words(_("Announce it at least {m} days before"), {"m": round(usual)})
    return Reason(sign, words, advice if sign < 0 else None)


def _slot(board: Board, own: Circumstances, others: Sequence[Circumstances]) -> Reason | None:
    here = [one.percent for one in others if _is_same_slot(one, own)]
    elsewhere = [one for one in others if not _is_same_slot(one, own)]
    best = best_of(elsewhere)
    if best is None:
        return None
    mine = float(np.mean(here)) if here else float(own.percent)
    rest = float(np.mean([one.percent for one in elsewhere]))
    words = Words(BEGAN, {"time": own.time, "n": round(rest)}, {"day": DAY_NAMES[own.weekday]})
    values = {"time": best.time, "n": best.percent}
    advice = Words(TRY_SLOT, values, {"day": DAY_NAMES[best.weekday]})
    sign = _sign(mine - rest, POINTS)
    return Reason(sign, words, advice if sign < 0 else None)


def _clash(board: Board, own: Circumstances, others: Sequence[Circumstances]) -> Reason | None:
    if not own.same_day:
        return None
    titles = "; ".join(board.title(place) for place in own.same_day[:3])
    words = Words(_("Another activity of that day invited many of the same people: {titles}"),
                  {"titles": titles})  # fmt: skip
    advice = Words(_("Choose a day on which nothing else is held for the same people"))
    return Reason(-1, words, advice)


def _asked(board: Board, own: Circumstances, others: Sequence[Circumstances]) -> Reason | None:
    usual = typical([one.asked_lately for one in others]) or 0.0
    words = Words(_("In the two weeks before, people were invited to {n} other activities each; "
                    "before other runs to {m}"),
                  {"n": f"{own.asked_lately:.1f}", "m": f"{usual:.1f}"})  # fmt: skip
    sign = -_sign(own.asked_lately - usual, ASKED)
    advice = Words(_("Leave more days between invitations of the same people"))
    return Reason(sign, words, advice if sign < 0 else None)


def _reward(board: Board, own: Circumstances, others: Sequence[Circumstances]) -> Reason | None:
    usual = typical([one.reward for one in others]) or 0.0
    sign = _sign(own.reward - usual, REWARD * max(usual, 1))
    words = Words(_("It gave {n} points; other runs {m}"),
                  {"n": round(own.reward), "m": round(usual)})  # fmt: skip
    advice = Words(_("Try the {m} points that other runs give"), {"m": round(usual)})
    return Reason(sign, words, advice if sign < 0 else None)


LOOKS: tuple[Compared, ...] = (_topic, _slot, _notice, _clash, _asked, _reward)
DAY_NAMES = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"),
             _("Saturday"), _("Sunday"))  # fmt: skip


def _is_same_slot(one: Circumstances, own: Circumstances) -> bool:
    """Whether both began at about the same hour, both on a working day or both not."""
    at_weekend = (one.weekday >= WEEKEND, own.weekday >= WEEKEND)
    return abs(one.hour - own.hour) <= 1 and at_weekend[0] == at_weekend[1]


def _sign(difference: float, enough: float) -> int:
    return 0 if abs(difference) < enough else (1 if difference > 0 else -1)
