"""Nobody is told by a number: teams under five merged, so that no difference tells them either.

What a reader could subtract is a published team from another, or all published teams from the
whole. So the small ones go together, and where together they are still under five, the next
smallest joins them; and where teams of one breakdown leave one to four people of a team of another
breakdown uncovered, the team that covers it most nearly goes in as well.

Who counts is who is modelled. Those who refuse profiling count at a known rate: five people of whom
four refuse are one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from features.history.columns import Bools, Floats, Ints, Strings, codes

MIN_PEOPLE = 5


@dataclass(frozen=True)
class Group:
    """People shown as one number: a team, or where `merged` several and those of none.

    `modelled` are those of them who do not refuse profiling; None: nobody does.
    """

    team: str
    mask: Bools
    merged: bool = False
    modelled: Bools | None = None

    @property
    def size(self) -> int:
        """How many people it has."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def counted(self) -> Bools:
        """Those of them whom the number would tell of."""
        return self.mask if self.modelled is None else self.modelled

    @cached_property
    def n_counted(self) -> int:
        """How many those are."""
        return int(np.count_nonzero(self.counted))


def shown_groups(
    teams: Mapping[str, Strings],
    modelled: Bools,
    leaking: Callable[[Sequence[Group]], Group | None] = lambda groups: None,
) -> dict[str, list[Group]]:
    """The groups of each breakdown that can be shown beside each other and beside the whole.

    Args:
        teams: Per breakdown, each invited person's team, "" where unknown.
        modelled: Who of them does not refuse profiling.
        leaking: Of a breakdown's groups, one whose number would tell of a few people beside what
            was told before; it goes in with others, as small ones do.

    Returns:
        Per breakdown, groups that part the invited, the largest first, of five modelled at least;
        no group at all where nothing finer than the whole can be shown.

    >>> city = np.array(["A"] * 6 + ["B"] * 3 + ["C"] * 3, dtype=object)
    >>> found = shown_groups({"city": city}, np.ones(12, dtype=bool))
    >>> [(group.team, group.size, group.merged) for group in found["city"]]
    [('A', 6, False), ('', 6, True)]
    """
    shown = {name: merged_small(_groups(of_person, modelled)) for name, of_person in teams.items()}
    while leak := next(chain(_leaking_ones(shown, leaking), _leaks(shown)), None):
        name, group = leak
        shown[name] = _with_company(shown[name], group)
    return {name: groups if len(groups) > 1 else [] for name, groups in shown.items()}


def _leaking_ones(
    shown: Mapping[str, Sequence[Group]], leaking: Callable[[Sequence[Group]], Group | None]
) -> Iterator[tuple[str, Group]]:
    for name, groups in shown.items():
        group = leaking(groups) if len(groups) > 1 else None
        if group is not None:
            yield name, group


def _with_company(groups: Sequence[Group], group: Group) -> list[Group]:
    """The groups with this one inside the merged one, or else together with the smallest other."""
    others = [one for one in groups if one is not group]
    partner = min(others, key=lambda one: (not one.merged, one.n_counted, one.team))
    rest = [one for one in others if one is not partner]
    return merged_small([*rest, _together([group, partner])])


def merged_small(groups: Sequence[Group]) -> list[Group]:
    """The groups with all too small, or merged already, as one of at least five modelled."""
    ordered = sorted(groups, key=lambda group: (not group.merged, group.n_counted, group.team))
    n_people, n_merged = 0, 0
    for group in ordered:
        if not (
            group.merged or group.n_counted < MIN_PEOPLE or (n_merged and n_people < MIN_PEOPLE)
        ):
            break
        n_people += group.n_counted
        n_merged += 1
    inside, kept = ordered[:n_merged], ordered[n_merged:]
    if inside:
        kept.append(_together(inside))
    return sorted(kept, key=lambda group: (group.merged, -group.size, group.team))


def _together(groups: Sequence[Group]) -> Group:
    mask, counted = ([getattr(group, name) for group in groups] for name in ("mask", "counted"))
    return Group("", np.logical_or.reduce(mask), True, np.logical_or.reduce(counted))


def base_rates(probability: Floats, modelled: Bools, team: Ints) -> Floats:
    """The probabilities with everyone not modelled at the mean of their team's modelled people.

    `probability` has a value per person, read where `modelled`; a team of fewer than five modelled
    people, or none (-1), takes the mean of all.

    >>> base_rates(np.array([0.2, 0.4, 0.0]), np.array([True, True, False]), np.zeros(3, int))
    array([0.2, 0.4, 0.3])
    """
    overall = float(probability[modelled].mean()) if modelled.any() else 0.0
    n_teams = int(team.max(initial=-1)) + 1
    known = modelled & (team >= 0)
    n = np.bincount(team[known], minlength=n_teams)
    total = np.bincount(team[known], probability[known], minlength=n_teams)
    rate = np.where(n >= MIN_PEOPLE, total / np.maximum(n, 1), overall)
    return np.where(modelled, probability, np.append(rate, overall)[team])


def whole_percent(count: int, of: int) -> int:
    """The count in percent, from whole people, so that it tells no more than they do; at most 100.

    A count may have people who are invited later, or come by themselves: no share is above all.

    >>> whole_percent(1, 3), whole_percent(7, 6)
    (33, 100)
    """
    return min(round(100 * count / of), 100) if of else 0


def _groups(of_person: Strings, modelled: Bools) -> list[Group]:
    number, names = codes(of_person)
    present = [(-1, ""), *enumerate(names.tolist())]
    masks = [(name, number == place) for place, name in present]
    return [Group(name, mask, name == "", mask & modelled) for name, mask in masks if mask.any()]


def _leaks(shown: Mapping[str, Sequence[Group]]) -> Iterator[tuple[str, Group]]:
    """(breakdown, group) that with others tells of one to four people of another breakdown."""
    for finer, parts in shown.items():
        for coarser, wholes in shown.items():
            if finer != coarser and len(parts) > 1:
                yield from ((finer, group) for group in _nearly_covering(parts, wholes))


def _nearly_covering(parts: Sequence[Group], wholes: Sequence[Group]) -> Iterator[Group]:
    """A part that, with its like, covers all but one to four of some whole or of its complement.

    Of all of them, or of those modelled.
    """
    everyone = np.ones(len(parts[0].mask), dtype=bool)
    for people in (everyone, np.logical_or.reduce([part.counted for part in parts])):
        shared = _shared(parts, wholes, people)
        sizes, n_people = shared.sum(axis=1), int(shared.sum())
        for in_whole, size in zip(shared.T, shared.sum(axis=0).tolist(), strict=True):
            for in_target, n in ((in_whole, size), (sizes - in_whole, n_people - size)):
                inside = np.flatnonzero(in_target == sizes)
                n_left = n - int(sizes[inside].sum())
                if len(inside) and 0 < n_left < MIN_PEOPLE:
                    # the smallest real team costs the least detail
                    covering = [parts[one] for one in inside.tolist()]
                    yield min(covering, key=lambda part: (part.merged, part.n_counted, part.team))


def _shared(parts: Sequence[Group], wholes: Sequence[Group], people: Bools) -> Ints:
    """How many of the people each part shares with each whole; both part all of them."""
    cell = _numbered(parts) * len(wholes) + _numbered(wholes)
    cells = np.bincount(cell[people], minlength=len(parts) * len(wholes))
    return cells.reshape(len(parts), len(wholes))


def _numbered(groups: Sequence[Group]) -> Ints:
    """The number of each person's group."""
    found = np.zeros(len(groups[0].mask), dtype=np.int64)
    for number, group in enumerate(groups):
        found[group.mask] = number
    return found
