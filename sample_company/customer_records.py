"""A person's days with customers: customer success, and now and then an engineer."""

from dataclasses import dataclass

import numpy as np

from sample_company.organisation import Floats, Ints
from sample_company.settings import CHINA, DAY, HOUR, local_days
from sample_company.vocabulary import CS
from sample_company.world import World

DAYS_WITH_CUSTOMERS, OF_OTHERS = 0.30, 0.004


@dataclass(frozen=True)
class CustomerDays:
    """Contacts and complaints of a person's local day; satisfaction NaN where nobody answered."""

    person: Ints
    day: Ints
    contacts: Ints
    complaints: Ints
    satisfaction: Floats


def customer_days(world: World) -> CustomerDays:
    """Days with customers, by day and person; loaded people get more complaints."""
    rng, people = world.settings.rng("customers"), world.people
    share = np.where(people.first[:, 0] == CS, DAYS_WITH_CUSTOMERS, OF_OTHERS)
    parts = []
    for day in local_days(world.settings.begin, world.settings.end):
        noon = int(day * DAY + 12 * HOUR - CHINA)
        person = np.flatnonzero(people.present(noon) & (rng.random(people.n_people) < share))
        load = world.cast.workload.at(noon)[person]
        contacts = 1 + rng.poisson(4, len(person))
        complaints = rng.binomial(contacts, (0.05 + 0.02 * load).clip(0.01, 0.3))
        stars = (4.3 - 0.8 * complaints / contacts + rng.normal(0, 0.4, len(person))).clip(1, 5)
        stars = np.where(rng.random(len(person)) < 0.35, np.nan, np.round(stars, 1))
        parts.append((person, np.full(len(person), day), contacts, complaints, stars))
    return CustomerDays(*(np.concatenate(column) for column in zip(*parts, strict=True)))
