"""The contribution of each recipe: which ensembles are measured, and on what."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
import pytest

from benchmarks import sales_candidates, sales_flair
from benchmarks.sales_candidates import WHOLE, Night, measure
from benchmarks.sales_data_set import DataSet
from benchmarks.sales_source import Source
from models.common.arrays import Floats
from models.sales.settings import SalesSettings
from tests.models.sales.shop import START, rhythm

SETTINGS = SalesSettings(horizon=7, recipes=("combination", "smoothing", "theta"))
QUICK = SalesSettings(horizon=7, recipes=("smoothing",))


@pytest.fixture(scope="module")
def data_set() -> DataSet:
    values = np.round(rhythm(6, 126), 2)
    series, column = np.indices(values.shape)
    source = Source.of(series.ravel(), START + column.ravel(), values.ravel())
    return DataSet.of("shop", source, 7, 7, 3)


@pytest.fixture
def flair(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A package in whose stead the last season is repeated; the lengths of the histories that it was given."""
    given: list[int] = []

    def repeat(history: Floats, horizon: int, frequency: str, n_samples: int, seed: int) -> Floats:
        given.append(len(history))
        return np.tile(history[-7:], (n_samples, horizon // 7))

    monkeypatch.setattr(sales_flair, "load_package", lambda: SimpleNamespace(forecast=repeat))
    monkeypatch.setattr(joblib, "Parallel", lambda jobs: list)
    monkeypatch.setattr(joblib, "delayed", lambda task: task)
    return given


def test_each_recipe_is_left_out_once_and_others_are_added(data_set: DataSet) -> None:
    rows = measure(data_set, SETTINGS)
    alone = ["combination alone", "seasonal_naive alone", "smoothing alone", "theta alone"]
    assert list(rows) == [WHOLE, "without combination", "without smoothing", "with theta", *alone]
    assert all(np.isfinite(row["mase"]) for row in rows.values())
    assert len({row["quantile_loss"] for row in rows.values()}) > 1
    text = sales_candidates.table("shop", rows)
    assert text.count("+0.00") >= len(sales_candidates.METRICS)
    assert len(list(sales_candidates.figures("shop", rows))) == len(rows) * (len(sales_candidates.METRICS) + 1)


def test_the_figures_are_means_over_nights(data_set: DataSet) -> None:
    one, two, both = (measure(data_set, QUICK, nights)[WHOLE] for nights in ((1,), (2,), (1, 2)))
    assert both["mase"] == pytest.approx((one["mase"] + two["mase"]) / 2)
    assert one["mase"] != two["mase"]


@pytest.mark.parametrize("periods", [25, 31])
def test_a_night_with_too_little_history_counts_nowhere(
    data_set: DataSet, periods: int, capsys: pytest.CaptureFixture[str]
) -> None:
    short = DataSet.of("short", data_set.source.newest(periods), 7, 7, 4)
    one, both = (measure(short, QUICK, nights)[WHOLE] for nights in ((1,), (1, 3)))
    assert both["mase"] == one["mase"]
    assert "too little history 3 horizons before" in capsys.readouterr().out
    assert measure(short, QUICK, (3,)) == {}


def test_flair_forecasts_from_each_history_alone(data_set: DataSet, flair: list[int]) -> None:
    rows = measure(data_set, QUICK, added=[sales_flair.FLAIR])
    assert {"with flair", "flair alone"} <= rows.keys()
    assert rows["flair alone"]["mase"] == pytest.approx(rows["seasonal_naive alone"]["mase"])
    assert set(flair) == {112, 105, 98, 91}


def test_nothing_of_the_held_out_part_is_read(data_set: DataSet) -> None:
    night = Night.of(data_set, QUICK, 1)
    assert night is not None
    assert night.known.length == data_set.source.grid.shape[1] - 14
    np.testing.assert_array_equal(night.known.values, data_set.source.grid[:, :-14])
    assert (data_set.number[night.cases] == 1).all()


@pytest.mark.parametrize("arguments", [["--earlier", "0"], ["--earlier", "1", "0"], ["--with-flair"]])
def test_the_held_out_part_and_a_missing_package_are_refused(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sales_flair, "PACKAGES", tmp_path)
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(SystemExit) as refused:
        sales_candidates.main(arguments)
    assert refused.value.code == 2
