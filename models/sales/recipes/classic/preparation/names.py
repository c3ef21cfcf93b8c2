"""Chains of parts by their names in settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.common.arrays import Floats
from models.sales.recipes.classic.preparation.difference import Difference
from models.sales.recipes.classic.preparation.logarithm import Logarithm
from models.sales.recipes.classic.preparation.part import FittedPart, Part
from models.sales.recipes.classic.preparation.scale import MaximumScale, MeanScale, RangeScale
from models.sales.recipes.classic.preparation.season import SeasonalAdjust
from models.sales.recipes.classic.preparation.trend import Detrend


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


PARTS: dict[str, Callable[[int], Part]] = {
    "logarithm": lambda season: Logarithm(),
    "detrend": lambda season: Detrend(),
    "detrend_2": lambda season: Detrend(2),
    "difference": lambda season: Difference(),
    "seasonal_difference": Difference,
    "seasonal_adjust": SeasonalAdjust,
    "range_scale": lambda season: RangeScale(),
    "maximum_scale": lambda season: MaximumScale(),
    "mean_scale": lambda season: MeanScale(),
}
"""How each of `models.sales.settings.PREPARATIONS` is made for a season."""


def build(names: Sequence[str], season: int) -> Chain:
    """The parts of these names as one chain.

    ``detrend`` subtracts a line, ``detrend_2`` a parabola. With a season of 1, ``seasonal_difference`` is the same as
    ``difference``, and ``seasonal_adjust`` does nothing.

    Args:
        names: Names of `PARTS`, in the order in which they are applied; without any, nothing is changed.
        season: Periods of a season, at least 1.

    Raises:
        KeyError: if a name is not known.
    """
    return Chain(tuple(PARTS[name](season) for name in names))
