"""What people did about activities, as records in order of time, strictly before the end."""

from dataclasses import dataclass

import numpy as np

from sample_company import model
from sample_company.activities import Activity
from sample_company.organisation import Bools, Floats, Ints
from sample_company.outcomes import Outcome
from sample_company.settings import DAY, HOUR, NEVER
from sample_company.vocabulary import TAGS
from sample_company.world import World

KINDS = ("viewed", "registered", "declined", "cancelled", "attended", "progressed", "completed",
         "rated", "commented", "liked", "shared")  # fmt: skip
VIEWED, RATED, COMPLETES = (0.12, 0.36), 0.30, 0.7
AFTERWARDS = (("commented", 0.06), ("liked", 0.16), ("shared", 0.03))


@dataclass(frozen=True)
class Records:
    """One record each; `activity` is a position in `ids`, `value` NaN where there is none."""

    ids: list[str]
    activity: Ints
    person: Ints
    kind: Ints
    time: Ints
    value: Floats


def participation_records(world: World) -> Records:
    """All records of all activities that were announced before the end."""
    ids = [a for a, activity in world.activities.items() if activity.announced < world.settings.end]
    parts = []
    for number, activity_id in enumerate(ids):
        activity, outcome = world.activities[activity_id], world.outcomes[activity_id]
        rng = world.settings.rng(f"records {activity_id}")
        for kind, who, time, value in _of(world, activity, outcome, rng):
            code = np.full(len(who), KINDS.index(kind))
            parts.append((np.full(len(who), number), outcome.people[who], code, time, value))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    gone = world.people.left[columns[1]]
    kept = (columns[3] < world.settings.end) & (columns[3] < gone)
    columns = [column[kept] for column in columns]
    order = np.lexsort((columns[2], columns[1], columns[0], columns[3]))
    return Records(ids, *(column[order] for column in columns))


Part = tuple[str, Ints, Ints, Floats]


def _of(world: World, activity: Activity, o: Outcome, rng: np.random.Generator) -> list[Part]:
    """(kind, positions among the invited, moments, values)."""
    n = len(o.people)
    answered = o.registered | o.declined
    begins = np.where(o.late, world.people.hired[o.people], activity.announced)
    looks = rng.random(n) < np.where(answered, VIEWED[1], VIEWED[0])
    looks &= o.decided < (activity.cancelled or NEVER)
    seen = np.where(answered, begins + ((o.decided - begins) * rng.random(n)).astype(np.int64),
                    o.decided)  # fmt: skip
    withdrew = (o.withdrew_at < activity.starts) & (o.withdrew_at < (activity.cancelled or NEVER))
    parts = [
        _part("viewed", looks, seen),
        _part("registered", o.registered, o.decided),
        _part("declined", o.declined, o.decided),
        _part("cancelled", withdrew, o.withdrew_at),
    ]
    if activity.cancelled is not None:
        return parts
    checked_in = activity.final_start + rng.integers(-600, 900, n)
    if activity.template in model.TAKES_PART_BY_SIGNING_UP:
        parts += _task(activity, o, rng)
    else:
        parts.append(_part("attended", o.took_part, checked_in))
    return parts + _feedback(world, activity, o, rng)


def _part(kind: str, who: Bools, time: Ints, value: Floats | None = None) -> Part:
    places = np.flatnonzero(who)
    values = np.full(len(places), np.nan) if value is None else value[places]
    return kind, places, time[places], values


def _task(activity: Activity, o: Outcome, rng: np.random.Generator) -> list[Part]:
    """Progress and completion of a task that runs for days."""
    n, length = len(o.people), activity.ends - activity.starts
    done = o.took_part & (rng.random(n) < COMPLETES)
    first = activity.final_start + (length * rng.uniform(0.1, 0.5, n)).astype(np.int64)
    last = activity.final_start + (length * rng.uniform(0.55, 1.0, n)).astype(np.int64)
    share = np.round(rng.uniform(0.2, 0.7, n), 1)
    works = o.took_part & (done | (rng.random(n) < 0.5))
    return [_part("progressed", works, first, share), _part("completed", done, last)]


def _feedback(world: World, activity: Activity, o: Outcome, rng: np.random.Generator) -> list[Part]:
    n = len(o.people)
    ended = activity.final_start + activity.ends - activity.starts
    years = (activity.announced - world.settings.begin) / (365 * DAY)
    shares = np.array([activity.tags.get(tag, 0.0) for tag in TAGS])
    taste = world.cast.latent.taste(world.people.first[:, 0], years)[o.people] @ shares
    stars = np.round(3.5 + 0.5 * taste + rng.normal(0, 0.7, n)).clip(1, 5)

    def moments() -> Ints:
        return ended + (rng.exponential(8 * HOUR, n)).astype(np.int64)

    parts = [_part("rated", o.took_part & (rng.random(n) < RATED), moments(), stars)]
    for kind, share in AFTERWARDS:
        parts.append(_part(kind, o.took_part & (rng.random(n) < share), moments()))
    return parts
