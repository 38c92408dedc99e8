"""The hyperparameters of both stages, and the file that holds those that tuning adopted."""

import dataclasses
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from features.errors import InputError
from features.home import Home

# raised whenever other models are tuned: values that suited former ones say nothing of these
FORMAT = 5
# the values that a search tries and that a file may hold
BOUNDS: dict[str, tuple[float, float]] = {
    "learning_rate": (0.01, 0.2),
    "max_iter": (40, 400),
    "max_leaf_nodes": (4, 48),
    "min_samples_leaf": (20, 800),
    "l2_regularization": (0.1, 100.0),
    "max_features": (0.1, 1.0),
    "ridge": (0.002, 2.0),
    "even_shares": (2.0, 200.0),
    "half_life_days": (120.0, 2_000.0),
}


@dataclass(frozen=True)
class Hyperparameters:
    """What a fit can be tuned by; the first six are gradient boosting's own.

    `ridge` is the logistic regression's C, with much to learn from, of what differs between an
    activity's people; with `even_shares` rows of the rarer outcome to an activity boosting counts
    as much as it, with fewer not much less; a row counts half when `half_life_days` old.
    """

    learning_rate: float = 0.045
    max_iter: int = 250
    max_leaf_nodes: int = 20
    min_samples_leaf: int = 40
    l2_regularization: float = 5.0
    max_features: float = 0.3
    ridge: float = 0.08
    even_shares: float = 10.0
    half_life_days: float = 730.0

    def boosting(self) -> dict[str, Any]:
        """The arguments of gradient boosting, as LightGBM calls them; not the number of trees."""
        return {
            "learning_rate": self.learning_rate,
            "num_leaves": self.max_leaf_nodes,
            "min_data_in_leaf": self.min_samples_leaf,
            "lambda_l2": self.l2_regularization,
            "feature_fraction": self.max_features,
        }


DEFAULTS = Hyperparameters()


@dataclass(frozen=True)
class Adopted:
    """What tuning decided on data until a moment: the values to train with, and its figures."""

    data_until: datetime
    adopted: bool
    hyperparameters: Hyperparameters
    figures: dict[str, float]


def adopted_file(home: Home) -> Path:
    """Where tuning writes what it decided."""
    return home.tuning / "hyperparameters.json"


def write_adopted(home: Home, decided: Adopted) -> None:
    """Write the decision, whole or not at all."""
    path = adopted_file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    told = dataclasses.asdict(decided) | {
        "format": FORMAT, "data_until": decided.data_until.isoformat(),
    }  # fmt: skip
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(told, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def remove_adopted(home: Home) -> bool:
    """Go back to the defaults; whether there was anything to remove."""
    path = adopted_file(home)
    there = path.is_file()
    path.unlink(missing_ok=True)
    return there


def read_adopted(home: Home) -> Adopted | None:
    """What tuning decided; None where it never did.

    Raises:
        InputError: the file cannot be read, or a field of it breaks its rule.
    """
    path = adopted_file(home)
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _unreadable(path, "JSON", str(error).splitlines()[0]) from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        found = told.get("format") if isinstance(told, dict) else type(told).__name__
        raise _unreadable(path, f"format = {FORMAT}", found)
    values = told.get("hyperparameters")
    values = values if isinstance(values, dict) else {}
    checked = {
        field.name: _checked(path, field.name, values.get(field.name), field.type is int)
        for field in dataclasses.fields(Hyperparameters)
    }
    try:
        until = datetime.fromisoformat(told["data_until"])
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(path, "data_until = ISO 8601", told.get("data_until")) from error
    return Adopted(
        until, bool(told.get("adopted")), Hyperparameters(**checked), dict(told.get("figures", {}))
    )


def values_for(home: Home, until: datetime) -> tuple[Hyperparameters, bool]:
    """(the values to train with on data until a moment, whether tuning found them).

    Values found on later data are not used: they would know of outcomes to come.
    """
    decided = read_adopted(home)
    if decided is None or not decided.adopted or decided.data_until > until:
        return DEFAULTS, False
    return decided.hyperparameters, True


def _checked(path: Path, name: str, value: object, whole: bool) -> Any:
    low, high = BOUNDS[name]
    fits = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not fits or not low <= value <= high:  # type: ignore[operator]
        raise _unreadable(path, f"hyperparameters.{name} = {low:g} ... {high:g}", value)
    return value


def _unreadable(path: Path, rule: str, found: object) -> InputError:
    return InputError(
        "{file} must hold {rule}, found {found}; `huoli tune --reset` removes the file",
        file=path.name, rule=rule, found=found,
    )  # fmt: skip
