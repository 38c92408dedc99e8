"""What teams answered in surveys: ratings of topics by whole quarters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from features.history.columns import Bools, Ints, micros, moment
from features.history.history import History
from serving.portrait_cells import Cells, Figure, cells

# surveys are few: a year of them is compared with the year before
QUARTERS = 4
SCALE = (1.0, 5.0)


@dataclass(frozen=True)
class Ratings:
    """Answers: a column for each topic of each quarter, of age 0 for the last whole one."""

    cells: Cells
    topic: Ints
    age: Ints
    topics: Sequence[str]

    def rows(
        self, by: str, team: int
    ) -> Iterator[tuple[str, Figure | None, Figure | None, Figure | None]]:
        """(topic, the team's mean rating, that of the year before, the company's) of each."""
        sums, everyone = self.cells.of(by, team), self.cells.everyone
        now, before = self.age < QUARTERS, self.age >= QUARTERS
        for number, name in enumerate(self.topics):
            about = self.topic == number
            found = sums.figure(about & now, 1), sums.figure(about & before, 1)
            if any(found):
                yield (str(name), *found, everyone.figure(about & now, 1))


def ratings(history: History, at: int, refuses: Bools, breakdowns: Sequence[str]) -> Ratings:
    """The ratings of two years of whole quarters before a moment; the last one of each person.

    People count in the team of which they were when the quarter ended.
    """
    surveys, n_topics = history.surveys, len(history.surveys.topics)
    bounds = _quarter_bounds(at, 2 * QUARTERS)
    shape = (history.n_employees, 2 * QUARTERS * n_topics)
    counted, values = np.zeros(shape, dtype=bool), np.zeros(shape)
    for age, (begin, end) in enumerate(bounds):
        low, high = np.searchsorted(surveys.known, (begin, end))
        some = slice(low, high)
        good = ~np.isnan(surveys.rating[some]) & history.employed(end - 1)[surveys.employee[some]]
        column = age * n_topics + surveys.topic[some][good]
        person = surveys.employee[some][good]
        counted[person, column] = True
        values[person, column] = surveys.rating[some][good]
    teams: dict[str, tuple[Ints, int]] = {}
    for by in breakdowns:
        found = [history.people.team_codes(by, end - 1) for _, end in bounds]
        codes = np.column_stack([code for code, _ in found])
        teams[by] = (np.repeat(codes, n_topics, axis=1), len(found[0][1]))
    return Ratings(
        cells(counted & ~refuses[:, None], values, teams, SCALE),
        np.tile(np.arange(n_topics), 2 * QUARTERS), np.repeat(np.arange(2 * QUARTERS), n_topics),
        [str(one) for one in surveys.topics],
    )  # fmt: skip


def _quarter_bounds(at: int, n: int) -> list[tuple[int, int]]:
    """(begin, end) of the last whole quarters of the calendar before a moment, the newest first."""
    year, month = moment(at).year, moment(at).month
    number = year * 4 + (month - 1) // 3
    begins = [micros(datetime(one // 4, one % 4 * 3 + 1, 1, tzinfo=UTC))
              for one in range(number, number - n - 1, -1)]  # fmt: skip
    return list(zip(begins[1:], begins[:-1], strict=True))
