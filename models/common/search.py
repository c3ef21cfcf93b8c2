"""A search for better settings, by Bayesian optimisation (tree-structured Parzen estimators; Bergstra et al., 2011)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Parameters = dict[str, int | float]
"""Settings by name."""

Objective = Callable[[Parameters], float]
"""How good settings are, the less the better; not finite where they cannot be used."""

RANDOM_TRIALS = 8
"""Trials before the search begins to learn from them."""


@dataclass(frozen=True)
class Range:
    """What one setting may be.

    Attributes:
        low, high: both included; whole numbers where both are.
        logarithmic: whether it is the order of magnitude that counts.
    """

    low: int | float
    high: int | float
    logarithmic: bool = False

    def holds(self, value: int | float) -> bool:
        """Whether the value lies inside."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Tuning:
    """What is searched, what the settings are now, and how good others would be."""

    space: Mapping[str, Range]
    present: Parameters
    objective: Objective


@dataclass(frozen=True)
class SearchTrial:
    """Settings that were tried.

    Attributes:
        parameters: the settings.
        value: how good they were, the less the better; not finite where they could not be used.
        seconds: what the trial took.
    """

    parameters: Parameters
    value: float
    seconds: float


def search(
    space: Mapping[str, Range],
    begin: Parameters,
    evaluate: Objective,
    earlier: Sequence[SearchTrial],
    seed: int,
) -> Iterator[SearchTrial]:
    """Try settings without end, each chosen by what the ones before it came to.

    Args:
        space: the settings that are searched, by name.
        begin: what is tried first of all, such as the present settings; a value outside the space is left as it is.
        evaluate: how good settings are.
        earlier: the trials of a search that is gone on with.
        seed: of the choices.
    """
    if not earlier:
        first = _tried(begin, evaluate)
        yield first
        earlier = [first]
    study = _study(space, earlier, seed)
    distributions = _distributions(space)
    while True:
        asked = study.ask(distributions)
        trial = _tried(dict(asked.params), evaluate)
        _tell(study, asked, trial.value)
        yield trial


def _tried(parameters: Parameters, evaluate: Objective) -> SearchTrial:
    started = time.monotonic()
    value = float(evaluate(parameters))
    return SearchTrial(parameters, value, time.monotonic() - started)


def _study(space: Mapping[str, Range], earlier: Sequence[SearchTrial], seed: int) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(n_startup_trials=RANDOM_TRIALS, seed=seed + len(earlier))
    study = optuna.create_study(sampler=sampler)
    for trial in earlier:
        known = {name: trial.parameters[name] for name in space if name in trial.parameters}
        if math.isfinite(trial.value) and all(space[name].holds(value) for name, value in known.items()):
            distributions = {name: _distributions(space)[name] for name in known}
            study.add_trial(optuna.trial.create_trial(params=known, distributions=distributions, value=trial.value))
    return study


def _distributions(space: Mapping[str, Range]) -> dict[str, Any]:
    import optuna

    return {
        name: optuna.distributions.IntDistribution(int(found.low), int(found.high), log=found.logarithmic)
        if isinstance(found.low, int) and isinstance(found.high, int)
        else optuna.distributions.FloatDistribution(found.low, found.high, log=found.logarithmic)
        for name, found in space.items()
    }


def _tell(study: Any, asked: Any, value: float) -> None:
    from optuna.trial import TrialState

    if math.isfinite(value):
        study.tell(asked, value)
    else:
        study.tell(asked, state=TrialState.FAIL)
