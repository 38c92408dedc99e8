"""Which teams' parts of past numbers can be told, so that no difference tells of a few people.

A cell is the people of one team in one column: invited to one activity, or asked one question in
one quarter. A sum over columns is made of whole cells, so that two sums differ by whole cells: it
is enough that none tells of one to four people. So cells under five are hidden, and others with
them, as `serving.privacy` merges small teams: what is hidden of a column is nobody, or five and
more; and no teams of one breakdown leave one to four people of a team of another one, or of those
outside it.
"""

from collections.abc import Mapping

import numpy as np

from features.history.columns import Bools, Ints
from serving.privacy import MIN_PEOPLE

Codes = Mapping[str, tuple[Ints, int]]


def told_cells(counted: Bools, teams: Codes) -> dict[str, Bools]:
    """Per breakdown, which cells can be told: columns x teams.

    Args:
        counted: Who counts in which column, people x columns.
        teams: Per breakdown, everyone's team in each column (-1: none), and how many there are.

    >>> codes = np.array([[0]] * 6 + [[1]] * 5 + [[2]] * 2)
    >>> told_cells(np.ones((13, 1), dtype=bool), {"city": (codes, 3)})["city"].tolist()
    [[True, False, False]]
    """
    table = _Table(counted, teams)
    for by in teams:
        table.hide_small(by, np.arange(counted.shape[1]))
    columns = np.arange(counted.shape[1])
    # who leaked may leak once more; the others are as they should be
    while len(columns):
        leaked = np.zeros(counted.shape[1], dtype=bool)
        for parts in teams:
            for wholes in teams:
                if parts != wholes:
                    leaked |= table.hide_leaks(parts, wholes, columns)
        columns = np.flatnonzero(leaked)
    return {by: ~hidden[:, :-1] for by, hidden in table.hidden.items()}


class _Table:
    """Sizes of cells, and which are hidden; the last team of each breakdown is that of nobody's."""

    def __init__(self, counted: Bools, teams: Codes) -> None:
        self.n_columns = counted.shape[1]
        person, self._column = np.nonzero(counted)
        self._code = {by: np.where(codes < 0, n, codes)[person, self._column]
                      for by, (codes, n) in teams.items()}  # fmt: skip
        self._n = {by: n + 1 for by, (_, n) in teams.items()}
        self.sizes = {by: self._counts(by) for by in teams}
        self.hidden = {by: sizes < MIN_PEOPLE for by, sizes in self.sizes.items()}
        for hidden in self.hidden.values():
            hidden[:, -1] = True
        self._joint: dict[tuple[str, str], Ints] = {}

    def _counts(self, by: str) -> Ints:
        n = self._n[by]
        cell = self._column * n + self._code[by]
        return np.bincount(cell, minlength=self.n_columns * n).reshape(self.n_columns, n)

    def joint(self, by: str, other: str) -> Ints:
        """How many people are in both of two teams: columns x teams x others."""
        if (by, other) not in self._joint:
            n, m = self._n[by], self._n[other]
            cell = (self._column * n + self._code[by]) * m + self._code[other]
            counts = np.bincount(cell, minlength=self.n_columns * n * m)
            self._joint[by, other] = counts.reshape(self.n_columns, n, m)
        return self._joint[by, other]

    def hide_small(self, by: str, columns: Ints) -> None:
        """Hide more, the smallest first, where what is hidden of a column is too few."""
        while len(columns):
            hidden = self.hidden[by][columns]
            n_hidden = (self.sizes[by][columns] * hidden).sum(axis=1)
            few = (n_hidden > 0) & (n_hidden < MIN_PEOPLE) & ~hidden.all(axis=1)
            columns = columns[few]
            self._hide_smallest(by, columns, ~self.hidden[by][columns])

    def _hide_smallest(self, by: str, columns: Ints, among: Bools) -> None:
        """Hide the smallest of some teams of each column, of which there is one at least."""
        sizes = np.where(among, self.sizes[by][columns], np.iinfo(np.int64).max)
        if len(columns):
            self.hidden[by][columns, sizes.argmin(axis=1)] = True

    def hide_leaks(self, by: str, other: str, columns: Ints) -> Bools:
        """Hide a part where parts tell of a few of a whole; which columns that was so in."""
        shared = _merged(self.joint(by, other)[columns], self.hidden[by][columns])
        shared = _merged(shared.swapaxes(1, 2), self.hidden[other][columns]).swapaxes(1, 2)
        size, whole = shared.sum(axis=2, keepdims=True), shared.sum(axis=1)
        inside = (shared == size) & (size > 0)
        outside = (shared == 0) & (size > 0)
        everyone = whole.sum(axis=1, keepdims=True)
        covering = np.zeros(shared.shape[:2], dtype=bool)
        for those, target in ((inside, whole), (outside, everyone - whole)):
            left = target - (those * size).sum(axis=1)
            leaks = (left > 0) & (left < MIN_PEOPLE) & those.any(axis=1)
            covering |= (those & leaks[:, None, :]).any(axis=2)
        shown = ~self.hidden[by][columns]
        bad = covering.any(axis=1) & shown.any(axis=1)
        # where the hidden ones alone tell of a few, the smallest shown joins them
        among = np.where((covering & shown).any(axis=1, keepdims=True), covering & shown, shown)
        self._hide_smallest(by, columns[bad], among[bad])
        self.hide_small(by, columns[bad])
        found = np.zeros(self.n_columns, dtype=bool)
        found[columns[bad]] = True
        return found


def _merged(counts: Ints, hidden: Bools) -> Ints:
    """The counts with those of all hidden teams as one, in the last place of the second axis."""
    found = np.where(hidden[:, :, None], 0, counts)
    found[:, -1] = counts.sum(axis=1) - found.sum(axis=1)
    return found
