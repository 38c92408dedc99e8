"""Hires, leavers, changes of function, city and level, and everyone's time in project groups."""

from dataclasses import dataclass, field

import numpy as np

from sample_company.groups import Reorganisation, make_groups
from sample_company.organisation import Bools, Changes, Groups, Ints, Organisation, Spells
from sample_company.settings import CHINA, DAY, HOUR, NEVER, Settings
from sample_company.vocabulary import CITIES, LEVEL_SHARES, LEVELS

YEAR = 365 * DAY
LEAVING_A_YEAR, HIRED_A_YEAR = 0.12, 0.125
GROUP_MOVES, CITY_MOVES, FUNCTION_MOVES, PROMOTED = 0.08, 0.015, 0.01, 0.08
IN_GROUPS_CITY, OPTED_OUT = 0.8, 0.02
FUNCTION, CITY, LEVEL = 0, 1, 2
MOVE, REORGANISE = 3, 4


@dataclass
class Diary:
    """Group moves and changes, collected person by person; `group` is where each is now."""

    group: Ints
    since: Ints
    spells: list[tuple[int, int, int, int]] = field(default_factory=list)
    changes: list[tuple[int, int, int, int]] = field(default_factory=list)

    def move(self, person: int, group: int, at: int) -> None:
        """Close the person's time in a group at `at` and begin another; -1: no other."""
        if self.group[person] >= 0 and self.since[person] < at:
            self.spells.append((person, int(self.group[person]), int(self.since[person]), at))
        self.group[person], self.since[person] = group, at


def make_organisation(settings: Settings) -> Organisation:
    """The organisation from the beginning to the horizon."""
    rng = settings.rng("people")
    groups, change = make_groups(settings)
    hired, left = _employment(settings, rng)
    n = len(hired)
    start = np.maximum(hired, groups.founded[0])
    group = np.array([_pick(groups, -1, int(at), rng) for at in start])
    first = np.zeros((n, 3), dtype=np.int64)
    first[:, FUNCTION] = groups.function[group]
    elsewhere = rng.random(n) >= IN_GROUPS_CITY
    anywhere = rng.choice(len(CITIES), n, p=[city.share for city in CITIES])
    first[:, CITY] = np.where(elsewhere, anywhere, groups.city[group])
    first[:, LEVEL] = rng.choice(len(LEVELS), n, p=LEVEL_SHARES)
    diary = Diary(group, start)
    _live(settings, rng, diary, groups, change, first, hired, left)
    later = rng.integers(settings.begin, settings.end, n) // DAY * DAY + 9 * HOUR - CHINA
    opted_out = np.where(rng.random(n) < 0.5, hired, np.maximum(later, hired))
    return Organisation(
        hired=hired,
        left=left,
        first=first,
        opted_out_from=np.where(rng.random(n) < OPTED_OUT, opted_out, NEVER),
        changes=_changes(diary),
        groups=groups,
        spells=_spells(diary, rng),
    )


def _employment(settings: Settings, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """When each person was hired (09:00 on a weekday, July busiest) and left."""
    n_new = round(settings.employees * HIRED_A_YEAR * settings.years)
    tenure = rng.gamma(1.4, 2.2, settings.employees) * YEAR
    before = settings.begin - np.minimum(tenure, 14 * YEAR).astype(np.int64) - DAY
    days = np.arange(settings.begin, settings.horizon, DAY)
    month = days.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
    weekday = (days // DAY + 3) % 7
    weight = np.where(weekday < 5, 1.0, 0.0) * np.where(month == 6, 2.5, 1.0)
    weight *= np.where(weekday == 0, 3.0, 1.0)
    later = rng.choice(days, n_new, p=weight / weight.sum())
    hired = np.sort(np.concatenate([before, later])) // DAY * DAY + 9 * HOUR - CHINA
    stay = rng.exponential(YEAR / LEAVING_A_YEAR, len(hired)).astype(np.int64)
    leaves = np.maximum(hired, settings.begin) + np.maximum(stay, 20 * DAY)
    leaves = leaves // DAY * DAY + 18 * HOUR - CHINA
    return hired, np.where(leaves < settings.horizon, leaves, NEVER)


def _pick(groups: Groups, function: int, at: int, rng: np.random.Generator) -> int:
    """A group that stands at `at`, of this function (-1: any), larger ones more often."""
    weight = groups.size * (groups.founded <= at) * (at < groups.dissolved)
    if function >= 0:
        weight = weight * (groups.function == function)
    else:
        share = np.bincount(groups.function, weights=weight)
        weight = weight * (np.array([0.6, 0.25, 0.15]) / share)[groups.function]
    return int(np.searchsorted(np.cumsum(weight), rng.random() * weight.sum(), side="right"))


def _live(
    settings: Settings,
    rng: np.random.Generator,
    diary: Diary,
    groups: Groups,
    change: Reorganisation,
    first: Ints,
    hired: Ints,
    left: Ints,
) -> None:
    """Walk through all moves in order of time."""
    fields = first.copy()
    for at, person, what in _events(settings, rng, hired, change.time):
        if what == REORGANISE:
            _reorganise(diary, groups, change, fields[:, FUNCTION], hired, left, rng)
        elif hired[person] < at < left[person]:
            _change(diary, fields, person, what, at, rng)
            if what in (FUNCTION, MOVE):
                function = int(fields[person, FUNCTION])
                diary.move(person, _pick(groups, function, at, rng), at)
    for person in np.flatnonzero(left < NEVER).tolist():
        diary.move(person, -1, int(left[person]))


def _change(
    diary: Diary, fields: Ints, person: int, what: int, at: int, rng: np.random.Generator
) -> None:
    """Another function or city, or the next level; a move of group changes none of them."""
    former = int(fields[person, what]) if what < MOVE else 0
    value = {
        FUNCTION: (former + int(rng.integers(1, 3))) % 3,
        CITY: int(rng.integers(len(CITIES))),
        LEVEL: min(former + 1, len(LEVELS) - 1),
    }.get(what, former)
    if value != former:
        fields[person, what] = value
        diary.changes.append((at, person, what, value))


def _events(
    settings: Settings, rng: np.random.Generator, hired: Ints, reorganised: int
) -> list[tuple[int, int, int]]:
    events = [(reorganised, -1, REORGANISE)]
    rates = ((FUNCTION, FUNCTION_MOVES), (CITY, CITY_MOVES), (MOVE, GROUP_MOVES))
    days = np.arange(settings.begin + DAY, settings.horizon, DAY)
    mondays = days[(days // DAY + 3) % 7 == 0] // DAY * DAY + 9 * HOUR - CHINA
    for what, rate in rates:
        who = np.flatnonzero(rng.random(len(hired)) < rate * settings.years)
        events += [(int(rng.choice(mondays)), int(person), what) for person in who]
    month = days.astype("datetime64[s]").astype("datetime64[M]")
    firsts = days[np.append(False, month[1:] != month[:-1])] // DAY * DAY + 9 * HOUR - CHINA
    for at in firsts:
        if np.int64(at).astype("datetime64[s]").astype("datetime64[M]").astype(int) % 6 == 3:
            who = np.flatnonzero((rng.random(len(hired)) < PROMOTED) & (hired < at - YEAR))
            events += [(int(at), int(person), LEVEL) for person in who]
    return sorted(events)


def _reorganise(
    diary: Diary,
    groups: Groups,
    change: Reorganisation,
    function: Ints,
    hired: Ints,
    left: Ints,
    rng: np.random.Generator,
) -> None:
    here = left > change.time
    into = dict(zip(change.dissolved.tolist(), change.into.tolist(), strict=True))
    for person in np.flatnonzero(here & np.isin(diary.group, change.dissolved)).tolist():
        target = into[int(diary.group[person])]
        if target < 0:
            target = _pick(groups, int(function[person]), change.time, rng)
        _transfer(diary, person, target, change.time, hired)
    for group in change.new.tolist():
        peers = np.flatnonzero(here & (hired < change.time) & _of(diary, groups, group, function))
        n_moved = min(len(peers) // 4, round(len(hired) / len(groups.names) * 0.7))
        for person in rng.choice(peers, n_moved, replace=False).tolist():
            _transfer(diary, person, group, change.time, hired)


def _of(diary: Diary, groups: Groups, group: int, function: Ints) -> Bools:
    peers: Bools = (function == groups.function[group]) & (diary.group != group)
    return peers


def _transfer(diary: Diary, person: int, group: int, at: int, hired: Ints) -> None:
    """Move someone, or, hired later, start them in the other group."""
    if hired[person] >= at:
        diary.group[person] = group
    else:
        diary.move(person, group, at)


def _changes(diary: Diary) -> Changes:
    table = np.array(sorted(diary.changes), dtype=np.int64).reshape(-1, 4)
    return Changes(*(np.ascontiguousarray(column) for column in table.T))


def _spells(diary: Diary, rng: np.random.Generator) -> Spells:
    going_on = np.flatnonzero(diary.group >= 0)
    still = [(int(p), int(diary.group[p]), int(diary.since[p]), NEVER) for p in going_on]
    table = np.array(sorted(diary.spells + still, key=lambda spell: (spell[2], spell)))
    person, group, start, end = (np.ascontiguousarray(column) for column in table.T)
    return Spells(person, group, start, end, rng.random(len(person)) < 0.04)
