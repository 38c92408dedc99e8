"""Half-yearly surveys: how much a person likes themes, formats, places and kinds of activity."""

from dataclasses import dataclass

import numpy as np

from sample_company.organisation import Ints
from sample_company.settings import CHINA, DAY, HOUR
from sample_company.vocabulary import TAGS_ZH, TEMPLATES_ZH
from sample_company.world import World

TOPICS_ZH = (*TAGS_ZH, *TEMPLATES_ZH, "个人", "团队", "线上", "现场")
FIRST_AFTER, EVERY, OPEN_DAYS = 45, 182, 10
ANSWERING, ASKED = 0.45, 8
OTHERS = np.array([0.5, 0.1, -0.1, 0.3, 0.9, -0.2, 0.0, 0.1, 0.2, 0.3, 0.1])


@dataclass(frozen=True)
class Answers:
    """One submission per row; `topics` and `stars` are submissions x ASKED."""

    person: Ints
    time: Ints
    topics: Ints
    stars: Ints


def survey_answers(world: World) -> Answers:
    """Submissions strictly before the end, in order of time."""
    settings, people = world.settings, world.people
    rng = settings.rng("surveys")
    parts = []
    for opens in range(settings.begin + FIRST_AFTER * DAY, settings.end, EVERY * DAY):
        person = np.flatnonzero(people.present(opens) & (rng.random(people.n_people) < ANSWERING))
        n = len(person)
        day = opens // DAY + rng.integers(0, OPEN_DAYS, n)
        time = day * DAY + 9 * HOUR - CHINA + rng.integers(0, 9 * HOUR, n)
        years = (opens - settings.begin) / (365 * DAY)
        taste = world.cast.latent.taste(people.fields_at(opens)[:, 0], years)[person]
        likes = np.concatenate([taste, np.broadcast_to(OTHERS, (n, len(OTHERS)))], axis=1)
        stars = np.round(3.2 + 0.9 * likes + rng.normal(0, 0.7, likes.shape)).clip(1, 5)
        topics = np.sort(rng.random(likes.shape).argsort(axis=1)[:, :ASKED], axis=1)
        parts.append((person, time, topics, np.take_along_axis(stars, topics, axis=1)))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else _none()
    kept = (columns[1] < settings.end) & (columns[1] < people.left[columns[0]])
    kept &= columns[1] > people.hired[columns[0]]
    columns = [column[kept].astype(np.int64) for column in columns]
    order = np.lexsort((columns[0], columns[1]))
    return Answers(*(column[order] for column in columns))


def _none() -> list[Ints]:
    empty = np.zeros(0, dtype=np.int64)
    return [empty, empty, empty.reshape(0, ASKED), empty.reshape(0, ASKED)]
