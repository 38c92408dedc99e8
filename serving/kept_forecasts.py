"""Forecasts that comparisons begin with, kept while nothing they rest on has changed.

Whoever changes a design asks about the same activity again and again: its own forecast is the same
each time, and costs as much as the changed design's.
"""

from collections import OrderedDict
from copy import copy
from pathlib import Path
from typing import NamedTuple

from serving.board import Board
from serving.forecast import Forecast
from serving.predictor import Predictor
from serving.subject import Subject

MOST_KEPT = 4
# what is drawn anew for each comparison, or depends on what was told of before
OWN = ("counts", "groups")


class _Kept(NamedTuple):
    board: Board
    predictor: Predictor
    features: Path | None
    forecast: Forecast


class KeptForecasts:
    """The forecasts of activities that were compared last; any thread may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, bytes], _Kept] = OrderedDict()

    def of(self, subject: Subject, predictor: Predictor, features: Path | None) -> Forecast | None:
        """The subject's forecast, not explained; None where it has to be computed."""
        kept = self._kept.get(_key(subject))
        if kept is None or kept.features != features:
            return None
        if kept.board is not subject.board or kept.predictor is not predictor:
            return None
        found = copy(kept.forecast)
        found.subject = subject
        return found

    def keep(self, forecast: Forecast, predictor: Predictor, features: Path | None) -> None:
        """Keep a forecast of an activity for the next comparison; a draft's is not kept."""
        subject = forecast.subject
        if subject.activity_id is None or subject.draft is not None:
            return
        kept = copy(forecast)
        for name in OWN:
            vars(kept).pop(name, None)
        self._kept[_key(subject)] = _Kept(subject.board, predictor, features, kept)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def _key(subject: Subject) -> tuple[str, str, bytes]:
    return subject.activity_id or "", subject.stage, subject.invited.tobytes()
