"""The effects of covariates on the logarithm of sales, the same for all series, from differences over a season.

In a difference between two days a season apart, the level and the rhythm of a series cancel. What a covariate is beyond
its reach is expected from its last known value and from how much of that remained so many periods later in the past.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.common.arrays import Flags, Floats, Singles
from models.sales.data.panel import SalesPanel
from models.sales.features.covariate_scales import CovariateScales
from models.sales.features.samples import evenly_spread

BACK = 364
"""Periods that are read at most."""

USUAL = 0.3
"""Effects of this size, for a standard deviation or a holiday, are usual: larger ones need more to be believed."""

SMALLEST_VARIANCE = 1e-9
"""Of the differences: with sales that never change, the penalty would be none."""

SAMPLE = 2_000
"""Series, evenly spread, that effects are learned from: this bounds time and memory."""

LARGEST_DIFFERENCE = 3.0
"""Larger differences of logarithms count as this."""

LARGEST_EFFECT = 2.0
"""The largest effect of all covariates together, as a logarithm."""

LIKELY = 0.5
"""From this probability on, a covariate of two values is expected to have the rarer one."""


@dataclass(frozen=True)
class Effect:
    """The effect of one covariate.

    Attributes:
        size: What is added to the logarithm of sales for each unit of the covariate's scale.
        remains: How much of a value remains after 0, 1, ..., H periods.
        values: The smaller and the larger value of a covariate that has two, on its scale; else empty.
    """

    size: float
    remains: tuple[float, ...]
    values: tuple[float, ...]


def covariate_values(panel: SalesPanel, scales: CovariateScales) -> list[tuple[Floats, Flags]]:
    """Each covariate on its scale in the last `BACK` periods and ahead, and where it is known, (S, back + H) all."""
    known, back, ahead = panel.covariates, min(BACK, panel.length), panel.lengths.horizon
    shape = (panel.series_count, back + ahead)
    nothing = np.full(shape, np.nan, np.float32)
    values: dict[str, Singles] = {}
    if known is not None:
        series = np.arange(panel.series_count)
        window = known.window(series, np.full(len(series), panel.length), back, ahead)
        values = {name: window[:, :, place] for place, name in enumerate(known.names)}
    columns = [scale.columns(values.get(scale.name, nothing), back) for scale in scales.scales]
    return [
        (value.astype(np.float64), np.asarray(flag[0] > 0) if flag else np.ones(shape, bool))
        for value, *flag in columns
    ]


def carried(value: Floats, known: Flags, effect: Effect) -> Floats:
    """The values, and where they are not known what is expected after the last known one; 0 before the first."""
    column = np.arange(value.shape[1])
    last = np.maximum.accumulate(np.where(known, column, -1), axis=1)
    remains = np.array(effect.remains)[np.minimum(column - last, len(effect.remains) - 1)]
    expected = np.where(last < 0, 0.0, np.take_along_axis(value, np.maximum(last, 0), axis=1) * remains)
    if effect.values:
        low, high = effect.values
        is_high = expected - low > LIKELY * (high - low)
        expected = np.where(last < 0, 0.0, np.where(is_high, high, low))
    return np.where(known, value, expected)


def shape_of(value: Floats, known: Flags, horizon: int) -> Effect:
    """How a covariate (n, periods) goes on, with an effect of no size."""
    moments = [np.where(known, value, 0.0)]
    remains = [1.0]
    for step in range(1, horizon + 1):
        then, now = moments[0][:, :-step], moments[0][:, step:]
        size = float((then**2 * known[:, step:]).sum())
        remains.append(float(np.clip((then * now).sum() / size, 0.0, 1.0)) if size else 0.0)
    inside = value[known]
    low, high = (float(inside.min()), float(inside.max())) if len(inside) else (0.0, 0.0)
    is_pair = low < high and bool(((inside == low) | (inside == high)).all())
    return Effect(0.0, tuple(remains), (low, high) if is_pair else ())


def logarithms(panel: SalesPanel) -> Floats:
    """The logarithms of positive sales of series that are not rare, in the last `BACK` periods, (S, back)."""
    values = panel.values[:, max(0, panel.length - BACK) :]
    usable = (values > 0) & ~panel.rare[:, None]
    return np.where(usable, np.log(np.where(usable, values, 1.0)), np.nan)


def fitted(panel: SalesPanel, scales: CovariateScales) -> tuple[Effect, ...]:
    """The effects of all covariates, by ridge regression on at most `SAMPLE` series."""
    some = panel.take(evenly_spread(panel.series_count, SAMPLE))
    back, season = min(BACK, panel.length), panel.lengths.season
    pairs = covariate_values(some, scales)
    shapes = [shape_of(value[:, :back], known[:, :back], panel.lengths.horizon) for value, known in pairs]
    change = _over_season(logarithms(some), season)
    seen = ~np.isnan(change)
    columns = [
        _over_season(carried(*pair, shape)[:, :back], season)[seen] for pair, shape in zip(pairs, shapes, strict=True)
    ]
    sizes = _ridge(columns, np.clip(change[seen], -LARGEST_DIFFERENCE, LARGEST_DIFFERENCE))
    return tuple(replace(shape, size=size) for shape, size in zip(shapes, sizes, strict=True))


def _ridge(columns: list[Floats], target: Floats) -> list[float]:
    """The coefficients of columns (n,), each believed as far as it is larger than chance beside `USUAL`."""
    products = np.array([[one @ other for other in columns] for one in columns]).reshape(len(columns), len(columns))
    moments = np.array([one @ target for one in columns])
    penalty = max(float(np.mean(target**2)) if len(target) else 0.0, SMALLEST_VARIANCE) / USUAL**2
    coefficients: list[float] = np.linalg.solve(products + penalty * np.eye(len(columns)), moments).tolist()
    return coefficients


def _over_season(table: Floats, season: int) -> Floats:
    return table[:, season:] - table[:, :-season] if table.shape[1] > season else table[:, :0]


def factors(panel: SalesPanel, scales: CovariateScales, effects: tuple[Effect, ...]) -> Floats:
    """What the covariates make of the sales of the last `BACK` periods and of those ahead, (S, back + H).

    It is 1 for series of mostly zeros, whose few sales say little about effects.
    """
    total = np.zeros((panel.series_count, min(BACK, panel.length) + panel.lengths.horizon))
    for pair, effect in zip(covariate_values(panel, scales), effects, strict=True):
        total += effect.size * carried(*pair, effect)
    total[panel.rare] = 0.0
    return np.exp(np.clip(total, -LARGEST_EFFECT, LARGEST_EFFECT))
