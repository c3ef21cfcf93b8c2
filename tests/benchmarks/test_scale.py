"""The benchmark of a million customers: what its shop holds, and that what it compares with does the same work."""

from __future__ import annotations

import datetime
import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.engine import URL

from benchmarks import console_script
from benchmarks.scale import changes, nights, plain
from benchmarks.scale.__main__ import GOALS, options
from benchmarks.scale.floor import STEPS
from benchmarks.scale.nights import MeasuredNight, Project
from benchmarks.scale.shop import AS_OF, DAYS, FIRST_ID, ID_STEP, Visits, write_visits
from flows.settings import load_settings

CUSTOMERS = 300


@pytest.fixture(scope="module")
def visits() -> Visits:
    return Visits.generated(CUSTOMERS)


def test_everybody_has_visits_before_the_as_of_in_the_order_of_time(visits: Visits) -> None:
    assert visits.customers == CUSTOMERS
    assert 15 < visits.customer.size / CUSTOMERS < 25
    assert (np.diff(visits.second) >= 0).all()
    newest = datetime.date(1970, 1, 1) + datetime.timedelta(days=int(visits.second.max()) // 86_400)
    assert AS_OF - datetime.timedelta(days=7) < newest < AS_OF
    assert visits.second.min() >= visits.second.max() - DAYS * 86_400


def test_a_part_has_every_visit_of_its_customers(visits: Visits) -> None:
    part = visits.of_every(10)
    assert part.customers == CUSTOMERS / 10
    assert np.array_equal(np.bincount(part.customer)[::10], np.bincount(visits.customer)[::10])


def test_sqlite_holds_the_rows_as_they_are(visits: Visits, tmp_path: Path) -> None:
    write_visits(URL.create("sqlite", database=str(tmp_path / "shop.db")), {"some": visits})
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        rows = connection.execute("SELECT * FROM some").fetchall()
    assert len(rows) == visits.customer.size
    customer, moment, amount = rows[-1]
    assert customer == FIRST_ID + ID_STEP * int(visits.customer[-1])
    assert datetime.datetime.fromisoformat(moment + "+00:00").timestamp() == visits.second[-1]
    assert amount == pytest.approx(visits.cents[-1] / 100)


def test_the_plain_way_reads_the_last_intervals_of_each_customer() -> None:
    days = pd.to_datetime(["2026-01-01 10:00", "2026-01-01 17:00", "2025-12-22 09:00", "2025-12-30 12:00"])
    rows = pd.DataFrame({"customer_id": [7, 7, 7, 5], "visited_at": days, "amount": ["1.00", "2.00", "4.00", "8.00"]})
    customers, windows = plain.windows(rows)
    assert customers == [5, 7]
    assert windows.shape == (2, STEPS, plain.CHANNELS)
    assert not windows[0, :, :3].any()
    assert windows[1, -1].tolist() == pytest.approx([1.0, *np.log1p([10, 3, 4, 2])])


def test_memory_of_children_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hungry = "import time; kept = bytearray(80_000_000); time.sleep(0.7)"
    script = tmp_path / "nightcast"
    script.write_text(f"#!/bin/sh\n{sys.executable} -c '{hungry}'\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(console_script, "console_script", lambda: str(script))
    assert 0.06 < nights.watched([], tmp_path, dict(os.environ)) < 0.3


def test_a_night_says_what_it_was() -> None:
    night = MeasuredNight(12.34, 15.0, 9.5, 1.5, {"read": 2.0}, 1_000, retrained=False)
    expected = "1,000 customers, loaded: published after 12.3 s, process 15.0 s, processor 9.5 s, 1.50 GiB; read 2.0"
    assert str(night) == expected


def test_a_loaded_night_serves_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[Sequence[str]] = []
    monkeypatch.setattr(Project, "run", lambda self, arguments: commands.append(arguments))
    Project(tmp_path, URL.create("sqlite")).night("visits_tenth", 1, "--retrain", "never")
    settings = load_settings(tmp_path / "nightcast.toml")
    assert settings.source.visits.table == "visits_tenth"
    assert settings.next_visit.competing == ("hazard_lstm",)
    assert settings.next_visit.incremental == "never"
    as_of = str(AS_OF + datetime.timedelta(days=1))
    assert commands == [["run", "--product", "next_visit", "--as-of", as_of, "--retrain", "never"]]


def test_few_customers_have_new_visits(visits: Visits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = URL.create("sqlite", database=str(tmp_path / "shop.db"))
    write_visits(url, {"visits": visits})
    asked: list[tuple[str, int, str]] = []

    def night(self: Project, table: str, days: int, settings: str) -> None:
        asked.append((table, days, settings))
        (tmp_path / "command.log").write_text("next_visit: read 30 of 6,000\n rows: 2 of 731 days", encoding="utf-8")

    monkeypatch.setattr(Project, "night", night)
    share = changes.nights(Project(tmp_path, url), visits)[-1]
    assert share == pytest.approx(0.005)
    assert asked == [("visits", 0, changes.CHANGING), ("visits", 1, changes.CHANGING)]
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        new = connection.execute("SELECT * FROM visits WHERE visited_at >= '2026-01-05'").fetchall()
        assert connection.execute("SELECT COUNT(*) FROM visits").fetchone() == (visits.customer.size + len(new),)
    assert len({row[0] for row in new}) == len(new) == CUSTOMERS / changes.EVERY
    assert max(row[1] for row in new) < "2026-01-06"


def test_parts_can_be_chosen() -> None:
    assert options(["--only", "floor", "views", "--customers", "10"]).only == ["floor", "views"]
    with pytest.raises(SystemExit):
        options(["--only", "nothing"])
    assert set(GOALS) >= {"full_over_floor", "full_gib", "training_seconds", "bytes_per_customer"}
