"""The scale of each covariate: fitted where a network is trained, and kept with it.

The same price then means the same on every night on which the network serves. A covariate is brought to mean 0 and
standard deviation 1 over what lay before the origin; a column beside it says whether it is known, since an unknown
value is not the mean. Public holidays stay 0 or 1, or the share of a period's days, and are always known.

What is a high price of one article is a low price of another. A covariate of positive values whose series differ more
from each other than over time is therefore read as the logarithm of its ratio to its own usual value before the origin.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.common.arrays import Flags, Floats, Singles
from models.sales.data.covariates import Covariates
from models.sales.features.samples import evenly_spread

LARGEST = 100.0
"""Larger values, in standard deviations, are cut to this: they only mean "very unusual"."""

CONSTANT = 1e-12
"""A standard deviation below this share of the largest value is rounding, not change."""

TAIL = 0.05
"""The share of values on each side that is outside of the usual range."""

ABSURD = 20.0
"""Values farther than this many usual ranges from the usual range are marks such as -999: unknown."""

ANYTHING = 1e30
"""The bound of a covariate whose usual range is a single value."""

OWN_SHARE = 0.5
"""The share of the variance of logarithms, within series, below which values are compared with their own series'."""

SAMPLE = 2_000
"""Series, evenly spread, whose values set the scale: this bounds time and memory."""


@dataclass(frozen=True)
class CovariateScale:
    """The scale of one covariate.

    Attributes:
        name: Its name.
        is_holiday: Whether it stays as it is.
        centre: The mean that is subtracted.
        spread: The standard deviation that is divided by; 0 where it never changed, which makes it unknown.
        least: Smaller values are unknown.
        most: Larger values are unknown.
        is_relative: Whether values are logarithms of ratios to the series' own geometric mean before the origin.
    """

    name: str
    is_holiday: bool
    centre: float = 0.0
    spread: float = 1.0
    least: float = -ANYTHING
    most: float = ANYTHING
    is_relative: bool = False

    @classmethod
    def fitted(cls, name: str, table: Floats) -> CovariateScale:
        """The scale of a covariate with these values, NaN where unknown, (series, periods)."""
        values = table[~np.isnan(table)]
        if not len(values):
            return cls(name, False, spread=0.0)
        low, high = np.quantile(values, [TAIL, 1 - TAIL])
        far = ABSURD * (high - low) if high > low else ANYTHING
        least, most = float(low - far), float(high + far)
        usual = (table >= least) & (table <= most)
        if own := _own_spread(table, usual):
            return cls(name, False, 0.0, own, least, most, is_relative=True)
        inside = table[usual]
        spread = float(inside.std())
        changes = spread > CONSTANT * float(np.abs(inside).max())
        return cls(name, False, float(inside.mean()), spread if changes else 0.0, least, most)

    def is_absurd(self, values: Singles) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which values are no values but marks."""
        return np.asarray((values < self.least) | (values > self.most))

    def columns(self, values: Singles, back: int) -> list[Singles]:
        """Values (n, w), NaN unknown, on this scale, and whether they are known; of a holiday the values alone.

        Args:
            values: Values of windows.
            back: Periods of each window before its origin.
        """
        if self.is_holiday:
            return [np.nan_to_num(values)]
        known = ~np.isnan(values) & ~self.is_absurd(values) & (self.spread > 0)
        precise = values.astype(np.float64)
        if self.is_relative:
            known &= values > 0
            precise = _over_own(precise, known, back)
            known &= ~np.isnan(precise)
        distance = (precise - self.centre) / (self.spread or 1.0)
        return [np.where(known, np.clip(distance, -LARGEST, LARGEST), 0.0), known]


def _over_own(values: Floats, known: Flags, back: int) -> Floats:
    """Logarithms of values (n, w) over their geometric mean in the first `back` periods; NaN where none is known."""
    logarithm = np.log(np.where(known, values, 1.0))
    count = known[:, :back].sum(axis=1, keepdims=True)
    mean = logarithm[:, :back].sum(axis=1, keepdims=True) / np.maximum(count, 1)
    return np.where(known & (count > 0), logarithm - mean, np.nan)


def _own_spread(table: Floats, usual: Flags) -> float:
    """The standard deviation of logarithms within series, 0 if values are to be compared across series.

    Args:
        table: (series, periods), NaN where unknown.
        usual: Which values are known and no marks.
    """
    if not (table[usual] > 0).all():
        return 0.0
    within = _over_own(table, usual, table.shape[1])[usual].std()
    total = np.log(table[usual]).std()
    return float(within) if CONSTANT < within < np.sqrt(OWN_SHARE) * total else 0.0


@dataclass(frozen=True)
class CovariateScales:
    """The covariates that a network reads, in this order."""

    scales: tuple[CovariateScale, ...]

    @classmethod
    def fitted(cls, covariates: Covariates | None) -> CovariateScales:
        """The scales of all covariates by what lies before their panel's end."""
        if covariates is None:
            return cls(())
        holidays = set(covariates.holiday_names)
        return cls(
            tuple(
                CovariateScale(name, True)
                if name in holidays
                else CovariateScale.fitted(name, _past(covariates, place))
                for place, name in enumerate(covariates.names)
            )
        )

    def completed(self, later: CovariateScales) -> CovariateScales:
        """These scales, and for a covariate that had never changed the later one."""
        other = {scale.name: scale for scale in later.scales}
        return CovariateScales(tuple(one if one.spread else other.get(one.name, one) for one in self.scales))

    def columns(self, window: Singles, names: tuple[str, ...], back: int) -> Singles:
        """What a network reads of covariates, (n, w, columns).

        A covariate without a scale is ignored; a scale whose covariate is not among them has unknown values.

        Args:
            window: Values in the order of the names, NaN unknown, (n, w, C), see
                `models.sales.data.covariates.Covariates.window`.
            names: The covariates' names.
            back: Periods of each window before its origin.
        """
        unknown = np.full(window.shape[:2], np.nan, np.float32)
        values = {name: window[:, :, place] for place, name in enumerate(names)}
        parts = [column for one in self.scales for column in one.columns(values.get(one.name, unknown), back)]
        return np.stack(parts, axis=2).astype(np.float32) if parts else np.zeros((*window.shape[:2], 0), np.float32)

    @property
    def description(self) -> list[dict[str, Any]]:
        """The scales as JSON has them."""
        return [asdict(one) for one in self.scales]

    @classmethod
    def from_description(cls, described: list[dict[str, Any]]) -> CovariateScales:
        """The scales that `description` gave."""
        numbers = ("centre", "spread", "least", "most")
        return cls(
            tuple(
                CovariateScale(
                    name=str(one["name"]),
                    is_holiday=bool(one["is_holiday"]),
                    is_relative=bool(one["is_relative"]),
                    **{name: float(one[name]) for name in numbers},
                )
                for one in described
            )
        )


def absurd_values(covariates: Covariates) -> dict[str, int]:
    """How many values of each covariate, before and after the panel's end, are no values but marks, where any is."""
    count, counts = covariates.shared.shape[1], {}
    for place, scale in enumerate(CovariateScales.fitted(covariates).scales):
        values = covariates.shared[:, place] if place < count else covariates.own[:, :, place - count]
        counts[scale.name] = int(np.count_nonzero(scale.is_absurd(values)))
    return {name: number for name, number in counts.items() if number}


def _past(covariates: Covariates, place: int) -> Floats:
    """The values of a covariate before the panel's end, of at most `SAMPLE` series, (series, periods)."""
    length, count = covariates.length - covariates.horizon, covariates.shared.shape[1]
    if place < count:
        return covariates.shared[None, :length, place].astype(np.float64)
    some = evenly_spread(len(covariates.own), SAMPLE)
    return covariates.own[some, :length, place - count].astype(np.float64)
