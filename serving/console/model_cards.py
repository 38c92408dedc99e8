"""Champion and challenger as pages show them, and what the registry tells beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from features.errors import HuoliError, NotReadyError
from features.home import Home
from serving.desk import Desk
from serving.metrics import calibration
from training.registry.aliases import former_champion
from training.registry.champion import champion_versions
from training.registry.pairs import Pair, past_of, registered_pairs
from training.registry.promotions import Entry, check_log, log_path, promotion_log

Fingerprint = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Card:
    """One pair; `past` are the forecasts that judged it, None where they cannot be read."""

    pair: Pair
    past: pd.DataFrame | None
    problem: HuoliError | None = None

    @property
    def name(self) -> str:
        """Its version, as people call it."""
        return pair_name(self.pair.versions)


@dataclass(frozen=True)
class Registry:
    """All that pages tell of the models."""

    pairs: Sequence[Pair] = ()
    champion: Card | None = None
    challenger: Card | None = None
    former: Mapping[str, str] | None = None
    log: Sequence[Entry] = ()
    problems: Sequence[HuoliError] = field(default=())


def pair_name(versions: Mapping[str, str]) -> str:
    """The version of a pair: one number where both models have the same.

    >>> pair_name({"participation": "2", "recommendation": "2"})
    '2'
    >>> pair_name({"participation": "2", "recommendation": "3"})
    '2/3'
    """
    return "/".join(dict.fromkeys(versions.values()))


def lately(desk: Desk) -> dict[str, int]:
    """Of activities of the last thirty days with a forecast: what came, as /metrics tells it."""
    state = desk.loaded
    if state is None:
        return dict.fromkeys(("held", "came", "expected", "inside"), 0)
    told = calibration(desk.database, state)
    found = {"held": len(told["came"])}
    return found | {name: int(told[name].sum()) for name in ("came", "expected", "inside")}


def read_registry(home: Home) -> Registry:
    """All of it; what cannot be read is told under `problems`."""
    try:
        champion_versions(home)  # MLflow itself tries a registry that is gone again for minutes
        pairs = registered_pairs(home)
    except HuoliError as error:
        return Registry(problems=[error])
    except Exception as error:  # noqa: BLE001, RUF100 - MLflow's own, of a registry that is damaged
        return Registry(problems=[NotReadyError(
            "the registry of models cannot be read: {problem}; run `huoli doctor`",
            problem=type(error).__name__,
        )])  # fmt: skip
    log, problems = _log(home)
    return Registry(
        pairs, _card(home, pairs, "champion"), _card(home, pairs, "challenger"),
        _former(home), log, problems,
    )  # fmt: skip


def _card(home: Home, pairs: Sequence[Pair], alias: str) -> Card | None:
    pair = next((one for one in pairs if alias in one.aliases), None)
    if pair is None:
        return None
    try:
        return Card(pair, past_of(home, pair.versions))
    except HuoliError as error:
        return Card(pair, None, error)
    except Exception as error:  # noqa: BLE001, RUF100 - whatever the files hold, the page is there
        return Card(pair, None, NotReadyError(
            "model {version}: its forecasts cannot be read: {problem}; run `huoli doctor`",
            version=pair_name(pair.versions), problem=type(error).__name__,
        ))  # fmt: skip


def _former(home: Home) -> Mapping[str, str] | None:
    try:
        return former_champion(home)
    except HuoliError:
        return None


def _log(home: Home) -> tuple[list[Entry], list[HuoliError]]:
    try:
        found = promotion_log(home)
    except HuoliError as error:
        return [], [error]
    try:
        check_log(home)
    except HuoliError as error:
        return found, [error]
    return found, []


def fingerprint(home: Home) -> Fingerprint:
    """Another value whenever the registry or the log of promotions has changed."""
    found: list[Any] = []
    for path in (home.mlruns / "mlflow.db", home.mlruns / "mlflow.db-wal", log_path(home)):
        try:
            told = path.stat()
        except OSError:
            found.append((0, 0, 0))
        else:
            found.append((told.st_ino, told.st_size, told.st_mtime_ns))
    return tuple(found)
