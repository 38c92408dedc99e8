"""The world shows what such companies report; quizzes leave a gap that a learner must bridge."""

from dataclasses import dataclass

import numpy as np
import pytest

from sample_company.ledger import make_ledger, redeemed_points
from sample_company.truth import counterfactual, probabilities
from sample_company.vocabulary import RD

EMPLOYEES_QUIZ = {"template": "knowledge_quiz", "audience": {"function": ["R&D"]}}


@dataclass(frozen=True)
class Shares:
    """Shares of invited people who took part."""

    all: float
    corporate_quiz: float
    technical_challenge: float
    employee_stories: float
    new: float
    best_redeemers: float
    half_technical: float


def _shares(world):
    rows = {name: [] for name in ("all", "corporate", "challenge", "stories", "new", "half")}
    asked, came = np.zeros(world.people.n_people), np.zeros(world.people.n_people)
    for activity in _held(world):
        outcome = world.outcomes[activity.activity_id]
        took_part, engineers = outcome.took_part, outcome.function == RD
        rows["all"].append(took_part)
        asked[outcome.people] += 1
        came[outcome.people] += took_part
        tenure = world.people.tenure_days(activity.announced)[outcome.people]
        rows["new"].append(took_part[tenure < 90])
        if activity.template == "technical_challenge":
            rows["challenge"].append(took_part[engineers])
        if activity.template == "employee_stories":
            rows["stories"].append(took_part)
        if activity.template == "knowledge_quiz" and activity.tags == {"corporate": 1.0}:
            rows["corporate"].append(took_part[engineers])
            half = {"technical": 0.5, "corporate": 0.5}
            twin = counterfactual(world, {"activity_id": activity.activity_id, "tags": half})
            rows["half"].append(twin.participate[twin.function == RD])
    points = redeemed_points(make_ledger(world), world.people.n_people)
    invited = np.flatnonzero(asked)
    best = invited[np.argsort(-points[invited], kind="stable")][: len(invited) // 5]
    means = {name: float(np.concatenate(parts).mean()) for name, parts in rows.items()}
    return Shares(
        means["all"], means["corporate"], means["challenge"], means["stories"], means["new"],
        came[best].sum() / asked[best].sum(), means["half"],
    )  # fmt: skip


def _held(world):
    return [
        activity
        for activity in world.activities.values()
        if activity.cancelled is None and activity.final_start < world.settings.end
    ]


def _astray(shares, more):
    """The shares that lie further from what is reported than is allowed, and `more`."""
    allowed = {
        "all": (0.50, 0.05), "corporate_quiz": (0.30, 0.04), "half_technical": (0.75, 0.04),
        "technical_challenge": (0.80, 0.04), "employee_stories": (0.90, 0.03),
        "new": (0.85, 0.04), "best_redeemers": (0.85, 0.04),
    }  # fmt: skip
    return {
        name: getattr(shares, name)
        for name, (reported, margin) in allowed.items()
        if abs(getattr(shares, name) - reported) > margin + more
    }


def test_six_hundred_people_show_the_reported_shares(middle):
    assert _astray(_shares(middle), more=0.04) == {}


@pytest.mark.slow
def test_five_thousand_people_show_the_reported_shares(large):
    assert _astray(_shares(large), more=0.0) == {}


@pytest.mark.slow
def test_a_half_technical_quiz_would_draw_engineers(large):
    half = counterfactual(large, {**EMPLOYEES_QUIZ, "tags": {"technical": 0.5, "corporate": 0.5}})
    corporate = counterfactual(large, {**EMPLOYEES_QUIZ, "tags": {"corporate": 1.0}})
    assert half.participate.mean() == pytest.approx(0.75, abs=0.04)
    assert corporate.participate.mean() == pytest.approx(0.30, abs=0.04)


def test_engineers_never_see_a_quiz_of_equal_parts(middle):
    shares = {True: set(), False: set()}
    for activity in middle.activities.values():
        if activity.template == "knowledge_quiz":
            engineers = bool((probabilities(middle, activity.activity_id).function == RD).any())
            shares[engineers].add(activity.tags.get("technical", 0.0))
    assert not [share for share in shares[True] if 0.4 <= share <= 0.6]
    assert {0.0} < shares[True]
    assert max(shares[True]) >= 0.7
    assert [share for share in shares[False] if 0.4 <= share <= 0.6]


def test_rooms_hold_all_invited(middle):
    limited = [a for a in middle.activities.values() if a.capacity is not None]
    assert limited
    for activity in limited:
        assert activity.mode == "onsite"
        assert activity.capacity >= len(middle.outcomes[activity.activity_id].people)


def test_the_programme_has_all_families_at_any_size(small, middle):
    for world in (small, middle):
        assert len(world.activities) == round(13 * (world.settings.months + 2))
        assert len({activity.template for activity in world.activities.values()}) == 7
