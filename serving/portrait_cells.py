"""Past numbers by team and column, and the figures that sums over columns make."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.history.columns import Bools, Floats, Ints
from serving.privacy import MIN_PEOPLE
from serving.told_cells import told_cells

# a mean lies within so many standard errors in 90 of 100 cases
ERRORS = 1.645
# what rests on less is marked
FEW_NUMBERS, FEW_COLUMNS = 20, 3


@dataclass(frozen=True)
class Figure:
    """A mean with the interval that it lies in in 90 of 100 cases, and what it rests on."""

    value: float
    low: float
    high: float
    people: int
    numbers: int
    is_few: bool

    def is_apart_from(self, other: "Figure", by: float) -> bool:
        """Whether it differs so much that chance hardly explains it."""
        apart = not self.low <= other.value <= self.high
        return apart and abs(self.value - other.value) >= by and not self.is_few


@dataclass(frozen=True)
class Sums:
    """Of some people: who is in which column, and per column their number and their values."""

    inside: Bools
    n: Ints
    total: Floats
    squares: Floats
    bounds: tuple[float, float]

    def figure(self, columns: Bools, fewest: int = FEW_COLUMNS) -> Figure | None:
        """The mean over some columns; None where it would rest on fewer than five people."""
        n, total = self.n[columns], self.total[columns]
        people = int(self.inside[:, columns].any(axis=1).sum())
        if people < MIN_PEOPLE:
            return None
        numbers, n_columns = int(n.sum()), int((n > 0).sum())
        value = float(total.sum()) / numbers
        low, high = self.bounds
        # as if one more of either end had been there: nothing is certain for lack of exceptions
        centred = (total.sum() + low + high) / (numbers + 2)
        square = (self.squares[columns].sum() + low**2 + high**2) / (numbers + 2)
        variance = max(float(square - centred**2), 0.0) / numbers
        if n_columns > 1:
            # people decide by the activity: those of one are alike
            rest = total - value * n
            between = float((rest**2).sum()) / numbers**2 * n_columns / (n_columns - 1)
            variance = max(variance, between)
        error = ERRORS * variance**0.5
        return Figure(value, max(value - error, low), min(value + error, high), people, numbers,
                      numbers < FEW_NUMBERS or n_columns < fewest)  # fmt: skip


@dataclass(frozen=True)
class Cells:
    """Who counts in which column, with which value, and in which team: people x columns."""

    counted: Bools
    values: Floats
    teams: Mapping[str, tuple[Ints, int]]
    bounds: tuple[float, float]

    @cached_property
    def told(self) -> dict[str, Bools]:
        """Which cells can be told, columns x teams."""
        return told_cells(self.counted, self.teams)

    @cached_property
    def everyone(self) -> Sums:
        """The numbers of the whole company."""
        return self._sums(self.counted)

    def of(self, by: str, team: int) -> Sums:
        """The numbers of a team, of the columns in which they can be told."""
        codes, _ = self.teams[by]
        return self._sums(self.counted & (codes == team) & self.told[by][:, team])

    def _sums(self, inside: Bools) -> Sums:
        values = np.where(inside, self.values, 0.0)
        return Sums(inside, inside.sum(axis=0), values.sum(axis=0), (values**2).sum(axis=0),
                    self.bounds)  # fmt: skip


def cells(
    counted: Bools, values: Floats, teams: Mapping[str, tuple[Ints, int]],
    bounds: tuple[float, float],
) -> Cells:  # fmt: skip
    """Cells without the columns of fewer than five people in all."""
    enough = counted.sum(axis=0) >= MIN_PEOPLE
    return Cells(counted & enough, values, teams, bounds)
