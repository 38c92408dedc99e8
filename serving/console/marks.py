"""What people left behind beside taking part: comments, likes, shares, progress and ratings."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engagement.events import events_about
from features.history.columns import Ints, instants, known_from, numbers, strings
from features.tables.live import participations_from, with_live
from features.tables.schemas import TABLES
from features.tables.snapshots import TableSnapshot, current_tables
from serving.desk import Desk
from serving.privacy import MIN_PEOPLE

STARS = (1, 2, 3, 4, 5)
FEWEST_RATERS = 20
MOST_KEPT = 64
# what the import has of an activity, by snapshot and id: a table has a million rows
_KEPT: OrderedDict[tuple[str, str], pa.Table] = OrderedDict()


@dataclass(frozen=True)
class Marks:
    """Counts of one activity: comments as such, of all else the people.

    None of what one to four people did. `ratings` are how many of 100 gave one to five stars, to
    the nearest five; None where fewer than twenty people rated it, as every further rating would
    show in them. `mean_rating` is to one decimal; None where fewer than five rated it.
    """

    viewed: int | None = 0
    comments: int | None = 0
    likes: int | None = 0
    shares: int | None = 0
    begun: int | None = 0
    completed: int | None = 0
    n_ratings: int | None = 0
    ratings: tuple[int, ...] | None = None
    mean_rating: float | None = None


def marks_of(desk: Desk, activity_id: str) -> Marks:
    """What is on record of an activity by the state's moment, by import or one by one.

    Raises:
        NotReadyError: nothing was imported yet.
    """
    state, snapshot = desk.state, current_tables(desk.home)
    live = participations_from(events_about(desk.database, activity_id, state.newest_event))
    table = with_live(_imported(snapshot, activity_id), live, snapshot.imported_until)
    return _counted(table, state.board.as_of)


def _imported(snapshot: TableSnapshot, activity_id: str) -> pa.Table:
    import pyarrow.parquet as pq

    name, path = (snapshot.snapshot_id, activity_id), snapshot.tables.get("participations")
    schema = TABLES["participations"].arrow_schema
    if path is None:
        return schema.empty_table()
    found = _KEPT.get(name)
    if found is None:
        found = pq.read_table(path, filters=[("activity_id", "=", activity_id)])
        found = _KEPT[name] = found.select(schema.names)
        while len(_KEPT) > MOST_KEPT:
            _KEPT.popitem(last=False)
    return found


def _counted(table: pa.Table, as_of: int) -> Marks:
    occurred = instants(table, "occurred_at", 0)
    known = known_from(table, occurred) < as_of
    order = np.flatnonzero(known)[np.argsort(occurred[known], kind="stable")]
    kind = strings(table, "kind")[order]
    who = strings(table, "employee_id")[order]
    value = numbers(table, "value")[order]

    def people(*kinds: str) -> int | None:
        return _told(len(set(who[np.isin(kind.astype(str), kinds)].tolist())))

    rated = kind == "rated"
    # of several ratings of a person the last one counts
    given = {person: stars for person, stars in zip(who[rated], value[rated], strict=True)
             if not np.isnan(stars)}  # fmt: skip
    comments = kind == "commented"
    stars = np.clip(np.round(list(given.values())), STARS[0], STARS[-1]).astype(int)
    return Marks(
        viewed=people("viewed"), likes=people("liked"), shares=people("shared"),
        comments=int(comments.sum()) if people("commented") is not None else None,
        begun=people("progressed", "completed"), completed=people("completed"),
        n_ratings=_told(len(stars)), ratings=_stars(stars),
        mean_rating=round(float(stars.mean()), 1) if len(stars) >= MIN_PEOPLE else None,
    )  # fmt: skip


def _told(count: int) -> int | None:
    """A count of people, None where it is of one to four."""
    return None if 0 < count < MIN_PEOPLE else count


def _stars(given: Ints) -> tuple[int, ...] | None:
    """How many of 100 gave each number of stars, in fives."""
    if len(given) < FEWEST_RATERS:
        return None
    return tuple(5 * round(20 * int((given == one).sum()) / len(given)) for one in STARS)
