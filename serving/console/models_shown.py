"""All that the page of models shows, read and drawn in the background once for each change.

MLflow takes seconds for its first look, which no reader is to wait for.
"""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from features.errors import HuoliError, NotReadyError
from serving.console.model_cards import (
    Card,
    Fingerprint,
    Registry,
    fingerprint,
    lately,
    read_registry,
)
from serving.console.model_figures import Side, beside, measures
from serving.console.model_pictures import Judged, gains, judged
from serving.console.pictures import Picture
from serving.console.site import Visit

# turnout of the last days is looked at anew so often, and what went wrong
SECONDS, SECONDS_OF_PROBLEMS = 600.0, 10.0
PATIENCE_SECONDS = 0.4
LOG = logging.getLogger(__name__)
Name = tuple[str, str]
Basis = tuple[Fingerprint, str]


@dataclass(frozen=True)
class Shown:
    """What is shown, in one language."""

    found: Registry
    cards: Sequence[Card]
    champion: Judged | None
    challenger: Judged | None
    beside: tuple[int, Side, Side] | None
    measures: Sequence[tuple[str, list[str], str]]
    gains: Picture | None
    lately: dict[str, int]


_KEPT: dict[Name, tuple[Basis, float, Shown]] = {}
_AT_WORK: dict[Name, threading.Thread] = {}
_STARTING = threading.Lock()


def shown(visit: Visit, patience: float = PATIENCE_SECONDS) -> Shown | None:
    """What is shown now; None where it is not ready after so many seconds."""
    name, basis = _name(visit), _basis(visit)
    kept = _KEPT.get(name)
    if kept is None or kept[0] != basis:
        _worked(visit).join(patience)
        kept = _KEPT.get(name)
    elif time.monotonic() - kept[1] > (SECONDS_OF_PROBLEMS if kept[2].found.problems else SECONDS):
        _worked(visit)
    return kept[2] if kept and kept[0] == basis else None


def prepare(visit: Visit) -> None:
    """Have it ready for whoever looks at it next."""
    shown(visit, 0.0)


def _worked(visit: Visit) -> threading.Thread:
    """The thread that reads it, begun unless it is at work."""
    name = _name(visit)
    with _STARTING:
        thread = _AT_WORK.get(name)
        if thread is None or not thread.is_alive():
            thread = threading.Thread(target=_work, args=(visit,), name="models", daemon=True)
            _AT_WORK[name] = thread
            thread.start()
    return thread


def _work(visit: Visit) -> None:
    basis = _basis(visit)
    try:
        found = _shown(visit, read_registry(visit.desk.home))
    except HuoliError as error:
        found = _nothing(error)
    except Exception as error:
        LOG.exception("the models could not be shown")
        found = _nothing(NotReadyError(
            "the models cannot be shown: {problem}; run `huoli doctor`",
            problem=type(error).__name__,
        ))  # fmt: skip
    _KEPT[_name(visit)] = (basis, time.monotonic(), found)


def _shown(visit: Visit, found: Registry) -> Shown:
    cards = [card for card in (found.champion, found.challenger) if card]
    return Shown(
        found, cards, judged(visit, found.champion), judged(visit, found.challenger),
        beside(found.champion, found.challenger),
        measures(visit, [card.pair for card in cards]) if cards else [],
        gains(visit, cards), lately(visit.desk),
    )  # fmt: skip


def _nothing(error: HuoliError) -> Shown:
    return Shown(Registry(problems=[error]), [], None, None, None, [], None, {"held": 0})


def _name(visit: Visit) -> Name:
    return str(visit.desk.home.root), visit.language


def _basis(visit: Visit) -> Basis:
    state = visit.desk.loaded
    return fingerprint(visit.desk.home), state.snapshot if state else ""
