"""Which model version serves which as-of, and what promotion does to the others."""

from __future__ import annotations

import datetime
import math

import pytest
import sqlalchemy as sa

from nightcast.values import Evaluation, Product, to_day
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.ledger.model_versions import (
    ModelVersion,
    add_version,
    last_training,
    promote,
    published_version,
    serving_version,
)
from sql.tables import evaluation, model_version

TODAY = datetime.date(2026, 1, 1)


def day(number: int) -> datetime.date:
    return datetime.date(2024, 1, number)


def version(name: str, as_of: datetime.date, status: str = "challenger") -> ModelVersion:
    shape = {"shape": {"edges": [7, 14]}, "recipe": "lstm"}
    return ModelVersion(name, Product.SALES, status, as_of, f"{name}-folder", "0" * 64, shape, {"wape": 0.5})


def train(database: Database, name: str, as_of: datetime.date) -> None:
    """Train and promote, as a night does."""
    add_version(database, version(name, as_of), [])
    with database.write() as connection:
        promote(connection, Product.SALES, name, TODAY)


def publish(database: Database, as_of: datetime.date, name: str | None) -> ledger.Run:
    run = ledger.begin(database, Product.SALES, as_of, trigger="test", flow_run_id=None, settings={})
    ledger.publish(database, run, None, {"model_version": name})
    return run


def statuses(database: Database) -> dict[str, str]:
    with database.read() as connection:
        rows = connection.execute(sa.select(model_version.c.model_version, model_version.c.status))
        return dict(map(tuple, rows))


def serving(database: Database, as_of: datetime.date, product: Product = Product.SALES) -> str | None:
    version = serving_version(database, product, as_of)
    return None if version is None else version.model_version


def test_a_version_comes_back_as_it_was_added(database: Database) -> None:
    add_version(database, version("a", day(5), "champion"), [])
    assert serving_version(database, Product.SALES, day(5)) == version("a", day(5), "champion")


def test_the_figures_are_kept_and_replaced_when_added_again(database: Database) -> None:
    figures = [Evaluation(to_day(day(1)), "all", "wape", 0.5, "seasonal_naive", math.nan)]
    add_version(database, version("a", day(5)), figures)
    add_version(
        database, version("a", day(5)), [*figures, Evaluation(to_day(day(1)), "all", "mase", math.inf, "x", 1.0)]
    )
    table = evaluation.c
    columns = (table.model_version, table.as_of, table.segment, table.metric, table.value, table.baseline_value)
    with database.read() as connection:
        rows = connection.execute(sa.select(*columns).order_by(table.metric)).all()
    assert [tuple(row) for row in rows] == [
        ("a", day(1), "all", "mase", None, 1.0),
        ("a", day(1), "all", "wape", 0.5, None),
    ]
    assert statuses(database) == {"a": "challenger"}


def test_a_promotion_retires_the_champion(database: Database) -> None:
    train(database, "old", day(1))
    train(database, "new", day(8))
    assert statuses(database) == {"old": "retired", "new": "champion"}
    train(database, "again", day(8))  # the same as-of, trained again
    assert statuses(database) == {"old": "retired", "new": "retired", "again": "champion"}


def test_the_history_of_models_counts_their_nights(database: Database) -> None:
    train(database, "old", day(1))
    for number in (1, 2, 2):
        publish(database, day(number), "old")
    train(database, "new", day(8))
    name = sa.table("rpt_model_history", schema=database.schema).fullname
    columns = "model_version, status, nights, first_as_of, last_as_of"
    with database.read() as connection:
        rows = connection.exec_driver_sql(f"SELECT {columns} FROM {name}").all()
    assert [(*row[:3], *(row[3] and str(row[3]), row[4] and str(row[4]))) for row in rows] == [
        ("new", "champion", 0, None, None),
        ("old", "retired", 3, "2024-01-01", "2024-01-02"),
    ]


def test_a_backfill_never_takes_over_from_a_newer_champion(database: Database) -> None:
    train(database, "new", day(8))
    train(database, "backfill", day(3))
    assert statuses(database) == {"new": "champion", "backfill": "retired"}
    assert [serving(database, day(number)) for number in (2, 3, 7, 8, 20)] == [
        None,
        "backfill",
        "backfill",
        "new",
        "new",
    ]


def test_promotions_of_one_product_leave_the_other_alone(database: Database) -> None:
    other = ModelVersion("visits", Product.NEXT_VISIT, "champion", day(1), None, None, {}, {})
    add_version(database, other, [])
    train(database, "sales", day(8))
    assert statuses(database) == {"visits": "champion", "sales": "champion"}
    assert serving(database, day(9), Product.NEXT_VISIT) == "visits"


def test_promoting_twice_is_harmless(database: Database) -> None:
    train(database, "a", day(1))
    with database.write() as connection:
        promote(connection, Product.SALES, "a", TODAY)
    assert statuses(database) == {"a": "champion"}


def test_a_version_serves_only_from_its_own_as_of_on(database: Database) -> None:
    train(database, "first", day(5))
    train(database, "second", day(12))
    assert [serving(database, day(number)) for number in (4, 5, 11, 12, 30)] == [
        None,
        "first",
        "first",
        "second",
        "second",
    ]


@pytest.mark.parametrize("status", ["challenger", "rejected"])
def test_what_never_served_does_not_serve(database: Database, status: str) -> None:
    add_version(database, version("a", day(1), status), [])
    assert serving(database, day(9)) is None


def test_the_last_training_counts_also_when_its_model_lost(database: Database) -> None:
    assert last_training(database, Product.SALES, day(30)) is None
    train(database, "champion", day(1))
    add_version(database, version("loser", day(8), "rejected"), [])
    add_version(database, version("unfinished", day(9)), [])
    assert last_training(database, Product.SALES, day(30)) == day(8)
    assert last_training(database, Product.SALES, day(7)) == day(1)
    assert last_training(database, Product.NEXT_VISIT, day(30)) is None


def test_the_version_behind_a_published_run(database: Database) -> None:
    train(database, "a", day(1))
    train(database, "b", day(8))
    publish(database, day(8), "a")
    assert published_version(database, Product.SALES, day(9)) is None
    version = published_version(database, Product.SALES, day(8))
    assert version is not None
    assert version.model_version == "a"
    publish(database, day(8), "b")  # supersedes
    version = published_version(database, Product.SALES, day(8))
    assert version is not None
    assert version.model_version == "b"


def test_a_run_served_by_a_baseline_or_not_published_has_no_version(database: Database) -> None:
    train(database, "a", day(1))
    publish(database, day(8), None)
    run = ledger.begin(database, Product.SALES, day(9), trigger="test", flow_run_id=None, settings={})
    with database.write() as connection:
        ledger.record(connection, run, model_version="a")
    assert published_version(database, Product.SALES, day(8)) is None
    assert published_version(database, Product.SALES, day(9)) is None


def test_a_champion_whose_as_of_has_not_come_gives_way(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.delete(model_version))
    add_version(database, version("premature", datetime.date(2036, 1, 1), "champion"), [])
    train(database, "now", day(5))
    assert statuses(database) == {"premature": "rejected", "now": "champion"}
