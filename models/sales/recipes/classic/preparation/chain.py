"""Several parts, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

from models.common.arrays import Floats
from models.sales.recipes.classic.preparation.part import FittedPart, Part


@dataclass(frozen=True)
class Chain:
    """Parts in the order in which they are applied; each is fitted on the history as the one before transforms it.

    Args:
        parts: Without any, nothing is changed.
    """

    parts: tuple[Part, ...]

    def fit(self, history: Floats) -> ChainFit:
        """Fit each part in turn on the series (S, T)."""
        fitted: list[FittedPart] = []
        current = history
        for part in self.parts:
            fitted.append(part.fit(current))
            current = fitted[-1].transform()
        return ChainFit(current, tuple(fitted))


@dataclass(frozen=True, eq=False)
class ChainFit:
    """Fitted parts, inverted in reverse order.

    Attributes:
        transformed: The history after the last part, (S, T).
        parts: In the order in which they are applied.
    """

    transformed: Floats
    parts: tuple[FittedPart, ...]

    def transform(self) -> Floats:
        """The history transformed, (S, T)."""
        return self.transformed.copy()

    def invert(self, ahead: Floats) -> Floats:
        """Forecasts of the periods after the history on the original scale, (S, H, ...)."""
        for part in reversed(self.parts):
            ahead = part.invert(ahead)
        return ahead
