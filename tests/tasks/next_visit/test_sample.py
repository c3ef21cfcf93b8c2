"""The customers that models learn from: all of a usual shop, and of a large one a part that follows from its rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from models.next_visit.value.value import Shop
from sql.engine import Database
from sql.hashing import HASHES
from sql.source.parts import hashes
from tasks.next_visit import sample
from tests.stored_visits import next_visit
from tests.tasks.forecasts import customers, day, written_to
from tests.tasks.nights import fill_visits

VISITS = [(f"C{number}", day(back + number % 3), None) for number in range(40) for back in (1, 9, 20 + number)]


@pytest.mark.parametrize(("rows", "share"), [(0, 1), (4_000_000, 1), (4_000_001, 2), (18_900_000, 8), (10**9, 256)])
def test_half_as_many_customers_as_long_as_there_are_too_many_rows(rows: int, share: int) -> None:
    assert sample.sampled_hashes(rows) == HASHES // share


def test_models_learn_from_all_customers_of_a_usual_shop() -> None:
    assert sample.sampled_customers(pa.array(["a", "b"]), 1_000) is None


def test_the_part_follows_from_the_hashes_of_the_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "MOST_ROWS", 100)
    ids = pa.array(sorted(f"C{number}" for number in range(1000)))
    chosen = sample.sampled_customers(ids, 400)
    assert chosen is not None
    assert 150 < chosen.size < 350
    assert (hashes(ids.take(pa.array(chosen))) < HASHES // 4).all()


def test_everybody_is_forecast_by_what_a_part_has_taught(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_visits(database, *VISITS)
    monkeypatch.setattr(sample, "MOST_ROWS", len(VISITS) // 2)
    tonight = customers(database)
    known = tonight.prepared.known
    assert 0 < known.learned_from.customers < known.customers == 40
    kept = np.flatnonzero(hashes(tonight.prepared.ids) < HASHES // 2)
    assert known.learned_from.history.day.tolist() == known.history.of(kept).day.tolist()
    assert Shop.of(known).rhythm == Shop.of(known.learned_from).rhythm
    tonight.forecast()
    assert len(written_to(database, next_visit, "customer_id")) == 40
