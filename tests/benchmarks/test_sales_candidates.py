"""The contribution of each recipe: which ensembles are measured, and on what."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import sales_candidates
from benchmarks.sales_candidates import WHOLE, Night, measure
from benchmarks.sales_data_set import DataSet
from benchmarks.sales_source import Source
from models.sales.settings import SalesSettings
from tests.models.sales.shop import START, rhythm

SETTINGS = SalesSettings(horizon=7, recipes=("combination", "smoothing", "theta"))


@pytest.fixture(scope="module")
def data_set() -> DataSet:
    values = np.round(rhythm(6, 126), 2)
    series, column = np.indices(values.shape)
    source = Source.of(series.ravel(), START + column.ravel(), values.ravel())
    return DataSet.of("shop", source, 7, 7, 2)


def test_each_recipe_is_left_out_once_and_others_are_added(data_set: DataSet) -> None:
    rows = measure(data_set, SETTINGS)
    assert list(rows) == [WHOLE, "without combination", "without smoothing", "with theta"]
    assert all(np.isfinite(row["mase"]) for row in rows.values())
    assert len({row["quantile_loss"] for row in rows.values()}) > 1
    assert sales_candidates.table("shop", rows).count("+0.00") >= len(sales_candidates.METRICS)
    assert len(list(sales_candidates.figures("shop", rows))) == 4 * len(sales_candidates.METRICS)


def test_nothing_of_the_held_out_part_is_read(data_set: DataSet) -> None:
    night = Night.of(data_set, SETTINGS)
    assert night.known.length == data_set.source.grid.shape[1] - 14
    np.testing.assert_array_equal(night.known.values, data_set.source.grid[:, :-14])
    assert (data_set.number[night.cases] == 1).all()
