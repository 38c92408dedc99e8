"""What happened about each activity in the one world that is exported."""

from dataclasses import dataclass

import numpy as np

from sample_company import model
from sample_company.behaviour import Case
from sample_company.organisation import Bools, Ints
from sample_company.settings import CHINA, DAY, NEVER
from sample_company.signups import draw


@dataclass(frozen=True)
class Outcome:
    """By invited person: when they decided, and what they did; instants, NEVER where not.

    `took_part` is what counts as participation; nobody does where the activity was cancelled.
    """

    people: Ints
    late: Bools
    function: Ints
    decided: Ints
    registered: Bools
    declined: Bools
    withdrew_at: Ints
    took_part: Bools


def happen(case: Case, hired: Ints, rng: np.random.Generator) -> Outcome:
    """Draw one outcome, with its moments."""
    activity, n = case.activity, len(case.people)
    drawn = draw(case, rng)
    registered, withdrew = drawn.registered[:, 0], drawn.withdrew[:, 0]
    low = np.array(model.ROUND_ENDS)[drawn.round[:, 0]]
    high = np.array(model.ROUND_ENDS)[drawn.round[:, 0] + 1]
    begins = np.where(case.late, hired[case.people], activity.announced)
    low, high = np.where(case.late, 0.0, low), np.where(case.late, 1.0, high)
    length = activity.starts - begins
    decided = begins + ((low + (high - low) * rng.random(n)) * length).astype(np.int64)
    decided = waking(decided, begins, activity.starts, rng)
    later = decided + (rng.random(n) * (activity.starts - decided)).astype(np.int64)
    reached = decided < (activity.cancelled or NEVER)
    here = case.stays
    declined = ~registered & here & (rng.random(n) < model.DECLINES)
    return Outcome(
        people=case.people,
        late=case.late,
        function=case.function,
        decided=decided,
        registered=registered & reached,
        declined=declined & reached,
        withdrew_at=np.where(withdrew & reached, np.maximum(later, decided + 60), NEVER),
        took_part=drawn.took_part[:, 0] & (activity.cancelled is None),
    )


def waking(at: Ints, begins: Ints, ends: int, rng: np.random.Generator) -> Ints:
    """The same days, at an hour between 8 and 22, order kept, within [begins, ends)."""
    local = at + CHINA
    awake = local // DAY * DAY + 8 * 3_600 + (local % DAY) * 14 // 24 - CHINA
    latest = ends - 60 * rng.integers(2, 30, len(at))
    kept: Ints = np.maximum(np.minimum(awake, latest), np.minimum(begins + 60, ends - 60))
    return kept
