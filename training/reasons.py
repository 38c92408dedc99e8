"""Reasons for a suggestion, each true of the record of the person it is given to."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

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


def person_reasons(features: pd.Series) -> list[Reason]:
    """Two or three reasons, each true of the person's own record as `features` gives it."""
    reasons = [
        Reason(template, {})
        for template, column, bound in RULES
        if column in features and _own(features, column) > bound
    ][:3]
    for reason in general_reasons(features):
        if len(reasons) < 2:
            reasons.append(reason)
    return reasons


def general_reasons(features: pd.Series) -> list[Reason]:
    """Reasons that rest on the activity alone, for anyone in its audience."""
    days = max(0, round(float(features["days_to_start"])))
    n = round(float(np.expm1(features.get("registered_so_far", 0.0))))
    reasons = [Reason(ANY[0], {"days": days})]
    if n >= FEWEST_NAMED:
        reasons.append(Reason(ANY[1], {"n": n}))
    return [*reasons, Reason(ANY[2], {})][:2]


def _own(features: pd.Series, column: str) -> float:
    """What the feature says of the person at least; a rate also says what others are like.

    It leans on others' rate as PRIOR invitations would: the person's own share is no less than
    what is left once all of these had been a yes.
    """
    value = float(features[column])
    if column not in EVIDENCE:
        return value
    asked = float(np.expm1(features[EVIDENCE[column]]))
    return (value * (asked + PRIOR) - PRIOR) / asked if asked >= 1.0 else float("nan")
