"""What-if questions: two designs of one activity, and how their turnouts differ."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from measuring import Company, draft_of

from sample_company import truth
from sample_company.settings import DAY, HOUR
from sample_company.world import World
from serving.changes import varied
from serving.contract import ForecastsRequest
from serving.difference import Difference
from serving.forecast import Forecast
from serving.subject import subject_of

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


def differences(company: Company) -> pd.DataFrame:
    """A row per pair of designs: changed, mean, low, high, true, covered.

    `true` is the difference of the expected counts of those invited at the launch.
    """
    rows = []
    for changed, one, other in design_pairs(company.world):
        mean, low, high = stated_difference(company, one, other)
        true = _expected(company.world, other) - _expected(company.world, one)
        rows.append({"changed": changed, "mean": mean, "low": low, "high": high, "true": true,
                     "covered": low <= true <= high})  # fmt: skip
    return pd.DataFrame(rows)


def _expected(world: World, design: Design) -> float:
    return float(np.sum(truth.counterfactual(world, design).participate))


def stated_difference(company: Company, one: Design, other: Design) -> tuple[float, float, float]:
    """(mean, low, high) of the other design's count less the one's, as the service states it."""
    drafts = [draft_of(company.world, design) for design in (one, other)]
    request = ForecastsRequest.model_validate({"draft": drafts[0]})
    base = subject_of(company.board, request)
    changes = {name: value for name, value in drafts[1].items() if value != drafts[0][name]}
    subjects = (base, varied(base, company.board, changes, "changes").subject)
    first, second = (Forecast(each, company.predictor, explain=False) for each in subjects)
    found = Difference(first, second).overall
    return float(found.expected), float(found.low), float(found.high)
