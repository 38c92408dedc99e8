"""Groups of people of whom numbers were told, and whether others differ from them by a few.

Each group is two rows of bits, one a person: who is in it, and who of those is modelled. Thousands
of groups are compared in milliseconds. A number is the sum of those modelled and of known rates, so
that it is the modelled by whom groups differ; where these are the same, it is all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engagement.asked_audiences import Asked, Codes
from features.history.columns import Bools, Ints, Strings
from serving.privacy import MIN_PEOPLE

PAIRS_AT_ONCE = 20_000
PROBED_WORDS = 4
# the code of whoever was erased, whom no group has
NOBODY = 0
ALL, MODELLED = 0, 1
Bits = NDArray[np.uint64]
Key = tuple[bytes, bytes]


@dataclass(frozen=True)
class People:
    """Those an answer could be about: the code and id of each, and who refuses profiling."""

    codes: Codes
    refuses: Bools
    ids: Strings


@dataclass(frozen=True)
class Some:
    """Some of the people, as masks over everyone: all of a group, and those modelled."""

    all: Bools
    modelled: Bools


class Seen:
    """Groups that were asked about, as matrices of groups x people; others stand at their end."""

    def __init__(self, asked: Sequence[Asked], people: People, newest: int = 0) -> None:
        """Made of the entries up to the number of the `newest`."""
        self.asked = asked
        self.people = people
        self.newest = newest

    def beside(self, some: Some) -> "Beside":
        """These people, to be compared with what was asked."""
        return Beside(self._matrix, some)

    def some_of(self, row: int) -> Some:
        """Who of the people are in a group, and were modelled."""
        one, codes = self.asked[row], self.people.codes
        inside = np.isin(codes, one.members)
        if one.n_modelled is None:
            return Some(inside, inside & ~self.people.refuses)
        return Some(inside, np.isin(codes, one.members[: one.n_modelled]))

    def can_tell(self, row: int) -> bool:
        """Whether numbers can be told of just these again: all who were modelled still can be."""
        modelled = self.some_of(row).modelled
        n = int(np.count_nonzero(modelled & ~self.people.refuses))
        return MIN_PEOPLE <= n == int(self._matrix.sizes[MODELLED][row])

    def is_told(self, parts: "Sequence[Beside]") -> bool:
        """Whether numbers were told of just these groups, together where there are several."""
        if len(parts) == 1:
            return parts[0].is_known
        return frozenset(part.key for part in parts) in self._matrix.breakdowns

    def nearly_made_of(self, parts: "Sequence[Beside]") -> int | None:
        """Which of the parts of a whole is, with others, all but one to four people of a group.

        Of a group that was asked about; the smallest of those parts, None where there is none.
        """
        matrix = self._matrix
        apart = matrix.apart_from_unions(MODELLED, matrix.all_rows, parts)
        near, same = _are_few(apart), np.flatnonzero(apart == 0)
        near[same] = _are_few(matrix.apart_from_unions(ALL, same, parts))
        near &= matrix.sizes[MODELLED] >= MIN_PEOPLE
        if not near.any():
            return None
        row = near.argmax()
        inside = [number for number, part in enumerate(parts)
                  if 2 * part.shared_modelled[row] > part.sizes[MODELLED]]  # fmt: skip
        return min(inside, key=lambda number: parts[number].sizes[MODELLED])

    @cached_property
    def _matrix(self) -> "_Matrix":
        return _Matrix(self.asked, self.people)


class Beside:
    """People beside the groups that were asked about: how many they share with each."""

    def __init__(self, matrix: "_Matrix", some: Some) -> None:
        self.matrix = matrix
        self.some = some
        self.bits = (matrix.bits(some.all), matrix.bits(some.modelled))
        self.sizes = (int(n_bits(self.bits[ALL])), int(n_bits(self.bits[MODELLED])))
        self.key = _key(*self.bits)

    @cached_property
    def shared_modelled(self) -> Ints:
        """How many of those modelled each group has too."""
        return n_bits(self.matrix.rows[MODELLED] & self.bits[MODELLED])

    def shared(self, of: int, rows: Ints) -> Ints:
        """How many of all, or of those modelled, some groups have too."""
        if of == MODELLED:
            return self.shared_modelled[rows]
        return n_bits(self.matrix.rows[of][rows] & self.bits[of])

    @property
    def is_known(self) -> bool:
        """Whether just these people were asked about, the same ones modelled."""
        return self.key in self.matrix.known

    @cached_property
    def near(self) -> Ints:
        """The rows of the groups from which these people differ by one to four."""
        apart = self.apart(MODELLED, self.matrix.all_rows)
        # all of them are counted but where it matters: that takes as long again
        near, same = _are_few(apart), np.flatnonzero(apart == 0)
        near[same] = _are_few(self.apart(ALL, same))
        return np.flatnonzero(near)

    def apart(self, of: int, rows: Ints) -> Ints:
        """In how many of all, or of those modelled, these differ from some groups."""
        return self.sizes[of] + self.matrix.sizes[of][rows] - 2 * self.shared(of, rows)

    @cached_property
    def leaks(self) -> bool:
        """Whether a number of these people would tell of one to four, beside what was told."""
        return not self.is_known and (len(self.near) > 0 or self.is_near_several)

    @property
    def is_near_several(self) -> bool:
        """Whether several groups differ from these by one to four.

        Parts of a breakdown that was told, however many; any two together, or one less another.
        """
        return self._is_near_union or self._is_near_pair

    @property
    def _is_near_union(self) -> bool:
        """Whether these are, but for one to four, parts of one breakdown, or what others leave.

        A part that is to more than half inside is taken, and what of it is outside is a difference.
        """
        matrix = self.matrix
        apart = self._apart_from_unions(MODELLED, matrix.all_rows)
        same = np.flatnonzero((apart == 0)[matrix.breakdown])
        return bool(
            _are_few(apart).any()
            or (len(same) and _are_few(self._apart_from_unions(ALL, same)).any())
        )

    def _apart_from_unions(self, of: int, rows: Ints) -> Ints:
        """Per breakdown, in how many these differ from what is nearest of its parts together."""
        matrix = self.matrix
        shared = self.shared(of, rows)
        # of each part, what is a difference, less what it covers
        change = np.minimum(shared, matrix.sizes[of][rows] - shared) - shared
        return self.sizes[of] + np.bincount(matrix.breakdown[rows], change).astype(np.int64)

    @property
    def _is_near_pair(self) -> bool:
        """Whether two groups together, or one less another, differ from these by one to four.

        Of those who are modelled.
        """
        matrix = self.matrix
        if len(matrix.breakdown) < 2:
            return False
        one, size, shared = self.bits[MODELLED], self.sizes[MODELLED], self.shared_modelled
        sizes = matrix.sizes[MODELLED]
        parts = np.flatnonzero((sizes - shared < MIN_PEOPLE) & (shared > 0))
        wholes = np.flatnonzero((size - shared < MIN_PEOPLE) & (shared > 0))
        others = np.flatnonzero(shared < MIN_PEOPLE)
        together = matrix.pairs_of_size(size, parts, parts, 1)
        less = matrix.pairs_of_size(size, wholes, others, -1)
        return matrix.any_near(one, *together) or matrix.any_near(one, *less, less=True)


class _Matrix:
    """Who is in which group, and who of them was modelled, a bit each."""

    def __init__(self, asked: Sequence[Asked], people: People) -> None:
        members = np.concatenate([people.codes[:0], *(one.members for one in asked)])
        # who is not among the people any more keeps a column: to have left is a difference too
        known = np.unique(np.concatenate([people.codes, members]))
        # codes are digests, so that the first bits are of anybody, not of the first hired
        self._place = np.searchsorted(known, people.codes)
        self._n = len(known)
        ends = np.cumsum([len(one.members) for one in asked])
        places = np.split(np.searchsorted(known, members), ends[:-1])
        refuses = self._packed(self._place[people.refuses])
        rows = [self._packed(place) for place, _ in zip(places, asked, strict=False)]
        modelled = [
            row & ~refuses if one.n_modelled is None else self._packed(place[: one.n_modelled])
            for row, place, one in zip(rows, places, asked, strict=False)
        ]
        self.rows = (self._stacked(rows), self._stacked(modelled))
        self.sizes = (n_bits(self.rows[ALL]), n_bits(self.rows[MODELLED]))
        numbers = np.array([one.breakdown for one in asked], dtype=np.int64)
        self.breakdown: Ints = np.unique(numbers, return_inverse=True)[1]
        keys = [_key(*pair) for pair in zip(*self.rows, strict=True)]
        self.known = set(keys)
        self.all_rows: Ints = np.arange(len(asked))
        together: dict[int, set[Key]] = {}
        for number, key in zip(self.breakdown.tolist(), keys, strict=True):
            together.setdefault(number, set()).add(key)
        self.breakdowns = {frozenset(found) for found in together.values()}

    def apart_from_unions(self, of: int, rows: Ints, parts: Sequence[Beside]) -> Ints:
        """In how many some groups differ from what is nearest to each of these parts together."""
        apart = self.sizes[of][rows]
        for part in parts:
            shared = part.shared(of, rows)
            apart = apart + np.minimum(shared, part.sizes[of] - shared) - shared
        return apart

    def bits(self, mask: Bools) -> Bits:
        """The people as a row."""
        return self._packed(self._place[mask])

    def _packed(self, places: Ints) -> Bits:
        found = np.zeros(-(-self._n // 64) * 64, dtype=bool)
        found[places] = True
        return np.packbits(found).view(np.uint64)

    def _stacked(self, rows: Sequence[Bits]) -> Bits:
        return np.array(rows, dtype=np.uint64).reshape(len(rows), -(-self._n // 64))

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
        rows = self.rows[MODELLED]
        a, b, s = rows[left, words], rows[right, words], one[words]
        return n_bits(a ^ b ^ s | (b & s if less else a & b))

    def pairs_of_size(self, size: int, first: Ints, second: Ints, sign: int) -> tuple[Ints, Ints]:
        """Pairs whose sizes, added or taken off, make this one, but for less than five."""
        of_row = self.sizes[MODELLED]
        order = second[np.argsort(of_row[second], kind="stable")]
        sizes = of_row[order]
        wanted = sign * (size - of_row[first])
        low = np.searchsorted(sizes, wanted - MIN_PEOPLE, side="right")
        high = np.searchsorted(sizes, wanted + MIN_PEOPLE, side="left")
        n = np.maximum(high - low, 0)
        steps = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        return np.repeat(first, n), order[np.repeat(low, n) + steps]


def n_bits(bits: Bits) -> Ints:
    """How many people are in each row."""
    found: Ints = np.bitwise_count(bits).sum(axis=-1, dtype=np.int64)
    return found


def _are_few(apart: Ints) -> Bools:
    return (apart > 0) & (apart < MIN_PEOPLE)


def _key(all_of_them: Bits, modelled: Bits) -> Key:
    return all_of_them.tobytes(), modelled.tobytes()
