"""Nobody is told by a number: teams under five merged, so that no difference tells them either.

What a reader could subtract is a published team from another, or all published teams from the
whole. So the small ones go together, and where together they are still under five, the next
smallest joins them; and where teams of one breakdown leave one to four people of a team of another
breakdown uncovered, the team that covers it most nearly goes in as well.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from features.history.columns import Bools, Floats, Ints, Strings

MIN_PEOPLE = 5


@dataclass(frozen=True)
class Group:
    """People shown as one number: a team, or where `merged` several and those of none."""

    team: str
    mask: Bools
    merged: bool = False

    @property
    def size(self) -> int:
        """How many people it has."""
        return int(np.count_nonzero(self.mask))


def shown_groups(
    teams: Mapping[str, Strings], is_near: Callable[[Group], bool] = lambda group: False
) -> dict[str, list[Group]]:
    """The groups of each breakdown that can be shown beside each other and beside the whole.

    Args:
        teams: Per breakdown, each invited person's team, "" where unknown.
        is_near: Whether a group's number would tell of a few people beside what was told before;
            it goes in with others, as small ones do.

    Returns:
        Per breakdown, groups that part the invited, each of at least five, by falling size;
        no group at all where nothing finer than the whole can be shown.

    >>> found = shown_groups({"city": np.array(["A"] * 6 + ["B"] * 3 + ["C"] * 3, dtype=object)})
    >>> [(group.team, group.size, group.merged) for group in found["city"]]
    [('A', 6, False), ('', 6, True)]
    """
    shown = {name: merged_small(_groups(of_person)) for name, of_person in teams.items()}
    while leak := next(chain(_near_ones(shown, is_near), _leaks(shown)), None):
        name, group = leak
        shown[name] = _with_company(shown[name], group)
    return {name: groups if len(groups) > 1 else [] for name, groups in shown.items()}


def _near_ones(
    shown: Mapping[str, Sequence[Group]], is_near: Callable[[Group], bool]
) -> Iterator[tuple[str, Group]]:
    return ((name, group) for name, groups in shown.items() if len(groups) > 1
            for group in groups if is_near(group))  # fmt: skip


def _with_company(groups: Sequence[Group], group: Group) -> list[Group]:
    """The groups with this one inside the merged one, or else together with the smallest other."""
    others = [one for one in groups if one is not group]
    partner = min(others, key=lambda one: (not one.merged, one.size, one.team))
    rest = [one for one in others if one is not partner]
    return merged_small([*rest, Group("", group.mask | partner.mask, True)])


def merged_small(groups: Sequence[Group]) -> list[Group]:
    """The groups with all that are too small, or merged already, as one of at least five."""
    ordered = sorted(groups, key=lambda group: (not group.merged, group.size, group.team))
    n_people, n_merged = 0, 0
    for group in ordered:
        if not (group.merged or group.size < MIN_PEOPLE or 0 < n_people < MIN_PEOPLE):
            break
        n_people += group.size
        n_merged += 1
    inside, kept = ordered[:n_merged], ordered[n_merged:]
    if inside:
        kept.append(Group("", np.logical_or.reduce([group.mask for group in inside]), True))
    return sorted(kept, key=lambda group: (group.merged, -group.size, group.team))


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
    """The count in percent, from whole people, so that it tells no more than they do.

    >>> whole_percent(1, 3)
    33
    """
    return round(100 * count / of) if of else 0


def _groups(of_person: Strings) -> list[Group]:
    names, number = np.unique(of_person.astype(str), return_inverse=True)
    masks = number == np.arange(len(names))[:, None]
    return [Group(str(name), mask, name == "") for name, mask in zip(names, masks, strict=True)]


def _leaks(shown: Mapping[str, Sequence[Group]]) -> Iterator[tuple[str, Group]]:
    """(breakdown, group) that with others tells of one to four people of another breakdown."""
    for finer, parts in shown.items():
        for coarser, wholes in shown.items():
            if finer != coarser and len(parts) > 1:
                yield from ((finer, group) for group in _nearly_covering(parts, wholes))


def _nearly_covering(parts: Sequence[Group], wholes: Sequence[Group]) -> Iterator[Group]:
    """A part that, with its like, covers all but one to four of some whole or of its complement."""
    n_people = len(parts[0].mask)
    shared, sizes = _shared(parts, wholes), np.array([part.size for part in parts])
    for number, whole in enumerate(wholes):
        for in_target, size in (
            (shared[:, number], whole.size),
            (sizes - shared[:, number], n_people - whole.size),
        ):
            inside = np.flatnonzero(in_target == sizes)
            n_left = size - int(sizes[inside].sum())
            if len(inside) and 0 < n_left < MIN_PEOPLE:
                # the smallest real team costs the least detail
                covering = [parts[one] for one in inside.tolist()]
                yield min(covering, key=lambda part: (part.merged, part.size, part.team))


def _shared(parts: Sequence[Group], wholes: Sequence[Group]) -> Ints:
    """How many people each part shares with each whole; both part the same people."""
    part, whole = _numbered(parts), _numbered(wholes)
    cells = np.bincount(part * len(wholes) + whole, minlength=len(parts) * len(wholes))
    return cells.reshape(len(parts), len(wholes))


def _numbered(groups: Sequence[Group]) -> Ints:
    """The number of each person's group."""
    found = np.zeros(len(groups[0].mask), dtype=np.int64)
    for number, group in enumerate(groups):
        found[group.mask] = number
    return found
