"""Under what circumstances an activity was held: what may have brought people, or kept them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from features.history.columns import DAY, NEVER, Bools, utc_offsets
from serving.board import Board
from serving.console.lately import SETTLED, over_by_now
from serving.console.outcome import Outcome, outcome_of
from serving.privacy import MIN_PEOPLE

# before an activity, within which invitations count as recent
RECENT = 14 * DAY
# what share of the invited another activity must have invited too, to stand in its way
SHARED = 0.2
YEAR = 365 * DAY
FEWEST_RUNS = 2


@dataclass(frozen=True)
class Circumstances:
    """When and how one activity was held, and its turnout; `asked_lately` is a mean of people."""

    place: int
    percent: int
    weekday: int
    hour: float
    notice_days: int | None
    reward: float
    topics: Mapping[str, float]
    same_day: Sequence[int]
    asked_lately: float

    @property
    def main_topic(self) -> str:
        """The topic with the largest share; "" without any."""
        return max(sorted(self.topics), key=lambda name: self.topics[name], default="")

    @property
    def time(self) -> str:
        """The local hour as people read it."""
        minutes = round(self.hour * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"


def circumstances_of(board: Board, outcome: Outcome) -> Circumstances:
    """Those of one activity."""
    activities, row = board.history.activities, int(board.rows[outcome.place])
    announced, reward = int(activities.announced[row]), float(activities.reward_points[row])
    around = _held_around(board, outcome)
    tags = activities.tags[row]
    return Circumstances(
        place=outcome.place, percent=outcome.percent, weekday=int(activities.weekday[row]),
        hour=float(activities.local_hour[row]),
        notice_days=None if announced == NEVER else (outcome.starts - announced) // DAY,
        reward=0.0 if np.isnan(reward) else reward,
        topics={str(activities.tag_names[place]): float(share)
                for place, share in zip(tags.indices, tags.data, strict=True) if share > 0},
        same_day=_same_day(board, outcome, around),
        asked_lately=_asked_lately(board, outcome, around),
    )  # fmt: skip


def others_of(board: Board, place: int, of_series: Sequence[Outcome]) -> list[Outcome]:
    """What an activity is compared with: its series' runs, or alike ones of the year, before it.

    None that ended just now: of those more may yet be recorded.
    """
    starts = board.history.activities.starts[board.rows]
    before = np.zeros(len(starts), dtype=bool)
    before[over_by_now(board, SETTLED)] = True
    before &= starts < starts[place]
    others = [one for one in of_series if before[one.place]]
    if len(others) >= FEWEST_RUNS:
        return others
    alike = (board.template == board.template[place]) & (board.template >= 0)
    return held(board, alike & before & (starts >= starts[place] - YEAR))


def held(board: Board, chosen: Bools) -> list[Outcome]:
    """The outcomes of those chosen that took place and are on record, in order of their start."""
    starts = board.history.activities.starts[board.rows]
    there = chosen & board.announced & ~board.cancelled & (starts < board.present)
    found = [outcome_of(board, place) for place in np.flatnonzero(there).tolist()]
    found = [one for one in found if one.is_recorded and one.n_invited >= MIN_PEOPLE]
    return sorted(found, key=lambda one: (one.starts, one.place))


def typical(values: Sequence[float]) -> float | None:
    """The middle of the values; None without any."""
    return float(median(values)) if values else None


def _held_around(board: Board, outcome: Outcome) -> list[int]:
    """Other activities held from two weeks before to the day after."""
    starts = board.history.activities.starts[board.rows]
    near = (starts >= outcome.starts - RECENT) & (starts < outcome.starts + DAY)
    near &= board.announced & ~board.cancelled
    near[outcome.place] = False
    return [int(place) for place in np.flatnonzero(near)]


def _same_day(board: Board, outcome: Outcome, around: Sequence[int]) -> list[int]:
    """Those of the same local day that invited many of the same people."""
    zones = board.history.activities.table["timezone"]
    zone = str(zones[int(board.rows[outcome.place])].as_py())
    starts = board.history.activities.starts[board.rows]
    at = np.array([outcome.starts, *(starts[place] for place in around)], dtype=np.int64)
    day = (at + utc_offsets([zone] * len(at), at)) // DAY
    found = []
    for place, that in zip(around, day[1:], strict=True):
        shared = np.count_nonzero(board.history.invited_by_start(place) & outcome.invited)
        if that == day[0] and shared >= SHARED * outcome.n_invited:
            found.append(place)
    return found


def _asked_lately(board: Board, outcome: Outcome, around: Sequence[int]) -> float:
    starts = board.history.activities.starts[board.rows]
    before = [place for place in around if starts[place] < outcome.starts]
    n = sum(np.count_nonzero(board.history.invited_by_start(place) & outcome.invited)
            for place in before)  # fmt: skip
    return float(n / max(outcome.n_invited, 1))
