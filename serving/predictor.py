"""What serving asks of the models: probabilities of pairs, their reasons, and head counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from features.history.columns import Bools, Floats, Ints
from features.history.history import History
from serving.answers import Unit

Stage = Literal["launch", "open"]


@dataclass(frozen=True)
class Words:
    """A text still to be put into the reader's language."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class PastForecast:
    """What was forecast of an activity by models that had not seen it, and how many came.

    `low` and `high` hold in 90 of 100 cases.
    """

    activity_id: str
    expected: float
    low: float
    high: float
    came: int


@dataclass(frozen=True)
class Driver:
    """A group of what HR can act on, and by how many percentage points it moves turnout.

    Against what the same people usually do; all groups add up to the whole distance. `error` is
    the standard error of the points, from sampling.
    """

    group: str
    points: float
    error: float = 0.0


@dataclass(frozen=True)
class Pairs:
    """Some employees and one activity: how likely each is to take part, in the sense of `unit`.

    `own_history` says whose probability rests on enough of their own past; `within` is what the
    predictor itself needs to explain a row.
    """

    activity: int
    stage: Stage
    employee: Ints
    probability: Floats
    own_history: Bools
    unit: Unit
    within: Any = None


class Counts(Protocol):
    """Simulated head counts of a set of pairs; those of teams add up."""

    def expected(self, mask: Bools | None = None) -> float:
        """The expected count over a mask of pairs; over everyone, late joiners included."""
        ...

    def quantiles(self, levels: Sequence[float], mask: Bools | None = None) -> Floats:
        """Quantiles of the count, ascending in the levels."""
        ...


class Paired(Protocol):
    """Counts of one set of pairs beside another's, in draws that share luck."""

    @property
    def counts(self) -> Counts:
        """The counts of these pairs by themselves."""
        ...

    @property
    def base(self) -> Counts:
        """The base's counts by themselves."""
        ...

    @property
    def hardly_told(self) -> bool:
        """Whether the past leaves most of what the change does open."""
        ...

    def difference(self, first: Bools | None = None, other: Bools | None = None) -> Ints:
        """Draws of these pairs' count less the base's (`first`), over a mask of each."""
        ...


class Question(Protocol):
    """Some employees at one moment, their features read once, ready for any activity."""

    def pairs(self, activity: int, employees: Ints, stage: Stage) -> Pairs:
        """Probabilities of some of these employees, in the order given."""
        ...

    def reason_codes(self, pairs: Pairs) -> Ints:
        """A number per row that stands for its reasons, which the predictor puts into words."""
        ...

    def counts(self, pairs: Pairs) -> Counts:
        """Head counts of the pairs; the same pairs give the same draws."""
        ...

    def paired(self, pairs: Pairs, base: "Question", base_pairs: Pairs) -> Paired:
        """Head counts of the pairs beside those of another question, the base."""
        ...

    def drivers(self, pairs: Pairs) -> Sequence[Driver]:
        """What raises and what lowers turnout of the pairs, the largest first."""
        ...


class Predictor(Protocol):
    """A loaded model of participation."""

    @property
    def version(self) -> str:
        """Which registered version answers."""
        ...

    @property
    def n_counted(self) -> int:
        """How many past activities the intervals of head counts rest on."""
        ...

    @property
    def past(self) -> Sequence[PastForecast]:
        """Forecasts of past activities that judged the models, the oldest first."""
        ...

    def reasons(self, code: int, days: int) -> Sequence[Words]:
        """The two or three reasons that a code stands for, so many days before the start."""
        ...

    def colleagues(self, employees: Ints) -> Ints:
        """Whose chances hang on what these people answer: their groups, and who writes to them."""
        ...

    def question(
        self, history: History, as_of: int, employees: Ints, like: Question | None = None
    ) -> Question:
        """Ask about these employees of the history, as of the moment (microseconds).

        Where `like` asked about the very same employees, their features are not read again.
        """
        ...

    def ready(self) -> None:
        """Compute what every question shares, where that was not done since it was moved."""
        ...

    def moved(self, history: History, as_of: int) -> "Predictor":
        """The same models over a history moved on, whose answers reach up to `as_of`."""
        ...
