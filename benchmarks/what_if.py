"""What-if questions: two designs of one activity, and how their turnouts differ.

`stated_difference` and `comparison` are the only places that know how the product answers; as long
as they give None, it does not, and the figures say "not built".
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from measuring import Company, draft_of

from sample_company import truth
from sample_company.settings import DAY, HOUR
from sample_company.world import World

Design = Mapping[str, Any]
BASES: tuple[Design, ...] = (
    {"title": "知识竞答", "template": "knowledge_quiz", "tags": {"corporate": 1.0},
     "audience": {"function": ["R&D"]}},
    {"title": "技术挑战赛", "template": "technical_challenge", "tags": {"technical": 1.0},
     "audience": None},
    {"title": "员工故事会", "template": "employee_stories", "tags": {"stories": 1.0},
     "audience": None},
)  # fmt: skip
OTHER_TOPICS = {"corporate": 0.5, "technical": 0.5}
DAYS, OTHER_DAYS = 20, 6
POINTS, OTHER_POINTS = 20, 80


def design_pairs(world: World) -> Iterator[tuple[str, Design, Design]]:
    """(what differs, one design, the other), for every base and every part of a design."""
    for base in BASES:
        usual = truth.hypothetical(world, {**base, "reward_points": POINTS})
        one = {**base, "reward_points": POINTS, "announced": usual.announced,
               "starts": usual.starts, "ends": usual.ends}  # fmt: skip
        yield "topic", one, {**one, "tags": OTHER_TOPICS}
        yield "time", one, _moved(one, 7 * HOUR)
        yield "reward", one, {**one, "reward_points": OTHER_POINTS}
        yield "notice", one, _moved(one, (OTHER_DAYS - DAYS) * DAY // (7 * DAY) * 7 * DAY)
        yield "audience", one, {**one, "audience": {"function": ["customer success"]}}


def _moved(design: Design, seconds: int) -> Design:
    return {**design, "starts": design["starts"] + seconds, "ends": design["ends"] + seconds}


def differences(company: Company) -> pd.DataFrame | None:
    """A row per pair of designs: changed, mean, low, high, true, covered; None: not built.

    `true` is the difference of the expected counts of those invited at the launch.
    """
    rows = []
    for changed, one, other in design_pairs(company.world):
        stated = stated_difference(company, one, other)
        if stated is None:
            return None
        mean, low, high = stated
        true = _expected(company.world, other) - _expected(company.world, one)
        rows.append({"changed": changed, "mean": mean, "low": low, "high": high, "true": true,
                     "covered": low <= true <= high})  # fmt: skip
    return pd.DataFrame(rows)


def _expected(world: World, design: Design) -> float:
    return float(np.sum(truth.counterfactual(world, design).participate))


def stated_difference(
    company: Company, one: Design, other: Design
) -> tuple[float, float, float] | None:
    """(mean, low, high) of the other design's count less the one's, as the product states it."""
    del company, one, other
    return None


def comparison(one: Mapping[str, Any], other: Mapping[str, Any], explain: bool) -> Any | None:
    """(path, body) of the REST call that compares two drafts; None as long as there is none."""
    del one, other, explain


def drafts(world: World, one: Design, other: Design) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both designs as the drafts that the product takes."""
    return draft_of(world, one), draft_of(world, other)
