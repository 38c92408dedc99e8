"""The forecast of an activity at other time slots, computed once for the same state."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from engagement.answers import Basis, content_hash
from features import clock
from serving.answers import ForecastAnswer
from serving.changes import NEVER_THEN, cannot_tell, varied
from serving.console.activity import Shown
from serving.console.china_holidays import holiday_at
from serving.console.rendering import zone_of
from serving.contract import CompareRequest, ForecastsRequest
from serving.desk import Desk
from serving.forecast import Forecast
from serving.predictor import Predictor
from serving.problems import Problem
from serving.state import State
from serving.subject import Subject, subject_of
from serving.told import Forecasted

# local hours on working days, and on Saturday
HOURS, SATURDAY_HOURS = (12, 15, 19), (14,)
WORKING_DAYS = 5
SLOTS = WORKING_DAYS * len(HOURS) + len(SATURDAY_HOURS)
# while answers arrive, a map may be so old
SECONDS, MOST_KEPT = 600.0, 64
Known = tuple[str, str, str | None, int]


@dataclass(frozen=True)
class Slot:
    """One slot: its start, its forecast, and whether nothing was ever held at such an hour.

    The forecast's words are English.
    """

    starts: datetime
    answer: ForecastAnswer
    is_guess: bool


@dataclass(frozen=True)
class Slots:
    """The slots of a week; `left_out` is how many could not be forecast."""

    slots: Sequence[Slot]
    left_out: int
    seconds: float


@dataclass
class Kept:
    """What one process computed, by activity; one map is computed at a time."""

    found: OrderedDict[str, tuple[Known, int, float, Slots]] = field(default_factory=OrderedDict)
    computing: threading.Lock = field(default_factory=threading.Lock)


_KEPT: WeakKeyDictionary[Desk, Kept] = WeakKeyDictionary()


def starts_of(activity: Shown, now: datetime) -> list[datetime]:
    """The slots: of the activity's own week, at the earliest the next one, where it takes place.

    Public holidays have none; of a week of nothing else it is the week after.
    """
    zone = zone_of(activity.zone)
    week = max(_monday(activity.starts.astimezone(zone)),
               _monday(now.astimezone(zone)) + timedelta(days=7))  # fmt: skip
    while True:
        found = [
            week + timedelta(days=day, hours=hour)
            for day in range(WORKING_DAYS + 1)
            for hour in (HOURS if day < WORKING_DAYS else SATURDAY_HOURS)
        ]
        if open_ones := [at for at in found if holiday_at(at) is None]:
            return open_ones
        week += timedelta(days=7)


def _monday(at: datetime) -> datetime:
    day = at - timedelta(days=at.weekday())
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


def slots_of(desk: Desk, activity: Shown) -> Slots:
    """The forecasts of the slots, each on record; the same until the state or activity changes.

    Raises:
        Problem: the activity cannot be forecast, or there is no model yet.
    """
    kept = _KEPT.setdefault(desk, Kept())
    found = _fresh(kept, desk, activity)
    if found is None:
        with kept.computing:
            found = _fresh(kept, desk, activity) or _computed(kept, desk, activity)
    return found


def _basis(desk: Desk, activity: Shown) -> Known:
    state = desk.state
    return activity.etag, state.snapshot, state.version, state.newest_record


def _fresh(kept: Kept, desk: Desk, activity: Shown) -> Slots | None:
    found = kept.found.get(activity.activity_id)
    if found is None or found[0] != _basis(desk, activity):
        return None
    is_young = time.monotonic() - found[2] < SECONDS
    return found[3] if is_young or found[1] == desk.state.board.as_of else None


def _computed(kept: Kept, desk: Desk, activity: Shown) -> Slots:
    begun, basis, as_of = time.monotonic(), _basis(desk, activity), desk.state.board.as_of
    request = ForecastsRequest(
        activity_id=activity.activity_id, draft=None, explain=False, language=None
    )
    base = subject_of(desk.state.board, request)
    slots: list[Slot] = []
    first: Forecast | None = None
    models = desk.ready_state()
    left_out, refused = 0, None
    for starts in starts_of(activity, clock.now()):
        try:
            slot, first = _forecast_at(desk, models, base, starts, first)
            slots.append(slot)
        except Problem as problem:
            left_out, refused = left_out + 1, problem
    if refused and not slots:
        raise refused
    found = Slots(slots, left_out, time.monotonic() - begun)
    kept.found[activity.activity_id] = (basis, as_of, time.monotonic(), found)
    if len(kept.found) > MOST_KEPT:
        kept.found.popitem(last=False)
    return found


def _forecast_at(
    desk: Desk,
    models: tuple[State, Predictor],
    base: Subject,
    starts: datetime,
    like: Forecast | None,
) -> tuple[Slot, Forecast]:
    """The forecast of the activity at another start, the design changed as in a comparison."""
    state, predictor = models
    changes = {"starts_at": starts.isoformat()}
    variant = varied(base, base.board, changes, "changes")
    settled = desk.settled(variant.subject, "changes.audience")
    forecast = Forecast(settled, predictor, explain=False, like=like)
    asked = CompareRequest(activity_id=base.activity_id, changes=changes)  # type: ignore[call-arg]
    basis = Basis(
        clock.now(), state.as_of, state.data_until, state.version,
        content_hash(asked.model_dump(mode="json", exclude_none=True)),
    )  # fmt: skip
    found = Forecasted(forecast, basis, state.degraded)
    # in one language: putting all teams into another costs as much again
    answer = found.answer("en")
    desk.keep_forecast(found, answer)
    is_guess = any(one.template == NEVER_THEN for one in cannot_tell(variant, False))
    return Slot(starts, answer, is_guess), forecast
