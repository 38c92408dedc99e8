"""What the service holds in memory: the history, the models and the way to features online."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd

from features.errors import HuoliError, NotReadyError
from features.history.columns import micros, moment
from features.history.history import History
from features.home import Home
from features.tables.snapshots import current_tables, read_tables
from serving.board import Board
from serving.predictor import Predictor

# up to so many people Feast reads one by one; more come faster in bulk from the same file
READ_SINGLY = 20


@dataclass(frozen=True)
class State:
    """One snapshot of the data and the models over it; replaced whole, never changed.

    `missing` says what personal answers lack; without a predictor only the popular list is given.
    """

    board: Board
    data_until: datetime
    predictor: Predictor | None
    missing: tuple[HuoliError, ...] = ()

    @property
    def as_of(self) -> datetime:
        """The moment as of which answers are given."""
        return moment(self.board.as_of)

    @property
    def version(self) -> str | None:
        """The version of the models; None without."""
        return self.predictor.version if self.predictor else None


def load_state(home: Home, now: datetime | None = None) -> State:
    """The current tables, and the champion over them where there is one that can be loaded.

    Raises:
        NotReadyError: nothing was imported yet.
    """
    snapshot = current_tables(home)
    as_of = min(micros(now or datetime.now(UTC)), micros(snapshot.data_until))
    history = History.from_tables(read_tables(snapshot), micros(snapshot.data_until))
    try:
        predictor: Predictor | None = _champion(home, history, as_of)
        missing: tuple[HuoliError, ...] = ()
    except NotReadyError as error:
        predictor, missing = None, (error,)
    return State(Board(history, as_of), snapshot.data_until, predictor, missing)


def _champion(home: Home, history: History, as_of: int) -> Predictor:
    from features.feature_store import OnlineReader
    from serving.trained import TrainedPredictor
    from training.registry.registering import load_models

    try:
        models = load_models(home)
    except HuoliError:
        raise
    except Exception as error:
        # written by another version, damaged or moved: lists that need no model are still given
        raise NotReadyError(
            "the champion cannot be loaded: {problem}; run `huoli doctor`, "
            "or `huoli train` and then `huoli models promote`",
            problem=f"{type(error).__name__} {error}".splitlines()[0],
        ) from error
    reader = OnlineReader(home)

    def read(employee_ids: Sequence[str]) -> pd.DataFrame:
        few = len(employee_ids) <= READ_SINGLY
        return reader.one(employee_ids) if few else reader.everyone(employee_ids)

    return TrainedPredictor(models, read, history, as_of)
