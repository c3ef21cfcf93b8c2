"""Studies are kept with every score, and come back as they were."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray

from nightcast.values import new_id
from sql.engine import Database
from sql.ledger.studies import StoredStudy, add_study
from sql.tables import study_score
from tests.sql.ledger.stored_studies import scores_of, studies

BEGUN = datetime.datetime(2026, 11, 21, 3, 30, tzinfo=datetime.UTC)


def stored(name: str = "shampoo", minutes: int = 0) -> StoredStudy:
    started = BEGUN + datetime.timedelta(minutes=minutes)
    return StoredStudy(
        study_id=new_id(),
        name=name,
        title="Shampoo sales: l'étude",
        kind="series",
        started_at=started,
        finished_at=started + datetime.timedelta(seconds=2.5),
        seconds=2.5,
        repeats=3,
        seed=2**40,
        settings={"name": name, "configurations": [{"name": "stateful", "units": [1]}], "title": None},
        sha256="ab" * 32,
        code_version="1.0",
    )


def assert_same(
    scores: dict[tuple[str, str], NDArray[np.float64]], expected: dict[tuple[str, str], NDArray[np.float64]]
) -> None:
    assert set(scores) == set(expected)
    for names, values in expected.items():
        np.testing.assert_array_equal(scores[names], values)


def test_a_study_comes_back_as_it_was(database: Database) -> None:
    first, second = stored(), stored("airline", minutes=1)
    scores = {
        ("stateful", "test_rmse"): np.array([1 / 3, np.nan, 2.0]),
        ("stateful", "train_rmse"): np.array([1e-300, 5.0, 0.0]),
        ('Zustände, "größer"; 状態 ' + "x" * 80, "test_rmse"): np.array([7.0]),
        ("Stateful", "test_rmse"): np.array([3.0]),
    }
    assert add_study(database, first, scores) == 8
    assert add_study(database, second, {("stateful", "test_rmse"): np.array([9.0])}) == 1
    assert studies(database) == [second, first]
    assert_same(scores_of(database, first.study_id), scores)


def test_a_repeat_that_diverged_is_null(database: Database) -> None:
    kept = stored()
    add_study(database, kept, {("stateful", "test_rmse"): np.array([np.inf, -np.inf, np.nan, 1.0])})
    query = sa.select(study_score.c.repeat, study_score.c.value).order_by(study_score.c.repeat)
    with database.read() as connection:
        assert [tuple(row) for row in connection.execute(query)] == [(1, None), (2, None), (3, None), (4, 1.0)]


def test_scores_that_cannot_be_written_leave_no_study_behind(database: Database) -> None:
    class Broken(dict[tuple[str, str], NDArray[np.float64]]):
        def items(self):  # type: ignore[no-untyped-def]
            yield ("stateful", "test_rmse"), np.array([1.0])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_study(database, stored(), Broken())
    assert studies(database) == []
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(study_score)).scalar_one() == 0


def test_a_large_study_is_written_at_once(database: Database) -> None:
    random, kept = np.random.default_rng(7), replace(stored(), repeats=1000)
    scores = {(f"way {i}", metric): random.random(1000) for i in range(25) for metric in ("train", "test", "mae")}
    assert add_study(database, kept, scores) == 75_000
    assert_same(scores_of(database, kept.study_id), scores)
