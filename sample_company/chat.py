"""Counts of messages by pair, day and channel; there are no texts anywhere in the simulation."""

from dataclasses import dataclass

import numpy as np

from sample_company.organisation import Ints
from sample_company.settings import CHINA, DAY, local_days
from sample_company.world import World

A_DAY = 0.105
CHANNELS, CHANNEL_SHARES = ("即时消息", "邮件", "会议"), (0.80, 0.14, 0.06)


@dataclass(frozen=True)
class Messages:
    """One row per sender, receiver, day and channel, in order of day."""

    sender: Ints
    receiver: Ints
    day: Ints
    channel: Ints
    count: Ints


def messages(world: World) -> Messages:
    """Days on which tied people wrote to each other; stronger ties write on more days."""
    rng, ties = world.settings.rng("chat"), world.cast.ties
    days = local_days(world.settings.begin, world.settings.end)
    first = np.searchsorted(days, -(-(ties.start + CHINA) // DAY))
    last = np.searchsorted(days, np.minimum(ties.end + CHINA, (days[-1] + 1) * DAY) // DAY)
    length = np.maximum(last - first, 0)
    per_tie = rng.poisson(A_DAY * ties.strength * length)
    tie = np.repeat(np.arange(len(length)), per_tie)
    day = first[tie] + (rng.random(len(tie)) * length[tie]).astype(np.int64)
    flipped = rng.random(len(tie)) < 0.5
    sender = np.where(flipped, ties.other[tie], ties.one[tie])
    receiver = np.where(flipped, ties.one[tie], ties.other[tie])
    channel = rng.choice(len(CHANNELS), len(tie), p=CHANNEL_SHARES)
    n = world.people.n_people
    key = np.unique(((day * n + sender) * n + receiver) * len(CHANNELS) + channel)
    key, channel = np.divmod(key, len(CHANNELS))
    key, receiver = np.divmod(key, n)
    day, sender = np.divmod(key, n)
    return Messages(sender, receiver, days[day], channel, 1 + rng.poisson(5, len(day)))
