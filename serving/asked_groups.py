"""Groups of people of whom numbers were told, and whether others differ from them by a few.

Each group is a row of bits, one a person: thousands of groups are compared in milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engagement.asked_audiences import Asked, Codes
from features.history.columns import Bools, Ints
from serving.privacy import MIN_PEOPLE

PAIRS_AT_ONCE = 20_000
PROBED_WORDS = 4
Bits = NDArray[np.uint64]


@dataclass(frozen=True)
class People:
    """Those an answer could be about: the code of each, and who of them refuses profiling."""

    codes: Codes
    refuses: Bools


class Seen:
    """Groups that were asked about, as a matrix of groups x people; others stand at its end."""

    def __init__(self, asked: Sequence[Asked], people: People, newest: int = 0) -> None:
        """Made of the entries up to the number of the `newest`."""
        self.asked = asked
        self.people = people
        self.newest = newest
        self._known = {one.members.tobytes() for one in asked}

    def is_known(self, mask: Bools) -> bool:
        """Whether just these people were asked about."""
        return np.sort(self.people.codes[mask]).tobytes() in self._known

    def mask_of(self, row: int) -> Bools:
        """Which of the people are in a group."""
        found: Bools = np.isin(self.people.codes, self.asked[row].members)
        return found

    def nearest(self, mask: Bools) -> int | None:
        """The row of a group from which these people differ by one to four, the first if several.

        Of those who do not refuse profiling, or of all.
        """
        if not self.asked:
            return None
        matrix = self._matrix
        apart = matrix.rows ^ matrix.bits(mask)
        near = np.zeros(len(self.asked), dtype=bool)
        for some in (apart, apart & matrix.counts):
            n_apart = n_bits(some)
            near |= (n_apart > 0) & (n_apart < MIN_PEOPLE)
        return int(near.argmax()) if near.any() else None

    def is_near_pair(self, mask: Bools) -> bool:
        """Whether two groups together, or one less another, differ from these by one to four.

        Of those who do not refuse profiling.
        """
        if len(self.asked) < 2:
            return False
        matrix = self._matrix
        one = matrix.bits(mask) & matrix.counts
        size, shared = int(n_bits(one)), n_bits(matrix.counted & one)
        parts = np.flatnonzero((matrix.sizes - shared < MIN_PEOPLE) & (shared > 0))
        wholes = np.flatnonzero((size - shared < MIN_PEOPLE) & (shared > 0))
        others = np.flatnonzero(shared < MIN_PEOPLE)
        together = matrix.pairs_of_size(size, parts, parts, 1)
        less = matrix.pairs_of_size(size, wholes, others, -1)
        return matrix.any_near(one, *together) or matrix.any_near(one, *less, less=True)

    @cached_property
    def _matrix(self) -> "_Matrix":
        return _Matrix(self.asked, self.people)


class _Matrix:
    """Who is in which group, a bit each; `counted` and `counts` leave out who refuses profiling."""

    def __init__(self, asked: Sequence[Asked], people: People) -> None:
        members = np.concatenate([one.members for one in asked])
        # who is not among the people any more keeps a column: to have left is a difference too
        known = np.unique(np.concatenate([people.codes, members]))
        # codes are digests, so that the first bits are of anybody, not of the first hired
        self._place = np.searchsorted(known, people.codes)
        self._n = len(known)
        ends = np.cumsum([len(one.members) for one in asked])
        places = np.split(np.searchsorted(known, members), ends[:-1])
        self.rows = np.stack([self._packed(one) for one in places])
        self.counts = ~self._packed(self._place[people.refuses])
        self.counted = self.rows & self.counts
        self.sizes = n_bits(self.counted)

    def bits(self, mask: Bools) -> Bits:
        """The people as a row."""
        return self._packed(self._place[mask])

    def _packed(self, places: Ints) -> Bits:
        found = np.zeros(-(-self._n // 64) * 64, dtype=bool)
        found[places] = True
        return np.packbits(found).view(np.uint64)

    def any_near(self, one: Bits, first: Ints, second: Ints, less: bool = False) -> bool:
        """Whether a group of the first, and one of the second or `less` it, is nearly these."""
        for begin in range(0, len(first), PAIRS_AT_ONCE):
            left = first[begin : begin + PAIRS_AT_ONCE]
            right = second[begin : begin + PAIRS_AT_ONCE]
            # some of the people first: most pairs differ by many of those
            alike = self._n_apart(one, left, right, less, slice(0, PROBED_WORDS)) < MIN_PEOPLE
            n_apart = self._n_apart(one, left[alike], right[alike], less, slice(None))
            if ((n_apart > 0) & (n_apart < MIN_PEOPLE)).any():
                return True
        return False

    def _n_apart(self, one: Bits, left: Ints, right: Ints, less: bool, words: slice) -> Ints:
        """In how many people each pair, counted together, is not these."""
        a, b, s = self.counted[left, words], self.counted[right, words], one[words]
        return n_bits(a ^ b ^ s | (b & s if less else a & b))

    def pairs_of_size(self, size: int, first: Ints, second: Ints, sign: int) -> tuple[Ints, Ints]:
        """Pairs whose sizes, added or taken off, make this one, but for less than five."""
        order = second[np.argsort(self.sizes[second], kind="stable")]
        sizes = self.sizes[order]
        wanted = sign * (size - self.sizes[first])
        low = np.searchsorted(sizes, wanted - MIN_PEOPLE, side="right")
        high = np.searchsorted(sizes, wanted + MIN_PEOPLE, side="left")
        n = np.maximum(high - low, 0)
        steps = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        return np.repeat(first, n), order[np.repeat(low, n) + steps]


def n_bits(bits: Bits) -> Ints:
    """How many people are in each row."""
    found: Ints = np.bitwise_count(bits).sum(axis=-1, dtype=np.int64)
    return found
