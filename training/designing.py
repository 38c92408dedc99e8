"""The search for designs that no other one beats in every goal: Optuna over given choices."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

Picked = Mapping[str, int]
# trials drawn by chance before the sampler leans on them
RANDOM_TRIALS = 12
# of a search's trials, how many more may be asked for where they repeat earlier ones
PATIENCE = 6


@dataclass(frozen=True)
class Judged:
    """What a design gives: a value for each goal, and by how much it breaks each constraint (> 0).

    None for `values`: the choices do not go together.
    """

    values: tuple[float, ...] | None
    violations: tuple[float, ...] = ()

    @property
    def is_feasible(self) -> bool:
        """Whether it keeps to every constraint."""
        return self.values is not None and all(one <= 0 for one in self.violations)


@dataclass(frozen=True)
class Tried:
    """A design that was judged: which of each field's choices, and what it gives."""

    picked: Picked
    judged: Judged


def search_designs(
    choices: Mapping[str, int],
    judge: Callable[[Picked], Judged],
    raise_goals: Sequence[bool],
    n_trials: int,
    seed: int,
    go_on: Callable[[int], bool] = lambda n_done: True,
) -> list[Tried]:
    """Judge up to `n_trials` different designs; all of them where there are no more.

    Args:
        choices: How many choices each field has; the first one of each is the design as it is.
        judge: What a design gives, asked once of each.
        raise_goals: Of each goal, whether more is better.
        n_trials: At most so many designs.
        seed: The same seed gives the same search.
        go_on: Hears how many were judged; False ends the search.

    Returns:
        What was tried, in order, the design as it is first.
    """
    search = _Search(choices, judge, n_trials, go_on)
    if math.prod(choices.values()) <= n_trials:
        search.all()
    else:
        search.sampled(_study(raise_goals, seed))
    return search.tried


class _Search:
    """What was judged so far, each design once."""

    def __init__(
        self,
        choices: Mapping[str, int],
        judge: Callable[[Picked], Judged],
        n_trials: int,
        go_on: Callable[[int], bool],
    ) -> None:
        self.choices, self.judge, self.n_trials, self.go_on = choices, judge, n_trials, go_on
        self.done: dict[tuple[int, ...], Judged] = {}

    @property
    def tried(self) -> list[Tried]:
        return [Tried(self._picked(key), one) for key, one in self.done.items()]

    def all(self) -> None:
        """Judge every design, the one as it is first."""
        for key in product(*(range(n) for n in self.choices.values())):
            if not self.go_on(len(self.done)):
                return
            self._judged(key)

    def sampled(self, study: optuna.Study) -> None:
        """Judge those that the study asks about."""
        kinds = {name: CategoricalDistribution(list(range(n))) for name, n in self.choices.items()}
        study.enqueue_trial(dict.fromkeys(self.choices, 0))
        for _attempt in range(PATIENCE * self.n_trials):
            if len(self.done) >= self.n_trials or not self.go_on(len(self.done)):
                return
            trial = study.ask(kinds)
            one = self._judged(tuple(trial.params[name] for name in self.choices))
            if one.values is None:
                study.tell(trial, state=TrialState.FAIL)
                continue
            trial.set_user_attr("violations", one.violations)
            study.tell(trial, one.values)

    def _judged(self, key: tuple[int, ...]) -> Judged:
        if key not in self.done:
            self.done[key] = self.judge(self._picked(key))
        return self.done[key]

    def _picked(self, key: tuple[int, ...]) -> Picked:
        return dict(zip(self.choices, key, strict=True))


def frontier(tried: Sequence[Tried], raise_goals: Sequence[bool]) -> list[Tried]:
    """The feasible ones that no other feasible one beats, the first of equals; in their order.

    >>> two = [Tried({"a": n}, Judged((float(n), 2.0 - n))) for n in range(2)]
    >>> [one.picked["a"] for one in frontier([*two, Tried({"a": 2}, Judged((0.0, 1.0)))],
    ...                                      [True, True])]
    [0, 1]
    """
    signs = [1 if more else -1 for more in raise_goals]
    kept = [
        (one, tuple(sign * value for sign, value in zip(signs, one.judged.values, strict=True)))
        for one in tried
        if one.judged.values is not None and one.judged.is_feasible
    ]
    found, seen = [], set()
    for one, values in kept:
        beaten = any(
            other != values and all(a >= b for a, b in zip(other, values, strict=True))
            for _, other in kept
        )
        if not beaten and values not in seen:
            seen.add(values)
            found.append(one)
    return found


def _study(raise_goals: Sequence[bool], seed: int) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(
        n_startup_trials=RANDOM_TRIALS, seed=seed, constraints_func=_violations
    )
    directions = ["maximize" if more else "minimize" for more in raise_goals]
    return optuna.create_study(directions=directions, sampler=sampler)


def _violations(trial: FrozenTrial) -> Sequence[float]:
    found: Sequence[float] = trial.user_attrs.get("violations", ())
    return found
