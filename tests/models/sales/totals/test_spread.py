"""How uncertain totals are, on errors whose correlation is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from models.sales.recipes.model import QUANTILES
from models.sales.totals.spans import HORIZON, PERIOD, Span
from models.sales.totals.spread import GroupErrors, heaviness, over_spans, spread_of

STEPS, SERIES, ORIGINS = 6, 40, 200
SPANS = [Span(PERIOD, 0, 0), Span(HORIZON, 0, STEPS - 1)]
SHAPE = (ORIGINS, SERIES, STEPS)


def errors(kind: str) -> np.ndarray:
    """Errors of variance 1: all independent, the same at all steps of a series, or the same everywhere."""
    shape = {"apart": SHAPE, "of series": (ORIGINS, SERIES, 1), "alike": (ORIGINS, 1, 1)}[kind]
    return np.broadcast_to(np.random.default_rng(1).normal(size=shape), SHAPE).copy()


@pytest.mark.parametrize(
    ("kind", "series", "group"),
    [
        ("apart", np.sqrt(STEPS), np.sqrt(SERIES * STEPS)),
        ("of series", STEPS, np.sqrt(SERIES) * STEPS),
        ("alike", STEPS, SERIES * STEPS),
    ],
)
def test_sums_are_as_uncertain_as_their_errors_go_together(kind: str, series: float, group: float) -> None:
    scale = np.linspace(1, 3, SERIES)[:, None]
    spread = np.broadcast_to(scale, (SERIES, STEPS)).copy()
    past = errors(kind) * 7 * scale  # only how they go together counts, not their size
    some = over_spans(spread, past, SPANS)
    np.testing.assert_allclose(some.spread[:, 0], scale[:, 0])
    np.testing.assert_allclose(some.spread[:, 1], series * scale[:, 0], rtol=0.15)
    collected = GroupErrors((ORIGINS, 1, 2))
    for part in (slice(0, 15), slice(15, SERIES)):  # in any number of parts
        collected.add(over_spans(spread[part], past[:, part], SPANS), np.zeros(len(spread[part]), int))
    size = scale.sum() / SERIES if kind == "alike" else np.sqrt((scale**2).mean())
    np.testing.assert_allclose(collected.spread[0, 1], group * size, rtol=0.2)


def test_unknown_errors_and_none_at_all_lie_near_independence() -> None:
    spread, past = np.ones((SERIES, STEPS)), errors("apart")
    past[:, 3] = np.nan
    past[5] = np.nan
    some = over_spans(spread, past, SPANS)
    assert np.isfinite(some.spread).all()
    np.testing.assert_allclose(some.spread[:, 1], np.sqrt(STEPS), rtol=0.15)
    without = over_spans(spread, past[:0], SPANS)
    assert (without.spread[:, 1] > np.sqrt(STEPS)).all()
    assert (without.spread[:, 1] < 0.6 * STEPS).all()
    collected = GroupErrors((0, 1, 2))
    collected.add(without, np.zeros(SERIES, int))
    assert np.sqrt(SERIES) * without.spread[0, 1] < collected.spread[0, 1] < SERIES * without.spread[0, 1]


def test_a_series_that_is_certain_adds_nothing() -> None:
    spread, past = np.ones((2, STEPS)), errors("apart")[:, :2]
    spread[1], past[:, 1] = 0.0, 0.0
    some = over_spans(spread, past, SPANS)
    assert (some.spread[1] == 0).all()
    assert (some.spread[0] > 0).all()


def test_distances_are_in_standard_deviations_of_what_was_seen() -> None:
    spread, past = np.full((SERIES, STEPS), 3.0), errors("apart")
    past[:100, :, 3:] = np.nan
    past[0] = np.nan
    some = over_spans(spread, past, SPANS)
    assert np.isnan(some.distance[0]).all()
    assert np.sqrt(np.nanmean(some.distance**2, axis=(0, 1))) == pytest.approx([1, 1], abs=0.05)
    collected = GroupErrors((ORIGINS, 2, 2))
    collected.add(some, np.arange(SERIES) % 2)
    assert np.sqrt(np.nanmean(collected.distance**2, axis=(0, 1))) == pytest.approx([1, 1], abs=0.15)


def test_sums_of_counts_lie_beyond_quantiles_of_rare_large_sales() -> None:
    random = np.random.default_rng(2)
    poisson = random.poisson(0.5, (30, 400)).astype(float)
    orders = poisson * np.where(random.random(poisson.shape) < 0.05, 8, 1)
    for values, least, most in ((poisson, 1.0, 1.1), (orders, 1.5, 3.0)):
        past = (values - values.mean())[:, :, None].transpose(1, 0, 2)
        found = heaviness(values, past, np.ones(30, bool))
        assert least <= found.mean() <= most


@pytest.mark.parametrize(
    ("mean", "deviation", "expected"), [(4.0, 1.0, 2.0), (400.0, 1.0, 1.0), (400.0, 0.1, 0.5), (0.0, 0.0, 0.0)]
)
def test_only_small_counts_are_at_least_as_uncertain_as_chance(mean: float, deviation: float, expected: float) -> None:
    quantiles = (mean + deviation * stats.norm.ppf(QUANTILES))[None, None]
    spread = spread_of(np.array([[mean]]), quantiles, np.array([True]))
    assert spread.item() == pytest.approx(expected)
