"""Chains of parts by their names, as settings have them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from models.sales.recipes.preparation.chain import Chain
from models.sales.recipes.preparation.difference import Difference
from models.sales.recipes.preparation.logarithm import Logarithm
from models.sales.recipes.preparation.part import Part
from models.sales.recipes.preparation.scale import MaximumScale, MeanScale, RangeScale
from models.sales.recipes.preparation.season import SeasonalAdjust
from models.sales.recipes.preparation.trend import Detrend
from nightcast.errors import SettingsError

_PARTS: dict[str, Callable[[int], Part]] = {
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

NAMES = tuple(_PARTS)
"""What a setting may name."""


def build(names: Sequence[str], season: int) -> Chain:
    """The parts of these names as one chain.

    ``detrend`` takes a line off, ``detrend_2`` a parabola. With a season of 1, ``seasonal_difference`` is the same as
    ``difference``, and ``seasonal_adjust`` does nothing.

    Args:
        names: Of `NAMES`, in the order in which they are applied; none changes nothing, and one may come twice.
        season: Periods of a season, at least 1.

    Raises:
        SettingsError: if a name is not known; it names the nearest one that is.
        ValueError: if a part needs the season, and it is below 1.
    """
    unknown = next((name for name in names if name not in _PARTS), None)
    if unknown is not None:
        raise _unknown(unknown)
    return Chain(tuple(_PARTS[name](season) for name in names))


def _unknown(name: str) -> SettingsError:
    folded = name.strip().lower().replace("-", "_").replace(" ", "_")
    nearest = difflib.get_close_matches(folded, NAMES, n=1, cutoff=0.0)[0]
    return SettingsError(
        f"The preparation {name!r} is not known.", f"Did you mean {nearest!r}? Choose from {', '.join(NAMES)}."
    )
