"""The cost of sales forecasts: what the generated shop holds, what is counted, and one small measurement of all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import sales_cost
from benchmarks.sales_cost import DAYS, START, Night, Resident, Rows, Training, figures, shop
from models.sales.forecast import dead_series
from models.sales.recipes.networks import fit
from models.sales.settings import NetworkSettings, SalesSettings

TINY = SalesSettings(horizon=7, recipes=("seasonal_lstm",), network=NetworkSettings(units=4, members=1, steps=1))
NIGHT = Night(load=1.0, panel=2.0, forecast=4.0, processor=9.0, peak_gib=3.0)


@pytest.fixture(scope="module")
def rows() -> Rows:
    return shop(120)


def test_the_shop_is_the_same_with_the_same_seed_alone(rows: Rows) -> None:
    again, other = shop(120), shop(120, seed=1)
    assert all(np.array_equal(one, two) for one, two in zip(vars(rows).values(), vars(again).values(), strict=True))
    assert not np.array_equal(rows.value[:500], other.value[:500])


def test_rows_are_in_order_whatever_the_blocks(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sales_cost, "AT_ONCE", 50)
    for each in (rows, shop(120)):
        key = each.series.astype(np.int64) * DAYS + each.day - START
        assert (np.diff(key) > 0).all()
        assert np.array_equal(np.unique(each.series), np.arange(120))
        assert each.day.min() >= START
        assert each.day.max() < START + DAYS


def test_the_shop_has_series_of_every_kind(rows: Rows) -> None:
    panel, code = rows.panel(120, TINY), np.arange(120)
    assert panel.length == DAYS
    assert np.array_equal(dead_series(panel), code % 20 == 1)
    assert (panel.observations[code % 20 == 2] < 60).all()
    assert panel.observations[code % 20 == 2].min() < 28
    assert (panel.observations[code % 20 == 5] > 30).all()
    assert np.array_equal(np.nanmin(panel.values, axis=1) < 0, code % 20 == 3)
    assert panel.intermittent[(code % 3 == 0) & (code % 20 > 3)].all()
    assert not panel.intermittent[(code % 3 != 0) & (code % 20 > 3)].any()


def test_sales_follow_their_weekday(rows: Rows) -> None:
    value = rows.panel(120, TINY).values[5]
    by_weekday = np.nanmean(value[: DAYS // 7 * 7].reshape(-1, 7), axis=0)
    assert by_weekday.std() / by_weekday.mean() > 0.1
    assert np.nanstd(value - by_weekday[np.arange(DAYS) % 7]) < 0.9 * np.nanstd(value)


def test_rows_of_the_first_series_come_back_from_files(rows: Rows, tmp_path: Path) -> None:
    rows.save(tmp_path)
    some, first = Rows.load(tmp_path, 7), rows.series < 7
    assert np.array_equal(some.series, rows.series[first])
    assert np.array_equal(some.day, rows.day[first])
    assert np.array_equal(some.value, rows.value[first])
    assert len(Rows.load(tmp_path, 120).value) == len(rows.value)


def test_figures_say_what_was_measured_and_what_it_should_be() -> None:
    trainings = [Training(300, 30.0, 32.0, 1.0), Training(30_000, 36.0, 70.0, 2.0)]
    resident = [Resident(held + 30 * number, held) for number, held in enumerate([700.0, 710.0, 750.0, 755.0])]
    by_name = {figure.name: figure for figure in figures(NIGHT, trainings, resident)}
    assert by_name["night_seconds"].line == "figure night_seconds 7 goal <= 60"
    assert by_name["night_peak_gib"].line == "figure night_peak_gib 3 goal <= 4"
    assert by_name["training_night_seconds_30000"].line == "figure training_night_seconds_30000 70 goal <= 600"
    assert by_name["learning_ratio"].value == pytest.approx(1.2)
    assert by_name["retraining_growth_mib"].line == "figure retraining_growth_mib 45 goal <= 50"
    assert by_name["retraining_growth_with_free_mib"].line == "figure retraining_growth_with_free_mib 105"


def test_memory_is_that_of_this_process() -> None:
    before = sales_cost.resident_mib()
    held = np.ones(2**24)
    assert sales_cost.resident_mib() - before == pytest.approx(128, abs=20)
    assert sales_cost.peak_gib() * 2**10 >= before + 100
    del held


def test_free_memory_does_not_count_as_held() -> None:
    before = sales_cost.resident_mib()
    blocks = [b"x" * 2**16 for _ in range(4_000)]
    grown = sales_cost.resident_mib() - before
    assert grown > 100
    last = blocks.pop()
    blocks.clear()  # below the last one, which is still there, the heap is free
    sales_cost._give_back()
    assert sales_cost.resident_mib() - before < grown / 3
    del last


def test_a_process_of_its_own_has_two_cores_at_most() -> None:
    assert sales_cost.in_own_process(os.getpid) != os.getpid()
    assert len(sales_cost.in_own_process(os.sched_getaffinity, 0)) <= 2


def test_it_measures_a_small_shop(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def here(task: Callable[..., Any], *arguments: Any) -> Any:
        return task(*arguments)

    monkeypatch.setattr(sales_cost, "in_own_process", here)
    monkeypatch.setattr(sales_cost, "SETTINGS", TINY)
    monkeypatch.setattr(sales_cost, "QUICK", TINY)
    monkeypatch.setattr(sales_cost, "SMALL_PANEL", 3)
    monkeypatch.setattr(fit, "BATCH_SIZE", 4)
    assert sales_cost.main(["--series", "20", "--retrainings", "2"]) == 0
    by_name = dict(re.findall(r"^figure (\S+) (\S+)", capsys.readouterr().out, re.MULTILINE))
    for size in (1, 20):
        assert 0 < float(by_name[f"learning_seconds_{size}"]) < float(by_name[f"training_night_seconds_{size}"])
    steps = ("night_panel_seconds", "night_forecast_seconds")
    assert 0 < sum(float(by_name[step]) for step in steps) < float(by_name["night_seconds"])
    assert float(by_name["retraining_growth_mib"]) == 0


def test_one_training_says_nothing_of_growth(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        sales_cost.main(["--retrainings", "1"])
    assert ended.value.code == 2
    assert "--retrainings" in capsys.readouterr().err
