"""Preparation of series by parts that invert exactly, each fitted on what was known at the origin.

``part.fit(history)`` gives a `models.sales.preparation.part.FittedPart`: it transforms the history, and brings
forecasts of the periods after it back to the original scale. Every series is handled alone, so that many can be worked
on a chunk at a time. What is unknown, NaN, stays unknown.

Exactly means: up to the rounding of what is as large as the series. Where what a part is fitted on is all zeros, or no
larger than 1e-300, it has no size, and 1 stands in for it; let a scale come first where series may be tiny. Values may
be as large as 1e300; what has no room, on either scale, is cut at 1e308.

Trend: `trend.Detrend`. Differences: `difference.Difference`. Scale: `scale.RangeScale`, `scale.MaximumScale`,
`scale.MeanScale`. Logarithm: `logarithm.Logarithm`. Season: `season.SeasonalAdjust`. Several in order: `chain.Chain`.
`build` makes a chain of names, as settings have them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from models.sales.preparation.chain import Chain
from models.sales.preparation.difference import Difference
from models.sales.preparation.logarithm import Logarithm
from models.sales.preparation.part import Part
from models.sales.preparation.scale import MaximumScale, MeanScale, RangeScale
from models.sales.preparation.season import SeasonalAdjust
from models.sales.preparation.trend import Detrend
from nightcast.errors import SettingsError

__all__ = ["NAMES", "Chain", "build"]

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
