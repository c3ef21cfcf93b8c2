"""The benchmark of nights of many series: its tables hold the shop, and a small one runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.engine import URL

from benchmarks.sales_cost import DAYS, shop
from benchmarks.sales_nights import AS_OF, create_sales, every, in_order_of_days, main

SERIES = 20


def test_sqlite_holds_the_sales_in_the_order_of_days(tmp_path: Path) -> None:
    rows = in_order_of_days(shop(SERIES))
    create_sales(URL.create("sqlite", database=str(tmp_path / "shop.db")), "sales", rows)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        stored = connection.execute("SELECT * FROM sales").fetchall()
    assert len(stored) == len(rows.day) > SERIES * DAYS / 3
    assert [row[1] for row in stored] == sorted(row[1] for row in stored)
    assert stored[-1][1] < str(AS_OF)
    assert stored[-1][2] == rows.value[-1]


def test_a_part_has_every_row_of_its_series() -> None:
    rows = shop(SERIES)
    part = every(rows, 5)
    assert sorted(set(part.series.tolist())) == [0, 5, 10, 15]
    assert np.array_equal(np.bincount(part.series)[::5], np.bincount(rows.series)[::5])


def test_a_small_shop_gives_all_figures(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NIGHTCAST_CONFIG", raising=False)
    assert main(["--series", str(SERIES), "--only", "sqlite"]) == 0
    printed = capsys.readouterr().out
    for name in ("night_seconds", "read_seconds", "prepare_seconds", "forecast_seconds", "read_share"):
        assert f"figure sqlite_{name} " in printed
