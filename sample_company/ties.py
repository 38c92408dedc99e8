"""Who writes to whom: colleagues of one project group, and some across the company."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from sample_company.organisation import Bools, Floats, Ints, Organisation
from sample_company.settings import DAY, Settings

IN_GROUP, ACROSS = 3, 2


@dataclass(frozen=True)
class Ties:
    """Undirected ties with their strength, each over [start, end)."""

    one: Ints
    other: Ints
    strength: Floats
    start: Ints
    end: Ints

    def shares(self, people: Ints, at: int, n_people: int) -> sparse.csr_matrix:
        """Rows of each person's ties among `people` at that moment, summing to one or zero."""
        position = np.full(n_people, -1, dtype=np.int64)
        position[people] = np.arange(len(people))
        a, b = position[self.one], position[self.other]
        held: Bools = (self.start <= at) & (at < self.end) & (a >= 0) & (b >= 0)
        a, b, strength = a[held], b[held], self.strength[held]
        rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
        weight = np.concatenate([strength, strength])
        total = np.bincount(rows, weights=weight, minlength=len(people))
        shape = (len(people), len(people))
        return sparse.csr_matrix((weight / total[rows], (rows, columns)), shape=shape)


def make_ties(settings: Settings, people: Organisation) -> Ties:
    """Ties while two people share a group, and ties across groups while both work here."""
    rng = settings.rng("ties")
    spells = people.spells
    order = np.argsort(spells.group, kind="stable")
    first = np.searchsorted(spells.group[order], np.arange(len(people.groups.names) + 1))
    one = np.repeat(np.arange(len(order)), IN_GROUP)
    low, high = first[spells.group[one]], first[spells.group[one] + 1]
    other = order[(low + rng.random(len(one)) * (high - low)).astype(np.int64)]
    near = (spells.person[one], spells.person[other],
            np.maximum(spells.start[one], spells.start[other]),
            np.minimum(spells.end[one], spells.end[other]))  # fmt: skip
    a, b = _across(people, rng)
    far = (a, b, np.maximum(people.hired[a], people.hired[b]),
           np.minimum(people.left[a], people.left[b]))  # fmt: skip
    one, other, start, end = (np.concatenate(pair) for pair in zip(near, far, strict=True))
    kept = (one != other) & (np.maximum(start, settings.begin) + DAY < end)
    strength = rng.gamma(1.2, 1.0, len(one)) + 0.1
    return Ties(one[kept], other[kept], strength[kept], start[kept], end[kept])


def _across(people: Organisation, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Pairs of people, mostly of one city."""
    n = people.n_people
    one = np.repeat(np.arange(n), ACROSS)
    city = people.first[:, 1]
    order = np.argsort(city, kind="stable")
    first = np.searchsorted(city[order], np.arange(city.max() + 2))
    low, high = first[city[one]], first[city[one] + 1]
    near = order[(low + rng.random(len(one)) * (high - low)).astype(np.int64)]
    return one, np.where(rng.random(len(one)) < 0.7, near, rng.integers(0, n, len(one)))
