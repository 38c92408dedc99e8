"""Attendance, courses and project reviews, as arrays, strictly before the end."""

from dataclasses import dataclass

import numpy as np

from sample_company.organisation import Floats, Ints
from sample_company.settings import CHINA, DAY, HOUR, NEVER, local_days
from sample_company.vocabulary import TAGS
from sample_company.world import World

ABSENT = 0.025
COURSES_A_YEAR = 2.0


@dataclass(frozen=True)
class Workdays:
    """A person's working day; hours in halves; `leave` is 0 present, 1 to 3 a kind of leave."""

    person: Ints
    day: Ints
    half_hours: Ints
    overtime_halves: Ints
    leave: Ints


def workdays(world: World) -> Workdays:
    """Working days of everyone employed, by day and person; overtime follows the load."""
    rng, people = world.settings.rng("workdays"), world.people
    days = local_days(world.settings.begin, world.settings.end)
    parts = []
    for day in days:
        noon = int(day * DAY + 12 * HOUR - CHINA)
        person = np.flatnonzero(people.present(noon))
        n = len(person)
        load = world.cast.workload.at(noon)[person]
        overtime = np.round(1.2 + 1.5 * load + rng.normal(0, 1.2, n)).clip(0, 8).astype(np.int64)
        leave = np.where(rng.random(n) < ABSENT, rng.integers(1, 4, n), 0)
        overtime[leave > 0] = 0
        worked = np.where(leave > 0, 0, 16 + overtime)
        parts.append((person, np.full(n, day), worked, overtime, leave))
    return Workdays(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@dataclass(frozen=True)
class Trainings:
    """Courses taken; `completed` is NEVER where it is not (yet), `score` NaN then."""

    person: Ints
    course: Ints
    tag: Ints
    enrolled: Ints
    completed: Ints
    score: Floats


def trainings(world: World) -> Trainings:
    """Courses, more of what one likes; the busy complete fewer."""
    settings, people = world.settings, world.people
    rng = settings.rng("trainings")
    begin = np.maximum(people.hired, settings.begin)
    end = np.minimum(people.left, settings.end)
    years = np.maximum(end - begin, 0) / (365 * DAY)
    person = np.repeat(np.arange(people.n_people), rng.poisson(COURSES_A_YEAR * years))
    n = len(person)
    taste = world.cast.latent.taste(people.first[:, 0], 0.0)[person]
    tag = (taste + rng.gumbel(0, 1, taste.shape)).argmax(axis=1)
    enrolled = begin[person] + ((end - begin)[person] * rng.random(n)).astype(np.int64)
    completed = enrolled + (rng.gamma(2.0, 12.0, n) * DAY).astype(np.int64)
    finishes = rng.random(n) < 0.78 + 0.05 * world.cast.latent.reliability[person]
    finishes &= completed < end[person]
    score = np.round(rng.normal(82, 8, n).clip(40, 100))
    course = tag * 4 + rng.integers(0, 4, n)
    order = np.lexsort((person, enrolled))
    return Trainings(
        person=person[order],
        course=course[order],
        tag=tag[order],
        enrolled=enrolled[order],
        completed=np.where(finishes, completed, NEVER)[order],
        score=np.where(finishes, score, np.nan)[order],
    )


def course_tags(tag: int, course: int) -> list[str]:
    """The tags of a course: its own, and for every other course a second one."""
    return [TAGS[tag]] if course % 2 == 0 else [TAGS[tag], TAGS[(tag + course) % len(TAGS)]]


@dataclass(frozen=True)
class Reviews:
    """Project reviews: who, last day of the quarter (days since 1970), score."""

    person: Ints
    day: Ints
    score: Floats


def reviews(world: World) -> Reviews:
    """A review for each quarter that ended ten days before the end, of those there in all of it."""
    settings, people = world.settings, world.people
    rng = settings.rng("reviews")
    skill = rng.normal(0, 1, people.n_people)
    months = np.arange(
        *np.array([settings.begin, settings.end], "datetime64[s]").astype("datetime64[M]")
    )
    parts = []
    for quarter in months[months.astype(np.int64) % 3 == 0]:
        last = int(quarter.astype("datetime64[D]").astype(np.int64)) - 1
        at = last * DAY
        if settings.begin < at and at + 10 * DAY < settings.end:
            person = np.flatnonzero((people.hired < at - 60 * DAY) & (people.left > at + 10 * DAY))
            score = 78 + 6 * skill[person] + rng.normal(0, 4, len(person))
            parts.append((person, np.full(len(person), last), np.round(score, 1).clip(30, 100)))
    if not parts:
        return Reviews(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    return Reviews(*(np.concatenate(column) for column in zip(*parts, strict=True)))
