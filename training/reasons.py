"""Reasons for a suggestion, each true of the record of the person it is given to."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from features.history.columns import Floats, Ints
from features.language import _
from features.pairs.kernels import PRIOR


@dataclass(frozen=True)
class Reason:
    """A sentence template and its values; true of the person's record."""

    template: str
    values: dict[str, object]


RULES: tuple[tuple[str, str, float], ...] = (
    (_("You take part in most activities like this one"), "rate_alike", 0.5),
    (_("It is on themes that you rated highly"), "stated_preference", 0.75),
    (_("You often come to activities at this hour"), "rate_slot", 0.5),
    (_("You have been to activities at this place"), "rate_place", 0.4),
    (_("Many people you work with have registered"), "ties_registered", 0.15),
    (_("Many of your project group have registered"), "group_registered_share", 0.15),
    (_("Your project group likes activities like this"), "group_alike", 0.5),
    (_("People with interests like yours register for it"), "affinity", 0.0),
)
ANY = (
    _("It is open to you and starts in {days} days"),
    _("{n} people have registered so far"),
    _("It fits what is offered to your team"),
)
# fewer could be known by name
FEWEST_NAMED = 5
# a rate says nothing of a person who was never asked
EVIDENCE = {"rate_alike": "evidence_alike", "rate_slot": "evidence_slot",
            "rate_place": "evidence_place"}  # fmt: skip


# a code holds which rules hold in its lowest bits, then days to the start, then registrations
RULE_BITS, DAY_BITS, COUNT_BITS = len(RULES), 16, 24


def reason_codes(features: pd.DataFrame) -> Ints:
    """Per row, one number that says all that its reasons say; `reasons_of` puts it into words.

    Every reason is true of the person's own record as the row gives it.
    """
    codes = np.zeros(len(features), dtype=np.int64)
    for bit, (_template, column, bound) in enumerate(RULES):
        if column in features:
            codes |= (_own(features, column) > bound).astype(np.int64) << bit
    days = _whole(features["days_to_start"].to_numpy(dtype=float), DAY_BITS)
    so_far = np.zeros(len(features))
    if "registered_so_far" in features:
        so_far = np.expm1(features["registered_so_far"].to_numpy(dtype=float))
    n = _whole(so_far, COUNT_BITS)
    return codes | days << RULE_BITS | n << (RULE_BITS + DAY_BITS)


@lru_cache(maxsize=100_000)
def reasons_of(code: int) -> tuple[Reason, ...]:
    """The two or three reasons that a code stands for."""
    days = code >> RULE_BITS & (1 << DAY_BITS) - 1
    n = code >> (RULE_BITS + DAY_BITS)
    own = [Reason(template, {}) for bit, (template, *_rest) in enumerate(RULES) if code >> bit & 1]
    return (*own[:3], *general_reasons(days, n)[: max(0, 2 - len(own))])


def general_reasons(days: int, n_registered: int) -> list[Reason]:
    """Two reasons that rest on the activity alone, for anyone in its audience."""
    reasons = [Reason(ANY[0], {"days": days})]
    if n_registered >= FEWEST_NAMED:
        reasons.append(Reason(ANY[1], {"n": n_registered}))
    return [*reasons, Reason(ANY[2], {})][:2]


def _whole(values: Floats, bits: int) -> Ints:
    return np.clip(np.round(values), 0, (1 << bits) - 1).astype(np.int64)


def _own(features: pd.DataFrame, column: str) -> Floats:
    """What the feature says of each person at least; a rate also says what others are like.

    It leans on others' rate as PRIOR invitations would: the person's own share is no less than
    what is left once all of these had been a yes. NaN where the person was never asked.
    """
    value = features[column].to_numpy(dtype=float)
    if column not in EVIDENCE:
        return value
    asked = np.expm1(features[EVIDENCE[column]].to_numpy(dtype=float))
    asked = np.where(asked >= 1.0, asked, np.nan)
    own: Floats = (value * (asked + PRIOR) - PRIOR) / asked
    return own
