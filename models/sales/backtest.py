"""Forecasts of sales from past as-ofs, compared with observed sales."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from models.common.arrays import Integers
from models.sales.data.panel import SalesPanel
from models.sales.features.training_windows import NothingToLearnError
from models.sales.forecast import forecast
from models.sales.gate.figures import PRIMARY, PastForecast, figures, naive_scale, reported_segments
from models.sales.recipes.model import SalesModel
from models.sales.recipes.registry import SalesCandidate, candidates
from models.sales.settings import SalesSettings


@dataclass(frozen=True, eq=False)
class SalesPast:
    """The past of S series, as far as it is settled.

    Attributes:
        panel: All that is known now.
        settings: The night's settings.
        through: The last day whose sales are settled, days since 1970-01-01.
    """

    panel: SalesPanel
    settings: SalesSettings
    through: int
    primary = PRIMARY

    @cached_property
    def _believed(self) -> SalesPanel:
        return self.panel.without_outliers()

    @property
    def first_day(self) -> int:
        """The first day of the first kept period."""
        return int(self.panel.calendar.first_day(self.panel.first_ordinal))

    def last_day(self, as_of: int) -> int:
        """The last day of the horizon of an as-of."""
        calendar = self.panel.calendar
        return int(calendar.last_day(calendar.ordinal(as_of) + self.panel.lengths.horizon - 1))

    def as_ofs(self, count: int) -> list[int]:
        """The newest as-ofs whose whole horizon is settled, a horizon apart, at most `count`, the newest first."""
        calendar, horizon = self.panel.calendar, self.panel.lengths.horizon
        newest = int(calendar.ordinal(self.through + 1)) - horizon
        origins = range(newest, self.panel.first_ordinal, -horizon)[:count]
        return [int(calendar.first_day(origin)) for origin in origins]

    def recipes(self, known: SalesPanel, seed: int) -> dict[str, Callable[[], SalesModel | None]]:
        """By recipe, a function that fits it on what was known at the as-of; None if there is too little to learn from.

        Args:
            known: What was known, without outliers.
            seed: Seed of all random numbers.
        """

        def fit(candidate: SalesCandidate) -> SalesModel | None:
            try:
                return candidate.fit(known, seed)
            except NothingToLearnError:
                return None

        return {one.name: partial(fit, one) for one in candidates(known, self.settings, None)}

    def figures(self, model: SalesModel, known: SalesPanel, code: Integers) -> dict[str, dict[str, float]]:
        """The figures of `models.sales.gate.figures` by segment, for forecasts as they would have been published.

        Values that are outliers by now are unknown, as they are in the gate and in the review.

        Args:
            model: Fitted on `known`.
            known: What was known at the as-of, of s of the S series, without outliers.
            code: Their codes in the panel that is known now, (s,).

        Returns:
            By segment with series: ``series``, the number that could be evaluated, and the figures.
        """
        served = forecast(model, known)
        actual = self._believed.observed(known.end, known.lengths.horizon)[code]
        past = PastForecast(served.mean, served.quantiles, actual, naive_scale(known.values, known.lengths.season))
        scored = past.known.any(axis=1)
        return {
            segment: {"series": float(np.count_nonzero(scored & members)), **figures(past, members)}
            for segment, members in reported_segments(known).items()
        }
