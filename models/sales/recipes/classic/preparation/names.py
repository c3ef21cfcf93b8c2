"""Chains of parts by their names in settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.sales.recipes.classic.preparation.chain import Chain
from models.sales.recipes.classic.preparation.difference import Difference
from models.sales.recipes.classic.preparation.logarithm import Logarithm
from models.sales.recipes.classic.preparation.part import Part
from models.sales.recipes.classic.preparation.scale import MaximumScale, MeanScale, RangeScale
from models.sales.recipes.classic.preparation.season import SeasonalAdjust
from models.sales.recipes.classic.preparation.trend import Detrend

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
