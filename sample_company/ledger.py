"""Points earned by taking part and on birthdays, and what they were exchanged for."""

from dataclasses import dataclass

import numpy as np

from sample_company import model
from sample_company.organisation import Bools, Floats, Ints
from sample_company.settings import CHINA, DAY, HOUR, Settings
from sample_company.world import World

BIRTHDAY, LEAST = 20, 50
REDEEMS = (0.04, 0.60)
REASONS = ("参加活动", "生日积分", "积分兑换")
ITEMS = ("咖啡券", "图书卡", "定制水杯", "电影票", "健身月卡", "公益捐赠", "调休半天", "午餐券")


@dataclass(frozen=True)
class Ledger:
    """Entries in order of time; `activity` is a position in `ids`, -1 for none.

    `redeemer` exchanged `redeemed` points for `item` at `redeemed_at`.
    """

    ids: list[str]
    person: Ints
    time: Ints
    amount: Ints
    reason: Ints
    activity: Ints
    redeemer: Ints
    redeemed_at: Ints
    redeemed: Ints
    item: Ints


def make_ledger(world: World) -> Ledger:
    """All entries strictly before the end; nobody spends what they do not have."""
    rng = world.settings.rng("ledger")
    ids, earned = _earned(world)
    birthdays = _birthdays(world, rng)
    gained = _joined([earned, birthdays])
    who, when, spent = _redeemed(world, gained, rng)
    n = len(who)
    lost = (who, when, -spent, np.full(n, 2), np.full(n, -1))
    person, time, amount, reason, activity = _joined([gained, lost])
    order = np.lexsort((reason, activity, person, time))
    item = rng.integers(0, len(ITEMS), n)
    return Ledger(ids, person[order], time[order], amount[order], reason[order], activity[order],
                  who, when, spent, item)  # fmt: skip


Entries = tuple[Ints, Ints, Ints, Ints, Ints]


def _joined(parts: list[Entries]) -> Entries:
    person, time, amount, reason, activity = map(np.concatenate, zip(*parts, strict=True))
    return person, time, amount, reason, activity


def _earned(world: World) -> tuple[list[str], Entries]:
    ids: list[str] = []
    parts: list[Entries] = []
    for activity_id, activity in world.activities.items():
        paid = activity.final_start + activity.ends - activity.starts + HOUR
        outcome = world.outcomes[activity_id]
        who = outcome.people[outcome.took_part]
        who = who[world.people.left[who] > paid]
        if paid < world.settings.end and len(who):
            number, n = len(ids), len(who)
            ids.append(activity_id)
            parts.append((who, np.full(n, paid), np.full(n, activity.reward_points),
                          np.zeros(n, np.int64), np.full(n, number)))  # fmt: skip
    return ids, _joined(parts)


def _birthdays(world: World, rng: np.random.Generator) -> Entries:
    settings, people = world.settings, world.people
    birthday = rng.integers(0, 365, people.n_people) * DAY
    parts = []
    for year in range(int(settings.years) + 1):
        at = settings.begin + birthday + year * 365 * DAY + 2 * HOUR
        who = np.flatnonzero((people.hired < at) & (at < people.left) & (at < settings.end))
        parts.append((who, at[who]))
    who, time = (np.concatenate(column) for column in zip(*parts, strict=True))
    n = len(who)
    return who, time, np.full(n, BIRTHDAY), np.ones(n, np.int64), np.full(n, -1)


def _redeemed(world: World, gained: Entries, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Once a month some exchange part of their balance; those keen on points much more often."""
    person, time, amount, _reason, _activity = gained
    n, keenness = world.people.n_people, world.cast.latent.keenness
    chance = np.where(keenness > np.mean(model.KEENNESS), REDEEMS[1], REDEEMS[0])
    balance, parts, begin = np.zeros(n), [], 0
    for close in _closes(world.settings):
        inside = (time >= begin) & (time < close)
        balance += np.bincount(person[inside], weights=amount[inside], minlength=n)
        spent = np.floor(balance * rng.uniform(0.5, 1.0, n) / 10) * 10
        at = close + (rng.random(n) * 12 * HOUR).astype(np.int64)
        who = np.flatnonzero(
            (spent >= LEAST) & (rng.random(n) < chance) & _able(world, at, world.settings.end)
        )
        balance[who] -= spent[who]
        parts.append((who, at[who], spent[who].astype(np.int64)))
        begin = close
    people, moments, points = map(np.concatenate, zip(*parts, strict=True))
    return people, moments, points


def _able(world: World, at: Ints, end: int) -> Bools:
    return (world.people.left > at) & (at < end)


def _closes(settings: Settings) -> list[int]:
    """09:00 local of every thirtieth day."""
    return [
        at + 9 * HOUR - CHINA for at in range(settings.begin + 30 * DAY, settings.end, 30 * DAY)
    ]


def redeemed_points(ledger: Ledger, n_people: int) -> Floats:
    """The points that each person exchanged."""
    weights = ledger.redeemed.astype(np.float64)
    return np.asarray(np.bincount(ledger.redeemer, weights=weights, minlength=n_people))
