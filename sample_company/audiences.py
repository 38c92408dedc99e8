"""Who is invited: audiences as expressions, drawn for an activity, and whom they fit."""

from collections.abc import Callable
from typing import Any

import numpy as np

from sample_company.organisation import Bools, Organisation
from sample_company.vocabulary import CITY_NAMES, FUNCTIONS, LEVELS

Audience = dict[str, Any] | None
NAMES = {"function": FUNCTIONS, "city": CITY_NAMES, "level": LEVELS}
COLUMNS = {"function": 0, "city": 1, "level": 2}
Draw = Callable[[np.random.Generator, str | None, list[str]], Audience]


def fits(audience: Audience, people: Organisation, at: int) -> Bools:
    """Who, whether or not they work here then, fits the expression at that moment."""
    mask = np.ones(people.n_people, dtype=bool)
    for key, value in (audience or {}).items():
        mask &= _fits(key, value, people, at)
    return mask


def _fits(key: str, value: Any, people: Organisation, at: int) -> Bools:
    if key == "any":
        either: Bools = np.any([fits(part, people, at) for part in value], axis=0)
        return either
    if key == "not":
        return ~fits(value, people, at)
    if key == "tenure_days":
        tenure = people.tenure_days(at)
        low, high = float(value.get("at_least", -np.inf)), float(value.get("below", np.inf))
        return (tenure >= low) & (tenure < high)
    if key == "project_group":
        codes = [people.group_ids.index(name) for name in value]
        return np.isin(people.group_at(at), codes)
    codes = [NAMES[key].index(name) for name in value]
    return np.isin(people.fields_at(at)[:, COLUMNS[key]], codes)


def _everyone(rng: np.random.Generator, city: str | None, groups: list[str]) -> Audience:
    return {"city": [city]} if city else None


def _function(rng: np.random.Generator, city: str | None, groups: list[str]) -> Audience:
    function = FUNCTIONS[int(rng.choice(3, p=(0.5, 0.3, 0.2)))]
    return {"city": [city], "function": [function]} if city else {"function": [function]}


def _city(rng: np.random.Generator, city: str | None, groups: list[str]) -> Audience:
    return {"city": [city or CITY_NAMES[int(rng.integers(len(CITY_NAMES)))]]}


def _function_in_cities(rng: np.random.Generator, city: str | None, groups: list[str]) -> Audience:
    chosen = rng.choice(len(CITY_NAMES), 2, replace=False)
    cities = [city] if city else [CITY_NAMES[number] for number in sorted(chosen)]
    return {"city": cities, "function": [FUNCTIONS[int(rng.choice(3, p=(0.5, 0.3, 0.2)))]]}


def _new_people(rng: np.random.Generator, city: str | None, groups: list[str]) -> Audience:
    return {"tenure_days": {"below": int(rng.choice([90, 180, 365]))}}


def _groups(rng: np.random.Generator, city: str | None, groups: list[str]) -> Audience:
    n_most = max(2, min(12, len(groups) // 3))
    n = int(rng.integers(min(2, n_most), n_most + 1))
    chosen = rng.choice(len(groups), n, replace=False)
    return {"project_group": [groups[number] for number in sorted(chosen)]}


def _levels(rng: np.random.Generator, city: str | None, groups: list[str]) -> Audience:
    return {"level": ["P4", "P5"]} if rng.random() < 0.5 else {"level": ["P7", "P8", "P9"]}


def _composed(rng: np.random.Generator, city: str | None, groups: list[str]) -> Audience:
    if rng.random() < 0.5:
        return {"not": {"tenure_days": {"below": 90}}}
    cities = [{"city": [city or "成都"]}, {"function": ["corporate"]}]
    return {"any": cities, "tenure_days": {"at_least": 30}}


DRAWS: tuple[tuple[Draw, float], ...] = (
    (_everyone, 0.20), (_function, 0.24), (_city, 0.12), (_function_in_cities, 0.14),
    (_new_people, 0.06), (_groups, 0.14), (_levels, 0.06), (_composed, 0.04),
)  # fmt: skip


def draw_audience(
    rng: np.random.Generator, chance: float, city: str | None, groups: list[str]
) -> Audience:
    """An audience for an activity in the office of that city, or online (None).

    `chance` in [0, 1) decides its kind.
    """
    shares = np.cumsum([share for _draw, share in DRAWS])
    number = min(int(np.searchsorted(shares, chance, side="right")), len(DRAWS) - 1)
    return DRAWS[number][0](rng, city, groups)
