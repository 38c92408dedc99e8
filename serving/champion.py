"""The champion ready to answer over a board, or why there is none."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.errors import HuoliError, NotReadyError
from features.feature_store.soundness import check_online, unreadable
from features.home import Home
from serving.board import Board
from serving.online import OnlineFeatures
from serving.predictor import Predictor
from serving.recommend import Wishes, suggestions
from serving.shelf import Table

if TYPE_CHECKING:
    from training.fitting import Models


@dataclass(frozen=True)
class Champion:
    """A predictor that has answered once already; None with what is missing for it.

    `notes` say what a reader should know beside.
    """

    predictor: Predictor | None
    missing: tuple[HuoliError, ...] = ()
    notes: tuple[HuoliError, ...] = ()


def champion(home: Home, board: Board, former: Predictor | None = None) -> Champion:
    """The registry's champion over the board; where it cannot be loaded, the former's models."""
    from training.registry.loading import load_models

    missing = _online_problems(home)
    try:
        models = load_models(home)
        predictor = None if missing else _ready(home, board, models)
    except Exception as error:  # noqa: BLE001, RUF100 - whatever it is, what needs no model is given
        return _kept(home, board, former, _told(error), missing)
    notes = () if models.verified else (_unverified(models.version),)
    return Champion(predictor, missing, notes)


def _kept(
    home: Home,
    board: Board,
    former: Predictor | None,
    reason: HuoliError,
    missing: tuple[HuoliError, ...],
) -> Champion:
    """The models that were loaded before; none where there are none."""
    from serving.trained import TrainedPredictor

    if missing or not isinstance(former, TrainedPredictor):
        return Champion(None, (reason, *missing))
    note = NotReadyError(
        "model {version}, which was loaded before, goes on answering", version=former.version
    )
    return Champion(_ready(home, board, former.models), notes=(reason, note))


def _online_problems(home: Home) -> tuple[HuoliError, ...]:
    """Why features cannot be read online; empty where they can."""
    try:
        check_online(home)
    except HuoliError as error:
        return (error,)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return (unreadable(type(error).__name__),)
    return ()


def _ready(home: Home, board: Board, models: "Models") -> Predictor:
    """The models over the board, once they have computed what every answer shares."""
    from serving.trained import TrainedPredictor

    predictor = TrainedPredictor(models, OnlineFeatures(home), board.history, board.as_of)
    warm(board, predictor)
    return predictor


def warm(board: Board, predictor: Predictor | None) -> None:
    """Give one answer, so that the first one asked for takes no longer than others."""
    someone = np.flatnonzero(board.employed & ~board.opted_out)[:1]
    suggestions(Table.bare(board), predictor, someone, Wishes(1), "en")
    board.popular  # noqa: B018


def _told(error: Exception) -> HuoliError:
    if isinstance(error, HuoliError):
        return error
    return NotReadyError(
        "the champion cannot be loaded: {problem}; run `huoli doctor`, "
        "or `huoli train` and then `huoli models promote`",
        problem=f"{type(error).__name__} {error}".splitlines()[0],
    )


def _unverified(version: str) -> HuoliError:
    return NotReadyError(
        "model {version} was registered before files had digests, so that a change to its files "
        "would go unnoticed; the next `huoli train` makes a pair that is verified",
        version=version,
    )
