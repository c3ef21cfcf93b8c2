"""The candidates of the gate at the past origins: each fitted at every origin, knowing only what was known there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from models.common.arrays import Integers
from models.common.selection import Budget, Progress, part_of, with_shares
from models.sales.data.panel import SalesPanel
from models.sales.features.samples import evenly_spread
from models.sales.features.training_windows import NothingToLearnError
from models.sales.gate.origins import PastOrigins
from models.sales.recipes.model import Forecast, SalesModel
from models.sales.recipes.registry import SalesCandidate

SAMPLE = 1_000
"""Most series on which recipes are compared, evenly spread: this bounds time and memory."""


@dataclass(frozen=True, eq=False)
class Contender:
    """A candidate that was fitted at every origin.

    Attributes:
        candidate: The recipe and its settings.
        model: The model that was fitted at the newest origin.
        forecasts: Its forecasts of the compared series from each origin, before `models.sales.recipes.model.finish`.
    """

    candidate: SalesCandidate
    model: SalesModel
    forecasts: list[Forecast]

    @property
    def name(self) -> str:
        """Its name in the ledger's decision."""
        return self.candidate.name


@dataclass(frozen=True, eq=False)
class Comparison:
    """What the candidates of one night are compared on.

    Attributes:
        past: The origins with all series.
        series: The compared series, places in the panel, (s,).
        budget: The seconds that are left for the training.
        seed: Seed of all random numbers.
        notes: Why candidates do not take part; filled while they are fitted.
    """

    past: PastOrigins
    series: Integers
    budget: Budget
    seed: int
    notes: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """How many series there are for each compared one."""
        return len(self.past.level) / max(len(self.series), 1)

    def contenders(self, candidates: Iterable[SalesCandidate], progress: Progress) -> list[Contender]:
        """The candidates that can be fitted at every origin, within the budget.

        The first one always takes part. A candidate that would use up the budget is left out as soon as that is seen.
        """
        chosen, compared = list(candidates), self.past.take(self.series)
        fitted = [
            self._fitted(one, compared, share, is_optional=bool(place))
            for place, (one, share) in enumerate(with_shares(chosen, progress))
        ]
        return [one for one in fitted if one is not None]

    def _fitted(
        self, candidate: SalesCandidate, compared: PastOrigins, progress: Progress, *, is_optional: bool
    ) -> Contender | None:
        """The candidate fitted at each origin, from its fit at the one before; None if it cannot take part."""
        model, forecasts, count = None, [], len(compared.panels)
        for number, (everything, some) in enumerate(zip(self.past.panels, compared.panels, strict=True)):
            begin = self.budget.spent
            try:
                share = part_of(progress, number / count, (number + 1) / count)
                model = candidate.fit(everything, self.seed, share, model)
            except NothingToLearnError:
                self.notes.append(f"{candidate.name} has too few known values to learn from")
                return None
            fitted = self.budget.spent
            forecasts.append(model.forecast(some))
            needed = self._needed(fitted - begin, self.budget.spent - fitted, count - 1 - number)
            if is_optional and needed > self.budget.left:
                self.notes.append(f"{candidate.name} is left out, since it would need {needed:,.0f} more seconds")
                return None
        return None if model is None else Contender(candidate, model, forecasts)

    def _needed(self, fit: float, forecast: float, origins: int) -> float:
        """The seconds that a candidate still needs: the other origins, and tonight's fit and forecast of all series."""
        return (fit + forecast) * origins + fit + forecast * self.share * (1 + (self.share > 1))


def compared_series(panel: SalesPanel) -> Integers:
    """The places of at most `SAMPLE` series with a known value, evenly spread, (s,)."""
    usable = np.flatnonzero(panel.observations > 0)
    return usable[evenly_spread(len(usable), SAMPLE)]
