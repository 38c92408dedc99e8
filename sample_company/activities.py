"""The programme: some thirteen activities a month, from drafts to those that were held."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sample_company.audiences import Audience, draw_audience, fits
from sample_company.organisation import Floats, Organisation
from sample_company.settings import CHINA, DAY, HOUR, Settings
from sample_company.titles import title_and_text
from sample_company.vocabulary import CITIES, RD, SLOT_HOURS, TEMPLATES

A_MONTH = 13.0
SHARES = (0.16, 0.14, 0.20, 0.15, 0.11, 0.11, 0.13)
CANCELLED, MOVED, IN_SERIES = 0.035, 0.05, 0.75
POINTS = ((30, 50, 80), (10, 20, 30), (10, 20, 30), (10, 20), (20, 30), (50, 80, 100), (20, 40))
HOURS = (2, 1, 1, 2, 1, 2, 2)
QUIZ_CORPORATE = ((0.0, 0.1, 0.2, 0.3), (0.70, 0.10, 0.12, 0.08))
QUIZ_TECHNICAL = (0.7, 0.8, 0.9, 1.0)
QUIZ_ELSEWHERE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1.0)


@dataclass(frozen=True)
class Activity:
    """An activity. Instants are seconds since 1970, UTC; `moved` is (when, the new start)."""

    activity_id: str
    template: str
    tags: dict[str, float]
    announced: int
    starts: int
    ends: int
    audience: Audience = None
    format: str = "individual"
    mode: str = "online"
    city: str | None = None
    reward_points: int = 20
    title: str = ""
    description: str = ""
    series_id: str | None = None
    organiser: int = 0
    created: int = 0
    cancelled: int | None = None
    moved: tuple[int, int] | None = None
    capacity: int | None = None

    @property
    def final_start(self) -> int:
        """When it starts after any change."""
        return self.moved[1] if self.moved else self.starts


def make_activities(settings: Settings, people: Organisation) -> list[Activity]:
    """All activities that start between the begin and the horizon, in order of announcement."""
    rng = settings.rng("activities")
    n = round(A_MONTH * (settings.months + 2))
    families = _families(n, rng)
    span = (settings.horizon - settings.begin) / DAY - 4
    days = settings.begin // DAY + 3 + np.floor((np.arange(n) + rng.random(n)) * span / n)
    chances = _chances(families, rng)
    drawn = [
        _activity(rng, settings, people, Plan(number, TEMPLATES[family], int(day), float(chance)))
        for number, (family, day, chance) in enumerate(zip(families, days, chances, strict=True))
    ]
    return sorted(drawn, key=lambda activity: (activity.announced, activity.activity_id))


def _families(n: int, rng: np.random.Generator) -> list[int]:
    """Families in the planned shares over any few months: each thirty drawn anew."""
    block = np.repeat(np.arange(len(TEMPLATES)), np.round(np.array(SHARES) * 30).astype(int))
    blocks = [rng.permutation(block) for _ in range(n // len(block) + 1)]
    return [int(family) for family in np.concatenate(blocks)[:n]]


def _chances(families: list[int], rng: np.random.Generator) -> Floats:
    """A number in [0, 1) each, evenly spread within a family, which decides on the audience."""
    chances = np.zeros(len(families))
    for family in range(len(TEMPLATES)):
        mine = np.flatnonzero(np.array(families) == family)
        chances[mine] = (rng.permutation(len(mine)) + rng.random(len(mine))) / max(len(mine), 1)
    return chances


@dataclass(frozen=True)
class Plan:
    """What is settled before an activity is drawn: its number, family, day, and chance."""

    number: int
    template: str
    day: int
    chance: float


def _activity(
    rng: np.random.Generator, settings: Settings, people: Organisation, plan: Plan
) -> Activity:
    template, number = plan.template, plan.number
    family = TEMPLATES.index(template)
    starts = _start(rng, plan.day)
    notice = float(np.exp(rng.normal(2.35, 0.5)).clip(3, 30))
    announced = _office_hours(rng, starts - int(notice * DAY))
    city = _city(rng, template)
    audience, tags = _invited(rng, people, plan, city, announced)
    title, text = title_and_text(rng, template, tags, city or "", number // 7 + 1)
    return Activity(
        activity_id=f"HD{number + 1:05d}",
        template=template,
        tags=tags,
        announced=announced,
        starts=starts,
        ends=starts + HOURS[family] * HOUR
        if template != "cross_project_task"
        else starts + 10 * DAY,
        audience=audience,
        format="team" if rng.random() < TEAM[family] else "individual",
        mode="onsite" if city else "online",
        city=city,
        reward_points=int(rng.choice(POINTS[family])),
        title=title,
        description=text,
        series_id=f"XL-{template}-{int(rng.integers(1, 4))}" if rng.random() < IN_SERIES else None,
        organiser=_organiser(rng, people, announced),
        capacity=_capacity(rng, people, audience, announced) if city else None,
        created=_office_hours(rng, announced - int(rng.integers(4, 30)) * DAY),
        **_changes(rng, announced, starts),
    )


TEAM = (0.5, 0.0, 0.25, 0.6, 0.0, 0.8, 0.0)
ONSITE = (0.15, 0.15, 0.0, 0.75, 0.15, 0.0, 0.3)
TOPICS = (
    ({"technical": 1.0}, {"technical": 0.9, "collaboration": 0.1}, {"technical": 1.0}),
    ({"customer": 1.0}, {"customer": 0.8, "corporate": 0.2}, {"customer": 0.7, "stories": 0.3}),
    ({"corporate": 1.0},),
    ({"games": 0.7, "social": 0.3}, {"games": 1.0}, {"games": 0.5, "social": 0.5}),
    ({"stories": 1.0}, {"stories": 0.7, "social": 0.3}, {"stories": 0.8, "wellbeing": 0.2}),
    ({"collaboration": 0.6, "technical": 0.4}, {"collaboration": 0.6, "customer": 0.4}),
    ({"technical": 1.0}, {"management": 1.0}, {"wellbeing": 1.0}, {"customer": 0.6,
     "management": 0.4}, {"technical": 0.5, "management": 0.5}),
)  # fmt: skip


def _start(rng: np.random.Generator, day: int) -> int:
    """On a weekday at lunch, in the afternoon or evening; games now and then on a Saturday."""
    slot = int(rng.choice(4, p=(0.40, 0.30, 0.22, 0.08)))
    weekday = (day + 3) % 7
    if slot == 3:
        day += 5 - weekday
    elif weekday >= 5:
        day -= weekday - 4
    half = int(rng.integers(0, 2)) * HOUR // 2
    return day * DAY + SLOT_HOURS[slot] * HOUR + half - CHINA


def _office_hours(rng: np.random.Generator, at: int) -> int:
    """A moment of that local day between 9 and 17, to the minute."""
    day = (at + CHINA) // DAY
    return int(day * DAY + 9 * HOUR + int(rng.integers(0, 480)) * 60 - CHINA)


def _city(rng: np.random.Generator, template: str) -> str | None:
    if rng.random() >= ONSITE[TEMPLATES.index(template)]:
        return None
    return CITIES[int(rng.choice(len(CITIES), p=[city.share for city in CITIES]))].name


def _invited(
    rng: np.random.Generator, people: Organisation, plan: Plan, city: str | None, at: int
) -> tuple[Audience, dict[str, float]]:
    """The audience, and the tags that go with it."""
    standing = (people.groups.founded <= at) & (at < people.groups.dissolved)
    groups = [name for name, stands in zip(people.group_ids, standing, strict=True) if stands]
    if plan.template != "knowledge_quiz":
        topics = TOPICS[TEMPLATES.index(plan.template)]
        tags = dict(topics[int(rng.integers(len(topics)))])
        return draw_audience(rng, plan.chance, city, groups), tags
    audience: Audience
    if plan.chance < 0.35:
        names = (["customer success"], ["corporate"], ["customer success", "corporate"])
        audience = {"function": names[int(rng.integers(3))]}
        return audience, _quiz_tags(float(rng.choice(QUIZ_ELSEWHERE)))
    audience = {"function": ["R&D"]}
    if plan.chance >= 0.60:
        audience = draw_audience(rng, (plan.chance - 0.60) / 0.40, city, groups)
    if rng.random() < 0.18:
        return audience, _quiz_tags(float(rng.choice(QUIZ_TECHNICAL)))
    return audience, _quiz_tags(float(rng.choice(QUIZ_CORPORATE[0], p=QUIZ_CORPORATE[1])))


def _quiz_tags(technical: float) -> dict[str, float]:
    tags = {"technical": technical, "corporate": round(1 - technical, 2)}
    return {name: share for name, share in tags.items() if share > 0}


def _organiser(rng: np.random.Generator, people: Organisation, at: int) -> int:
    corporate = np.flatnonzero(people.present(at) & (people.first[:, 0] != RD))
    return int(corporate[int(len(corporate) * rng.random() ** 6)])


def _capacity(
    rng: np.random.Generator, people: Organisation, audience: Audience, at: int
) -> int | None:
    """For half of the rooms their places, in tens: always enough for all invited."""
    n = int((people.present(at) & fits(audience, people, at)).sum())
    places = 10 * int(np.ceil((n + 10) * rng.uniform(1.1, 1.6) / 10))
    return places if rng.random() < 0.5 else None


def _changes(rng: np.random.Generator, announced: int, starts: int) -> dict[str, Any]:
    chance, share = rng.random(), rng.uniform(0.3, 0.9)
    at = announced + int(share * (starts - announced))
    if chance < CANCELLED:
        return {"cancelled": at}
    if chance < CANCELLED + MOVED:
        return {"moved": (at, starts + 7 * DAY)}
    return {}
