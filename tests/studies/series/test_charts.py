from __future__ import annotations

import numpy as np

from studies.results import ConfigurationResult
from studies.series.charts import SHOWN, forecasts_over_series, standard_errors
from studies.series.measure import Part, Walk


def test_standard_errors_are_those_of_the_first_repeats() -> None:
    scores = 1e6 + np.random.default_rng(1).normal(size=500)
    with_gap = np.concatenate([scores[:3], [np.nan], scores[3:]])
    results = [
        ConfigurationResult("a", {"m": with_gap}, 0.0),
        ConfigurationResult("constant", {"m": np.ones(9)}, 0.0),
    ]
    chart = standard_errors(results, "m")
    assert chart is not None
    assert list(chart.lines) == ["a"]
    counts, errors = chart.lines["a"]
    assert (counts[0], counts[-1]) == (2, 500)
    expected = [scores[: int(count)].std(ddof=1) / np.sqrt(count) for count in counts]
    np.testing.assert_allclose(errors, expected, rtol=1e-4)
    assert standard_errors(results[1:], "m") is None


def test_forecasts_are_drawn_as_median_and_band_around_the_split() -> None:
    values, train = np.arange(1_000.0), 700
    forecasts = values + np.random.default_rng(1).normal(size=(41, 1_000))
    forecasts[0, 750] = np.nan
    walk = Walk(Part(np.arange(train), forecasts[:, :train]), Part(np.arange(train, 1_000), forecasts[:, train:]))
    chart = forecasts_over_series("a", walk, values, train)
    x, actual = chart.lines["actual"]
    assert len(x) == SHOWN
    np.testing.assert_array_equal(actual, values[x.astype(int) - 1])
    places, median = chart.lines["test part"]
    assert places[0] == train + 1
    np.testing.assert_array_equal(median[0], np.median(forecasts[1:, train]))
    _, low, high = chart.bands["test part"]
    np.testing.assert_allclose(low[0], np.quantile(forecasts[1:, train], 0.025))
    assert (low <= median).all()
    assert (median <= high).all()


def test_a_single_forecast_has_no_band_and_one_that_diverged_no_line() -> None:
    values = np.arange(10.0)
    part = Part(np.arange(5, 10), np.array([[np.inf] * 5]))
    chart = forecasts_over_series("a", Walk(Part(np.arange(1, 5), values[None, :4]), part), values, 5)
    assert list(chart.lines) == ["actual", "training part"]
    assert not chart.bands
