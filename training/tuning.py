"""The search for hyperparameters: Optuna, kept in a file, so that it goes on where it stopped."""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from features.errors import InputError
from training.hyperparameters import BOUNDS, DEFAULTS, FORMAT, Hyperparameters
from training.tuning_folds import Losses

# trials before any is pruned, and before the sampler leans on them
WARM_UP, RANDOM_TRIALS = 5, 8
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class Found:
    """A search: its best values, all its trials, and how many there were before this call."""

    best: Hyperparameters
    loss: float
    default_loss: float
    trials: list[dict[str, Any]]
    n_before: int


def study_name(until: datetime, tables: str) -> str:
    """The study of data until a moment: other data, tables or kinds of models begin another.

    >>> study_name(datetime(2026, 6, 1), "20260601T0815-a7a92d97")
    'launch-5-2026-06-01T00:00:00-20260601T0815-a7a92d97'
    """
    return f"launch-{FORMAT}-{until.isoformat()}-{tables}"


def search(
    file: Path,
    name: str,
    losses: Losses,
    minutes: float | None = None,
    n_trials: int | None = None,
    tried: Hyperparameters = DEFAULTS,
    tell: Callable[[float], None] = lambda share: None,
) -> Found:
    """Go on with the study of that name until `minutes` passed or it has `n_trials` trials.

    The defaults are its first trial, against which others are pruned; `tried` is its second.
    `tell` hears the share of the budget that is used. Stopped at any moment, the trials that were
    finished are kept.

    Raises:
        InputError: the file is no study.
    """
    began = time.monotonic()
    study = _opened(file, name)
    for stopped in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(stopped.number, state=TrialState.FAIL)
    n_before = len(study.get_trials(states=FINISHED))
    default = _default_losses(study, losses, tried)

    def used() -> float:
        spent = (time.monotonic() - began) / 60 / minutes if minutes else 0.0
        n_done = len(study.get_trials(deepcopy=False, states=FINISHED))
        return max(spent, n_done / n_trials if n_trials else 0.0)

    def objective(trial: Trial) -> float:
        found = []
        for number, loss in enumerate(losses(_suggested(trial))):
            found.append(loss)
            # folds differ more than trials do: what they have in common with the defaults goes out
            trial.report(float(np.mean(found) - np.mean(default[: number + 1])), number)
            tell(used())
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(found))

    while used() < 1:
        study.optimize(objective, n_trials=1)
    return _found(study, float(np.mean(default)), n_before)


def _opened(file: Path, name: str) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        # SQLite, since a line that a stop cut short would spoil a journal for ever
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA quick_check").fetchall()
    except sqlite3.DatabaseError as error:
        raise InputError(
            "{file} must be the SQLite file of earlier searches, found: {problem}; delete it",
            file=file.name, problem=error,
        ) from error  # fmt: skip
    study = optuna.create_study(
        storage=f"sqlite:///{file}", study_name=name, load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=WARM_UP),
    )  # fmt: skip
    # with one seed alone a search that goes on would draw its first trials once more
    study.sampler = optuna.samplers.TPESampler(
        n_startup_trials=RANDOM_TRIALS, seed=len(study.trials)
    )
    return study


def _default_losses(study: optuna.Study, losses: Losses, tried: Hyperparameters) -> list[float]:
    """The defaults' loss on each fold, from the study's first trial, which is made if need be."""
    trials = study.get_trials(states=(TrialState.COMPLETE,))
    if not trials:
        found = list(losses(DEFAULTS))
        study.add_trial(optuna.trial.create_trial(
            params=vars(DEFAULTS), distributions=_distributions(), value=float(np.mean(found)),
            user_attrs={"losses": found}, intermediate_values=dict.fromkeys(range(len(found)), 0.0),
        ))  # fmt: skip
        if tried != DEFAULTS:
            study.enqueue_trial(vars(tried))
        return found
    first: list[float] = trials[0].user_attrs["losses"]
    return first


def _distributions() -> dict[str, Any]:
    whole = {field.name for field in fields(Hyperparameters) if field.type is int}
    return {
        name: optuna.distributions.IntDistribution(int(low), int(high), log=True)
        if name in whole else optuna.distributions.FloatDistribution(low, high, log=True)
        for name, (low, high) in BOUNDS.items()
    }  # fmt: skip


def _suggested(trial: Trial) -> Hyperparameters:
    values = {}
    for name, kind in _distributions().items():
        whole = isinstance(kind, optuna.distributions.IntDistribution)
        suggest = trial.suggest_int if whole else trial.suggest_float
        values[name] = suggest(name, kind.low, kind.high, log=True)
    return Hyperparameters(**values)


def _found(study: optuna.Study, default_loss: float, n_before: int) -> Found:
    trials = study.get_trials(states=FINISHED)
    best = study.best_trial
    return Found(
        Hyperparameters(**best.params), float(best.values[0]), default_loss,
        [_told(trial) for trial in trials], n_before,
    )  # fmt: skip


def _told(trial: FrozenTrial) -> dict[str, Any]:
    pruned = trial.state == TrialState.PRUNED
    return {
        "number": trial.number, "pruned": pruned,
        "log_loss": None if pruned else trial.value, **trial.params,
    }  # fmt: skip
