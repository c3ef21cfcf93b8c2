"""The benchmark of totals, on a small generated set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import sales_totals
from benchmarks.sales_sets import UsualSet
from benchmarks.sales_source import Source
from models.sales.settings import SalesSettings

LENGTH, SERIES = 160, 40
SMALL = UsualSet("small", horizon=7, season=7)


@pytest.fixture(scope="module")
def source() -> Source:
    """Daily series with a weekly pattern; the last one is not known at the end."""
    random = np.random.default_rng(3)
    week = random.uniform(5, 20, (SERIES, 7))[:, np.arange(LENGTH) % 7]
    values = week * random.gamma(9, 1 / 9, (SERIES, LENGTH))
    series, day = np.nonzero(np.ones(values.shape, bool))
    kept = (series < SERIES - 1) | (day < LENGTH - 3)
    return Source.of(series[kept], 19_723 + day[kept], values[series[kept], day[kept]])


def test_totals_of_groups_are_measured_from_each_origin(source: Source) -> None:
    totals, origins = sales_totals.measure(SMALL, source, 2)
    assert origins == 2
    sizes = [len(actual) for actual in totals.actual]
    assert sizes == [1, 13, 4, 1, 1, 13, 3, 1]
    newest = source.grid[: SERIES - 1, -7:].sum()
    assert totals.actual[4][0] == totals.actual[7][0] == pytest.approx(newest)
    assert 0 <= totals.coverage <= 1
    lines = {figure.name: figure.value for figure in sales_totals.figures("small", totals, origins)}
    assert lines["totals_small_error"] < 0.2
    ratio = lines["totals_small_error"] / lines["totals_small_error_of_direct"]
    assert lines["totals_small_error_over_direct"] == pytest.approx(ratio)


def test_a_direct_forecast_begins_with_the_first_of_its_series(source: Source) -> None:
    settings = SalesSettings(horizon=7, season=7)
    panel = source.panel(LENGTH - 7, settings)
    values = panel.values.copy()
    values[:20, :30] = np.nan
    values[0, 50] = np.nan
    late = replace(panel, values=values)
    group = (np.arange(SERIES) >= 20).astype(np.int64)
    expected = panel.values[:, -7:].sum(axis=1)
    direct = sales_totals.direct(late, group, 2, settings)
    np.testing.assert_allclose(direct, np.bincount(group, expected), rtol=0.2)
