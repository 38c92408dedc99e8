"""Which activities are asked about at which moments, in training and in a backtest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from features.history.columns import DAY, FIRST, NEVER, Ints, micros, moment
from features.history.history import History


@dataclass(frozen=True)
class Block:
    """One activity asked about at one moment (microseconds)."""

    activity: int
    as_of: int


def weekly_cuts(first: datetime, until: datetime) -> list[datetime]:
    """The Mondays, 00:00 UTC, from the day of `first` on, before `until`.

    >>> weekly_cuts(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 13, tzinfo=UTC))[0].day
    5
    """
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    monday = start + timedelta(days=-start.weekday() % 7)
    n_weeks = max(0, -((monday - until) // timedelta(days=7)))
    return [monday + timedelta(days=7 * week) for week in range(n_weeks)]


def day_name(at: int) -> str:
    """The day of an instant in microseconds, as people write it.

    >>> day_name(0)
    '1970-01-01'
    """
    return str(moment(at))[:10]


def training_days(until: datetime, first: datetime) -> list[datetime]:
    """The days whose employee features training reads: each Monday since `first`."""
    return weekly_cuts(first, until)


def training_cuts(first: int, until: int) -> list[int]:
    """The Mondays in [first, until), in microseconds."""
    return [micros(day) for day in weekly_cuts(moment(first), moment(until))]


def month_starts(start: int, end: int) -> list[int]:
    """The first instants of the months in [start, end), in microseconds."""
    low, high = (np.datetime64(at, "us").astype("datetime64[M]") for at in (start, end))
    months = np.arange(low, high + 1).astype("datetime64[us]").astype(np.int64)
    return [int(month) for month in months if start <= month < end]


def lead_blocks(history: History, start: int, end: int, lead_days: float) -> list[Block]:
    """Each activity that starts in [start, end), asked about a fixed number of days before."""
    starts = _starts(history)
    chosen = np.flatnonzero((starts >= start) & (starts < end))
    blocks = [Block(int(a), int(starts[a] - lead_days * DAY)) for a in chosen]
    return sorted(blocks, key=lambda block: (block.as_of, block.activity))


def announced_blocks(history: History, start: int, end: int) -> list[Block]:
    """Each activity that starts in [start, end) as it is announced: on the Monday at or before.

    Nobody has answered yet. What is not known to have been announced is left out.
    """
    activities, rows = history.activities, history.activities.last_rows
    starts, announced = _starts(history), activities.announced[rows]
    chosen = np.flatnonzero((starts >= start) & (starts < end) & (announced < starts))
    blocks = [Block(int(a), monday_before(int(announced[a]))) for a in chosen]
    return sorted(blocks, key=lambda block: (block.as_of, block.activity))


def monday_before(at: int) -> int:
    """The Monday, 00:00 UTC, at or before an instant, in microseconds.

    >>> moment(monday_before(micros(datetime(2026, 1, 8, 9, tzinfo=UTC)))).day
    5
    """
    week, monday = 7 * DAY, 4 * DAY
    return (at - monday) // week * week + monday


def n_started(history: History, at: int) -> int:
    """How many activities had started before the moment: what a model of then learns from."""
    return int((_starts(history) < at).sum())


def cut_blocks(
    history: History, cuts: Sequence[int], horizon_days: float, announced_only: bool = True
) -> list[Block]:
    """The activities that start in (cut, cut + horizon], at each cut.

    One that is known to be announced later than the cut is left out, a draft of which nothing is
    known to come is too, unless `announced_only` is off.
    """
    activities, takes_place, blocks = history.activities, _starts(history) != NEVER, []
    for cut in cuts:
        # what could be joined is told by the rows of that day; a replay asks about all there were
        rows = activities.rows_at(cut - 1) if announced_only else activities.last_rows
        starts, announced = activities.starts[rows], activities.announced[rows]
        near = takes_place & (starts > cut) & (starts <= cut + horizon_days * DAY)
        if announced_only:
            unsaid = (announced == NEVER) & (activities.first_known == FIRST)
            near &= ((announced < cut) & (activities.first_known < cut)) | unsaid
        blocks += [Block(int(a), cut) for a in np.flatnonzero(near)]
    return blocks


def by_moment(blocks: Sequence[Block]) -> Iterator[tuple[int, list[int]]]:
    """(as_of, its activities), in order of time."""
    grouped: dict[int, list[int]] = {}
    for block in blocks:
        grouped.setdefault(block.as_of, []).append(block.activity)
    yield from sorted(grouped.items())


def _starts(history: History) -> Ints:
    """Each activity's start; NEVER for one that was called off before it."""
    activities, rows = history.activities, history.activities.last_rows
    starts = activities.starts[rows]
    return np.where(activities.cancelled[rows] <= starts, NEVER, starts)


def first_and_last_start(history: History) -> tuple[int, int]:
    """The earliest and latest start of an activity that took or takes place."""
    starts = _starts(history)
    starts = starts[starts != NEVER]
    return int(starts.min(initial=NEVER)), int(starts.max(initial=0))
