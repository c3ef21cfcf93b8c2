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
"""The score of settings, lower is better; not finite where they cannot be used."""

RANDOM_TRIALS = 8
"""Random trials before the first that is chosen by the results of earlier ones."""


@dataclass(frozen=True)
class Range:
    """The range of one setting.

    Attributes:
        low, high: both included; whole numbers where both are.
        logarithmic: whether values are searched on a logarithmic scale.
    """

    low: int | float
    high: int | float
    logarithmic: bool = False

    def holds(self, value: int | float) -> bool:
        """Whether the value lies in the range."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Tuning:
    """The ranges to search, the present settings, and the score of others."""

    space: Mapping[str, Range]
    present: Parameters
    objective: Objective


@dataclass(frozen=True)
class SearchTrial:
    """One trial of the search.

    Attributes:
        parameters: the settings.
        value: their score, lower is better; not finite where they could not be used.
        seconds: duration of the trial.
    """

    parameters: Parameters
    value: float
    seconds: float


def search(
    space: Mapping[str, Range], begin: Parameters, evaluate: Objective, earlier: Sequence[SearchTrial], seed: int
) -> Iterator[SearchTrial]:
    """Endless trials, each chosen by the results of earlier ones.

    Args:
        space: the settings that are searched, by name.
        begin: the first settings to try, such as the present ones; a value outside its range is kept.
        evaluate: the score of settings.
        earlier: trials of a search that is resumed.
        seed: seed of the choices.
    """
    if not earlier:
        first = _trial(begin, evaluate)
        yield first
        earlier = [first]
    study = _study(space, earlier, seed)
    distributions = _distributions(space)
    while True:
        asked = study.ask(distributions)
        trial = _trial(dict(asked.params), evaluate)
        _record(study, asked, trial.value)
        yield trial


def _trial(parameters: Parameters, evaluate: Objective) -> SearchTrial:
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
        name: optuna.distributions.IntDistribution(int(range_.low), int(range_.high), log=range_.logarithmic)
        if isinstance(range_.low, int) and isinstance(range_.high, int)
        else optuna.distributions.FloatDistribution(range_.low, range_.high, log=range_.logarithmic)
        for name, range_ in space.items()
    }


def _record(study: Any, asked: Any, value: float) -> None:
    from optuna.trial import TrialState

    if math.isfinite(value):
        study.tell(asked, value)
    else:
        study.tell(asked, state=TrialState.FAIL)
