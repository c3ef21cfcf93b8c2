"""Parts of the preparation: each inverts, looks at nothing later, keeps the unknown, and handles each series alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.common.arrays import Floats
from models.sales.recipes.classic.preparation.difference import Difference, DifferenceFit
from models.sales.recipes.classic.preparation.logarithm import DEPTH, SHARE, Logarithm
from models.sales.recipes.classic.preparation.names import PARTS as NAMED
from models.sales.recipes.classic.preparation.names import Chain, ChainFit, build
from models.sales.recipes.classic.preparation.part import FittedPart, Part, PointwiseFit
from models.sales.recipes.classic.preparation.scale import MaximumScale, MeanScale, RangeScale
from models.sales.recipes.classic.preparation.season import SeasonalAdjust
from models.sales.recipes.classic.preparation.trend import FURTHEST, Detrend
from tests.models.sales import reference

SEASON = 4
USUAL = ["logarithm", "seasonal_difference", "detrend", "range_scale"]
WITHOUT_DIFFERENCES: dict[str, Part] = {
    **{name: build([name], SEASON).parts[0] for name in NAMED if "difference" not in name},
    "mean": Detrend(0),
    "fifth_degree": Detrend(5),
    "range_around_zero": RangeScale(-1.0, 1.0),
    "odd_season": SeasonalAdjust(3),
    "nothing": build([], SEASON),
    "scaled": build(["mean_scale", "seasonal_adjust", "detrend_2"], SEASON),
}
PARTS: dict[str, Part] = {
    **WITHOUT_DIFFERENCES,
    "difference": Difference(),
    "seasonal_difference": Difference(SEASON),
    "usual": build(USUAL, SEASON),
    "both_differences": build(["maximum_scale", "difference", "seasonal_difference"], SEASON),
}
every_part = pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))

numbers = st.floats(-100, 100).map(lambda number: round(number, 3))
elements = st.one_of(st.just(math.nan), st.sampled_from([0.0, 1.0, 5.0]), numbers)
histories = arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(0, 14)), elements=elements)


@st.composite
def worlds(draw: st.DrawFn, minimum_ahead: int = 0) -> tuple[Floats, Floats]:
    """Histories, and what comes after them."""
    series, length, ahead = draw(st.integers(1, 3)), draw(st.integers(0, 14)), draw(st.integers(minimum_ahead, 6))
    values = draw(arrays(np.float64, (series, length + ahead), elements=elements))
    scaled = values * 10.0 ** draw(st.sampled_from([-12, -3, 0, 6, 12]))
    return scaled[:, :length], scaled[:, length:]


def transformed(fitted: FittedPart, ahead: Floats) -> Floats:
    """What the values after the history are on the scale of the transformed history, (S, H)."""
    if isinstance(fitted, ChainFit):
        for part in fitted.parts:
            ahead = transformed(part, ahead)
        return ahead
    if isinstance(fitted, PointwiseFit):
        length = fitted.history.shape[1]
        return fitted.forward(ahead, np.arange(length, length + ahead.shape[1]))
    assert isinstance(fitted, DifferenceFit)
    latest, differences = fitted.latest.copy(), np.full(ahead.shape, math.nan)
    for step in range(ahead.shape[1]):
        place = step % latest.shape[1]
        differences[:, step] = ahead[:, step] - latest[:, place]
        latest[:, place] = np.where(np.isnan(ahead[:, step]), latest[:, place], ahead[:, step])
    return differences


def assert_close(part: Part, result: Floats, expected: Floats, history: Floats, ahead: Floats) -> None:
    """Equal up to 1e-9 of each series' size; 1 stands in for it where a part may meet nothing but zeros."""
    size = np.abs(np.nan_to_num(np.concatenate([history, ahead], axis=1))).max(axis=1, initial=0.0)
    blank = ~np.nan_to_num(history).any(axis=1) | isinstance(part, Chain)
    size = np.where(blank, np.maximum(size, 1.0), size)[:, None]
    np.testing.assert_allclose(result / size, expected / size, rtol=0, atol=1e-9)


@every_part
@settings(max_examples=40)
@given(world=worlds())
def test_the_inverse_restores(part: Part, world: tuple[Floats, Floats]) -> None:
    history, ahead = world
    before = history.copy(), ahead.copy()
    fitted = part.fit(history)
    assert_close(part, fitted.invert(transformed(fitted, ahead)), ahead, history, ahead)
    np.testing.assert_array_equal(history, before[0])
    np.testing.assert_array_equal(ahead, before[1])


@settings(max_examples=100)
@given(world=worlds(), names=st.lists(st.sampled_from(list(NAMED)), max_size=3))
def test_any_chain_inverts(world: tuple[Floats, Floats], names: list[str]) -> None:
    history, ahead = world
    chain = build(names, SEASON)
    fitted = chain.fit(history)
    assert_close(chain, fitted.invert(transformed(fitted, ahead)), ahead, history, ahead)


@settings(max_examples=100)
@given(world=worlds(1), name=st.sampled_from(list(PARTS)), data=st.data())
def test_nothing_later_is_looked_at(world: tuple[Floats, Floats], name: str, data: st.DataObject) -> None:
    history, ahead = world
    fitted = PARTS[name].fit(history)
    inverted = fitted.invert(ahead)
    origin = data.draw(st.integers(0, ahead.shape[1] - 1))
    changed = ahead.copy()
    changed[:, origin:] = data.draw(elements)
    np.testing.assert_array_equal(fitted.invert(changed)[:, :origin], inverted[:, :origin])
    np.testing.assert_array_equal(fitted.invert(ahead), inverted)


@settings(max_examples=100)
@given(world=worlds(), name=st.sampled_from(list(PARTS)))
def test_the_unknown_stays_unknown_and_the_known_finite(world: tuple[Floats, Floats], name: str) -> None:
    history, ahead = world
    fitted = PARTS[name].fit(history)
    result = fitted.transform()
    assert np.isnan(result[np.isnan(history)]).all()
    if name in WITHOUT_DIFFERENCES:
        np.testing.assert_array_equal(np.isnan(result), np.isnan(history))
    assert not np.isinf(result).any()
    np.testing.assert_array_equal(np.isfinite(fitted.invert(ahead)), np.isfinite(ahead))


@settings(max_examples=100)
@given(world=worlds(), name=st.sampled_from(list(PARTS)))
def test_a_series_gives_the_same_alone_as_in_company(world: tuple[Floats, Floats], name: str) -> None:
    history, ahead = world
    part = PARTS[name]
    together = part.fit(history)
    for row in range(len(history)):
        alone, one = part.fit(history[[row]]), ahead[[row]]
        np.testing.assert_array_equal(alone.transform()[0], together.transform()[row])
        np.testing.assert_array_equal(alone.invert(one)[0], together.invert(ahead)[row])


@settings(max_examples=100)
@given(world=worlds(), name=st.sampled_from(list(PARTS)))
def test_quantiles_are_inverted_each_alone_and_keep_their_order(world: tuple[Floats, Floats], name: str) -> None:
    history, middle = world
    fitted = PARTS[name].fit(history)
    quantiles = middle[:, :, None] + np.array([-0.7, 0.0, 1.2]) * np.nan_to_num(np.abs(middle))[:, :, None]
    result = fitted.invert(quantiles)
    for level in range(3):
        np.testing.assert_array_equal(result[:, :, level], fitted.invert(quantiles[:, :, level]))
    assert not (result[:, :, 1:] < result[:, :, :-1]).any()


@every_part
@pytest.mark.parametrize("value", [0.0, -3.0, 7.0, 1e-12, -1e15, 1e15])
def test_odd_series_work(part: Part, value: float) -> None:
    history = np.full((6, 13), math.nan)
    history[1, 5] = value
    history[2] = value
    history[3] = np.where(np.arange(13) % 3 == 1, -value, value)
    history[4, ::2] = value
    history[5] = value * np.linspace(1, 1 + 1e-14, 13)  # varies by its rounding only
    ahead = np.full((6, 9), value) * np.linspace(-1, 2, 9)
    for known in (history, history[:, :0], history[:0], history[:0, :0]):
        after = ahead[: len(known)]
        fitted = part.fit(known)
        assert fitted.transform().shape == known.shape
        assert fitted.invert(np.zeros((len(known), 0, 5))).shape == (len(known), 0, 5)
        assert_close(part, fitted.invert(transformed(fitted, after)), after, known, after)


@pytest.mark.parametrize(
    ("part", "zeros", "positive", "negative"),
    [
        (RangeScale(), 0.5, 0.5, 0.5),
        (RangeScale(-2.0, 6.0), 2.0, 2.0, 2.0),
        (MaximumScale(), 0.0, 1.0, -1.0),
        (MeanScale(), 0.0, 1.0, -1.0),
        (Logarithm(), 0.0, math.log(3e7), math.log(SHARE * 3e7)),
        (Detrend(2), 0.0, 0.0, 0.0),
        (SeasonalAdjust(4), 0.0, 3e7, -3e7),
    ],
)
def test_a_constant_series_becomes_a_stated_constant(
    part: Part, zeros: float, positive: float, negative: float
) -> None:
    history = np.repeat([[0.0], [3e7], [-3e7]], 16, axis=1)
    expected = np.repeat([[zeros], [positive], [negative]], 16, axis=1)
    np.testing.assert_allclose(part.fit(history).transform(), expected, rtol=1e-12, atol=1e-6)


@given(history=histories, degree=st.integers(0, 5))
def test_a_trend_is_the_least_squares_polynomial(history: Floats, degree: int) -> None:
    time = np.arange(history.shape[1] + 5)
    trend = Detrend(degree).fit(history).invert(np.zeros((len(history), 5)))
    for row, result in zip(history, trend, strict=True):
        known = np.flatnonzero(~np.isnan(row))
        size = np.abs(row[known]).max(initial=0.0) or 1.0
        expected = np.zeros(5)
        if len(known):
            fit = np.polynomial.Polynomial.fit(known, row[known], min(degree, len(known) - 1))
            expected = np.clip(fit(time[-5:]), -FURTHEST * size, FURTHEST * size)
        np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-6 * size)


def test_a_line_and_a_parabola_go_on_ahead() -> None:
    time = np.arange(20.0)
    whole = np.stack([3 + 2 * time, 400 - time**2])
    straight, bent = Detrend(1).fit(whole[:1, :12]), Detrend(2).fit(whole[:, :12])
    np.testing.assert_allclose(straight.transform(), 0, atol=1e-10)
    np.testing.assert_allclose(straight.invert(np.zeros((1, 8))), whole[:1, 12:], rtol=1e-10)
    np.testing.assert_allclose(bent.invert(np.zeros((2, 8))), whole[:, 12:], rtol=1e-10)


@given(history=histories, lag=st.integers(1, 5))
def test_differences_are_to_the_latest_known_value_whole_lags_before(history: Floats, lag: int) -> None:
    expected = np.full(history.shape, math.nan)
    for (series, column), value in np.ndenumerate(history):
        earlier = [history[series, at] for at in range(column - lag, -1, -lag) if not np.isnan(history[series, at])]
        expected[series, column] = value - earlier[0] if earlier else math.nan
    np.testing.assert_array_equal(Difference(lag).fit(history).transform(), expected)


@given(history=histories, lag=st.integers(1, 5))
def test_differences_of_zero_repeat_the_last_known_values(history: Floats, lag: int) -> None:
    result = Difference(lag).fit(history).invert(np.zeros((len(history), 11)))
    expected = np.nan_to_num([reference.seasonal_naive(row, lag, 11) for row in history.tolist()])
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)


def test_differences_are_cumulated_across_an_unknown_step() -> None:
    fitted = Difference().fit(np.array([[1.0, math.nan, 4.0]]))
    np.testing.assert_array_equal(fitted.transform(), [[math.nan, math.nan, 3.0]])
    np.testing.assert_array_equal(fitted.invert(np.array([[1.0, math.nan, 2.0]])), [[5.0, math.nan, 7.0]])


def slow_pattern(row: list[float], season: int) -> list[float]:
    """The pattern of a classical decomposition, position 0 being that of step 1."""
    known = [at for at, value in enumerate(row) if not math.isnan(value)]
    if not known or known[-1] - known[0] + 1 < 2 * season:
        return [0.0] * season
    left: list[list[float]] = [[] for _ in range(season)]
    for at in known:
        starts = (at - season // 2, at - (season - 1) // 2)
        if starts[0] < known[0] or starts[1] + season - 1 > known[-1]:
            continue
        around = [row[start + offset] for start in starts for offset in range(season)]
        around = [value for value in around if not math.isnan(value)]
        if len(around) >= season:
            left[(at - len(row)) % season].append(row[at] - sum(around) / len(around))
    means = [sum(part) / len(part) if part else math.nan for part in left]
    present = [mean for mean in means if not math.isnan(mean)]
    return [0.0 if math.isnan(mean) else mean - sum(present) / len(present) for mean in means]


@given(
    history=arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(0, 20)), elements=elements),
    season=st.integers(1, 6),
)
def test_the_seasonal_pattern_agrees_with_the_reference(history: Floats, season: int) -> None:
    pattern = SeasonalAdjust(season).fit(history).invert(np.zeros((len(history), 2 * season)))
    expected = [2 * slow_pattern(row, season) for row in history.tolist()]
    np.testing.assert_allclose(pattern, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("season", [3, 4, 7, 12])
def test_a_season_is_told_from_a_trend_and_repeated_ahead(season: int) -> None:
    time = np.arange(4.0 * season + 1)
    line, pattern = 5 + 0.5 * time, np.random.default_rng(season).normal(0, 3, season)
    whole = line + (pattern - pattern.mean())[time.astype(int) % season]
    length = 3 * season + 1
    fitted = SeasonalAdjust(season).fit(whole[None, :length])
    np.testing.assert_allclose(fitted.transform()[0], line[:length], rtol=1e-10)
    np.testing.assert_allclose(fitted.invert(line[None, length:])[0], whole[length:], rtol=1e-10, atol=1e-10)


def test_less_than_two_seasons_are_left_alone() -> None:
    history = np.random.default_rng(0).uniform(1, 9, (2, 24))
    history[0, :1] = math.nan
    changed = SeasonalAdjust(12).fit(history).transform() != history
    assert not changed[0, 1:].any()
    assert changed[1].all()


@given(history=histories, shape=st.tuples(st.floats(-5, 5), st.floats(0.1, 9)))
def test_scales_agree_with_their_definitions(history: Floats, shape: tuple[float, float]) -> None:
    low, high = shape[0], shape[0] + shape[1]
    ranged, largest, mean = (
        part.fit(history).transform() for part in (RangeScale(low, high), MaximumScale(), MeanScale())
    )
    for row, one, two, three in zip(history, ranged, largest, mean, strict=True):
        known = row[~np.isnan(row)]
        if not known.any():
            continue
        np.testing.assert_allclose(two, row / np.abs(known).max(), rtol=1e-12)
        np.testing.assert_allclose(three, row / np.abs(known).mean(), rtol=1e-12)
        if known.min() < known.max():
            share = (row - known.min()) / (known.max() - known.min())
            np.testing.assert_allclose(one, low + share * (high - low), rtol=1e-9, atol=1e-9)


def test_a_series_that_varies_by_its_rounding_only_is_constant_to_a_range() -> None:
    history = 7.0 * np.linspace(1, 1 + 1e-14, 9)[None]
    np.testing.assert_allclose(RangeScale().fit(history).transform(), 0.5, atol=1e-12)
    wider = 7.0 * np.linspace(1, 1 + 1e-6, 9)[None]
    np.testing.assert_allclose(RangeScale().fit(wider).transform()[0], np.linspace(0, 1, 9), atol=1e-6)


@given(history=histories)
def test_logarithms_agree_with_their_definition(history: Floats) -> None:
    result = Logarithm().fit(history).transform()
    for row, logarithm in zip(history, result, strict=True):
        known = row[~np.isnan(row)]
        least, level = known.min(initial=math.inf), float(np.abs(known).mean()) if len(known) else 0.0
        shift = 0.0 if least > 0 else SHARE * (level or 20.0) - least
        expected = [math.log(value + shift) if not math.isnan(value) else math.nan for value in row.tolist()]
        np.testing.assert_allclose(logarithm, expected, rtol=1e-9, atol=1e-9)


def test_forecasts_of_logarithms_stay_positive_down_to_a_thousandth_of_the_least_value() -> None:
    fitted = Logarithm().fit(np.array([[2.0, 50.0]]))
    edge = math.log(2.0 * DEPTH)
    result = fitted.invert(np.array([[edge + 1e-6, edge - 0.1, edge - 1e3]]))[0]
    assert result[0] == pytest.approx(2e-3, rel=1e-5)
    assert 0 < result[1] < 2e-3
    assert -1e30 <= result[2] < 0


def test_a_chain_applies_its_parts_in_order_and_inverts_them_in_reverse() -> None:
    generator = np.random.default_rng(4)
    history, ahead = generator.uniform(1, 9, (2, 20)), generator.uniform(1, 9, (2, 5))
    chain = build(["logarithm", "difference"], SEASON).fit(history)
    np.testing.assert_allclose(chain.transform()[:, 1:], np.diff(np.log(history)), rtol=1e-9, atol=1e-12)
    step = np.log(ahead) - np.log(np.concatenate([history[:, -1:], ahead[:, :-1]], axis=1))
    np.testing.assert_allclose(chain.invert(step), ahead, rtol=1e-9)
    growth = chain.invert(np.full((2, 3), math.log(2.0)))
    np.testing.assert_allclose(growth, history[:, -1:] * [2.0, 4.0, 8.0], rtol=1e-12)


def test_what_a_chain_hands_out_is_not_what_it_keeps() -> None:
    history = np.ones((1, 3))
    chain: ChainFit = build([], SEASON).fit(history)
    chain.transform()[:] = 0.0
    np.testing.assert_array_equal(history, 1.0)
    np.testing.assert_array_equal(chain.transform(), 1.0)


def test_names_become_parts() -> None:
    assert build(list(NAMED), 7).parts == (
        Logarithm(),
        Detrend(1),
        Detrend(2),
        Difference(1),
        Difference(7),
        SeasonalAdjust(7),
        RangeScale(0.0, 1.0),
        MaximumScale(),
        MeanScale(),
    )
    assert build(["difference", "difference"], 7).parts == (Difference(1), Difference(1))


def test_impossible_settings_are_refused() -> None:
    for low, high in ((1.0, 1.0), (0.0, math.inf), (1e9, 1e9 + 1)):
        with pytest.raises(ValueError, match="range"):
            RangeScale(low, high)
