"""Forecasts of next visits from past as-ofs, compared with what was observed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import observed_bin
from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.figures import PRIMARY, figures, segments
from models.next_visit.gate.origins import obstacle, origin_day
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.recipes.registry import ROBUST, NextVisitCandidate, candidates
from models.next_visit.settings import NextVisitSettings

SPACING = 28
"""Days between two as-ofs: four weeks, so that all of them lie on the same weekday."""


@dataclass(frozen=True, eq=False)
class VisitPast:
    """The past of n customers, as far as it is settled.

    Attributes:
        history: the visit days that are known now.
        settings: the night's settings.
        through: the last day whose visits are settled, in days since 1970-01-01.
    """

    history: VisitHistory
    settings: NextVisitSettings
    through: int
    primary = PRIMARY

    @property
    def first_day(self) -> int:
        """The first visit day of all."""
        return self.through if self.history.first is None else self.history.first

    def last_day(self, as_of: int) -> int:
        """The last day of the horizon of an as-of."""
        return as_of + self.settings.bins.horizon - 1

    def as_ofs(self, count: int) -> list[int]:
        """The newest as-ofs whose whole horizon is settled, `SPACING` apart, at most `count`, the newest first."""
        newest = origin_day(self.through + 1, self.settings.bins)
        return list(range(newest, self.first_day, -SPACING)[:count])

    def recipes(self, known: CustomerBase, seed: int) -> dict[str, Callable[[], NextVisitModel | None]]:
        """By recipe, a function that fits it on what was known at the as-of; None if there is too little to learn from.

        The minimum is that of the gate. The blend, which the gate builds from two others, is not fitted alone.
        """
        known = known.learned_from
        lacking = obstacle(known.history.first, known, self.settings, seed)

        def fit(candidate: NextVisitCandidate) -> NextVisitModel | None:
            if lacking and candidate.name not in ROBUST:
                return None
            return candidate.fit(known, seed)

        return {one.name: lambda one=one: fit(one) for one in candidates(self.settings)}  # type: ignore[misc]

    def figures(
        self, model: NextVisitModel, known: CustomerBase, code: NDArray[np.int64]
    ) -> dict[str, dict[str, float]]:
        """The `models.next_visit.gate.figures.figures` by segment.

        Args:
            model: fitted on `known`.
            known: the k customers who were known at the as-of, as they were known then.
            code: their codes in the history that is known now, (k,).

        Returns:
            By segment with customers: ``customers``, their number, and the figures.
        """
        probabilities = model.probabilities(known)
        observed = observed_bin(self.history, Rows.at(self.history, code, known.as_of), self.settings.bins)
        return {
            segment: {
                "customers": float(np.count_nonzero(members)),
                **figures(probabilities[members], observed[members], self.settings.bins),
            }
            for segment, members in segments(known.history.visit_days).items()
            if members.any()
        }
