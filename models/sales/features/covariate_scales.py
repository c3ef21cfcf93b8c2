"""The scale of each covariate: fitted where a network is trained, and kept with it.

The same price then means the same on every night on which the network serves. A covariate is brought to mean 0 and
standard deviation 1 over what lay before the origin; a column beside it says whether it is known, since an unknown
value is not the mean. Public holidays stay 0 or 1, or the share of a period's days, and are always known.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.common.arrays import Floats, Singles
from models.sales.data.covariates import Covariates

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
    """

    name: str
    is_holiday: bool
    centre: float = 0.0
    spread: float = 1.0
    least: float = -ANYTHING
    most: float = ANYTHING

    @classmethod
    def fitted(cls, name: str, values: Floats) -> CovariateScale:
        """The scale of a covariate with these known values, (n,)."""
        if not len(values):
            return cls(name, False, spread=0.0)
        low, high = np.quantile(values, [TAIL, 1 - TAIL])
        far = ABSURD * (high - low) if high > low else ANYTHING
        inside = values[(values >= low - far) & (values <= high + far)]
        spread = float(inside.std())
        changes = spread > CONSTANT * float(np.abs(inside).max())
        return cls(name, False, float(inside.mean()), spread if changes else 0.0, float(low - far), float(high + far))

    def is_absurd(self, values: Singles) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which values are no values but marks."""
        return np.asarray((values < self.least) | (values > self.most))

    def columns(self, values: Singles) -> list[Singles]:
        """Values (n, w), NaN unknown, on this scale, and whether they are known; of a holiday the values alone."""
        if self.is_holiday:
            return [np.nan_to_num(values)]
        known = ~np.isnan(values) & ~self.is_absurd(values) & (self.spread > 0)
        distance = (values.astype(np.float64) - self.centre) / (self.spread or 1.0)
        return [np.where(known, np.clip(distance, -LARGEST, LARGEST), 0.0), known]


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

    def columns(self, window: Singles, names: tuple[str, ...]) -> Singles:
        """What a network reads of covariates, (n, w, columns).

        A covariate without a scale is ignored; a scale whose covariate is not among them has unknown values.

        Args:
            window: Values in the order of the names, NaN unknown, (n, w, C), see
                `models.sales.data.covariates.Covariates.window`.
            names: The covariates' names.
        """
        unknown = np.full(window.shape[:2], np.nan, np.float32)
        values = {name: window[:, :, place] for place, name in enumerate(names)}
        parts = [column for one in self.scales for column in one.columns(values.get(one.name, unknown))]
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
                CovariateScale(str(one["name"]), bool(one["is_holiday"]), *(float(one[name]) for name in numbers))
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
    """The known values of a covariate before the panel's end, of at most `SAMPLE` series, (n,)."""
    length, count = covariates.length - covariates.horizon, covariates.shared.shape[1]
    if place < count:
        values = covariates.shared[:length, place]
    else:
        every = max(1, -(-len(covariates.own) // SAMPLE))
        values = covariates.own[::every, :length, place - count]
    return values[~np.isnan(values)].astype(np.float64)
