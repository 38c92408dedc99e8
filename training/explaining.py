"""Why: what moves an activity's forecast, in points, and reasons that are true of a person."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.language import _
from features.pairs.features import Stage
from training.predicting import Now, PairProbabilities

GROUPS = ("theme", "time", "place", "reward", "notice", "workload", "colleagues", "habit")
# the first word that fits a column's name puts it under its group
GROUP_OF = (
    ("theme", ("template", "tags", "text", "series", "affinity", "stated", "organiser", "format",
               "survey", "_mode")),
    ("time", ("slot", "weekday", "local_", "duration", "competing")),
    ("place", ("place", "near", "hood", "city", "distance")),
    ("reward", ("reward", "points", "redem")),
    ("notice", ("notice", "days_to_start")),
    ("workload", ("hours", "overtime", "absent", "deadline", "milestone", "contacts",
                  "complaints", "satisfaction", "performance", "training")),
    ("colleagues", ("companions", "group", "ties", "degree", "messages", "reciprocity",
                    "registered_", "declined_so_far", "cross_", "crowd_")),
)  # fmt: skip


@dataclass(frozen=True)
class Driver:
    """What one group of features adds to the expected share of participants, in points."""

    group: str
    points: float


@dataclass(frozen=True)
class Reason:
    """A sentence template and its values; true of the person's record."""

    template: str
    values: dict[str, object]


def group_of(column: str) -> str:
    """The group under which HR reads a feature.

    >>> group_of("rate_slot"), group_of("tenure_days")
    ('time', 'habit')
    """
    found = (group for group, words in GROUP_OF if any(word in column for word in words))
    return next(found, "habit")


def drivers(now: Now, activity: int, pairs: PairProbabilities, stage: Stage) -> list[Driver]:
    """How far each group moves the expected share from the usual activity's, strongest first.

    Each group's columns are set to their usual values alone; the effects are scaled so that they
    add up to the distance between this forecast and that of an activity usual in every group.
    """
    usual = now.models.usual
    actual = float(pairs.participates.mean())
    employees = pairs.employee_ix

    def share(columns: list[str]) -> float:
        changed = pairs.features.copy()
        for column in columns:
            changed[column] = np.float32(usual[column])
        found = now.predict_from(changed, activity, employees, stage)
        return float(found.participates.mean())

    columns = [column for column in pairs.features.columns if column in usual.index]
    by_group = {group: [c for c in columns if group_of(c) == group] for group in GROUPS}
    effects = {group: actual - share(names) for group, names in by_group.items() if names}
    total = actual - share(columns)
    scale = total / sum(effects.values()) if abs(sum(effects.values())) > 1e-9 else 0.0
    # a scale far from one would only blow up noise: then the effects stand as measured
    scale = scale if 0.3 < scale < 3 else 1.0
    found = [Driver(group, 100 * scale * effect) for group, effect in effects.items()]
    return sorted(found, key=lambda driver: -abs(driver.points))


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
        if column in features and features[column] > bound and _evident(features, column)
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


def _evident(features: pd.Series, column: str) -> bool:
    evidence = EVIDENCE.get(column)
    return evidence is None or float(np.expm1(features[evidence])) >= 1.0
