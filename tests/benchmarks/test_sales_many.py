"""Thousands of series: what the shops hold, and small measurements of all."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import sales_many
from models.sales.settings import SalesSettings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Small files in the form of the data sets."""
    random, months = np.random.default_rng(5), np.datetime64("2010-01") + np.arange(72)
    files = {"tourism_monthly": random.gamma(9, 100, (3, 72)), "carparts": random.poisson(0.6, (3, 72)).astype(float)}
    for name, values in files.items():
        lines = [f"{row},{months[at]}-01,{values[row, at]}" for row in range(3) for at in range(72 - row)]
        with gzip.open(tmp_path / f"{name}.csv.gz", "wt") as file:
            file.write("\n".join(["series_id,period,value", *lines]))
    return tmp_path


def test_generated_shops_have_smooth_and_intermittent_series() -> None:
    for shop in (sales_many.weekly(30), sales_many.monthly(30)):
        panel = shop.panel()
        assert panel.length == shop.value.shape[1] - shop.horizon
        assert 5 <= panel.rare.sum() <= 15
        assert (shop.value >= 0).all()


def test_resampled_series_end_together(folder: Path) -> None:
    tourism, carparts = sales_many.of_tourism(folder, 8), sales_many.of_carparts(folder, 8)
    for shop in (tourism, carparts):
        assert shop.value.shape == (8, 72)
        assert not np.isnan(shop.value[:, -12:]).any()
        assert len({tuple(row) for row in np.nan_to_num(shop.value)}) > 4
    assert np.array_equal(carparts.value, np.round(carparts.value))


def test_a_perfect_forecast_has_no_error(folder: Path) -> None:
    shop = sales_many.of_tourism(folder, 8)
    assert shop.error(shop.value[:, -24:]) == 0
    assert shop.error(shop.value[:, -24:] * 1.1) > 0


def test_all_shops_are_measured_and_resampled_ones_twice(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sales").symlink_to(folder)
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    monkeypatch.setattr(sales_many, "chosen_recipes", lambda panel, settings: ["smoothing"])
    monkeypatch.setattr(
        sales_many.Shop, "settings", property(lambda shop: SalesSettings(horizon=shop.horizon, recipes=("smoothing",)))
    )
    assert sales_many.main(["--share", "0.004"]) == 0
    figures = dict(re.findall(r"^figure (\S+) (\S+)", capsys.readouterr().out, re.MULTILINE))
    twice = {name.split("_mase_over")[0] for name in figures if "over_that" in name}
    assert twice == {"many_of_tourism", "many_of_carparts"}
    assert {"many_weekly_seconds", "many_monthly_seconds", "many_weekly_mase"} < set(figures)
    assert 0.5 < float(figures["many_of_carparts_mase_over_that_without_limits"]) < 2
