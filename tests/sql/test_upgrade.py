"""A database of an earlier revision is upgraded, and what was published still shows."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nightcast.errors import SchemaVersionError
from nightcast.values import Product
from sql.engine import Database
from sql.ledger import listings
from sql.ledger.model_versions import ModelVersion, champion_of
from sql.schema import head_revision, migrate, require_current
from sql.tables import forecast_run, forecast_score, next_visit_stored, series_status, source_load, visit_bin
from tests.conftest import MYSQL_ALONE
from tests.revisions import migrate_to, published_at_0004
from tests.stored_visits import next_visit, next_visit_bin

RUN = "0195e9a0-0000-7000-8000-0000aaaaaaaa"
"""The published run of next visits."""

DAY = datetime.date(2026, 3, 31)


@pytest.fixture
def upgraded(empty_database: Database) -> Database:
    """A database of revision 0004 with a published night, brought to today's revision."""
    published_at_0004(empty_database)
    with pytest.raises(SchemaVersionError):
        require_current(empty_database)
    assert migrate(empty_database) == ("0004", head_revision())
    require_current(empty_database)
    return empty_database


def champion(database: Database, product: Product) -> ModelVersion:
    version = champion_of(database, product)
    assert version is not None
    return version


def test_what_was_published_still_shows(upgraded: Database) -> None:
    first, second = list(listings.customers_due(upgraded, None))
    assert (first["customer_id"], first["median_days_ahead"], first["days 1-7"]) == ("C-00001", 3, 0.8)
    assert (second["customer_id"], second["median_days_ahead"], second["later"]) == ("C-00002", None, 0.7)
    steps = list(listings.sales_outlook(upgraded, None, series="bakery/rye"))
    assert [(row["step"], row["mean"]) for row in steps] == [(1, 31.5), (2, 28.5)]
    (outlook,) = list(listings.sales_outlook(upgraded, None))
    assert (outlook["status"], outlook["skill"], outlook["total_mean"]) == ("forecast", 0.31, 60.0)


def test_bins_are_stored_in_one_row_and_read_as_before(upgraded: Database) -> None:
    with upgraded.read() as connection:
        bins = connection.execute(sa.select(next_visit_bin).order_by(next_visit_bin.c.customer_id, "bin")).all()
        rows = connection.execute(sa.select(next_visit).order_by(next_visit.c.customer_id)).all()
        stored = connection.execute(sa.select(next_visit_stored.c.run_number)).scalars().all()
    assert [(row.customer_id, row.bin) for row in bins] == [
        (customer, number) for customer in ("C-00001", "C-00002") for number in range(1, 6)
    ]
    assert sum(row.probability for row in bins) == pytest.approx(2)
    assert stored == [1, 1]
    by_customer = {row.customer_id: row for row in rows}
    assert by_customer["C-00001"].likely_bin_probability == pytest.approx(0.8)
    assert by_customer["C-00002"].likely_bin_probability == pytest.approx(0.7)
    assert by_customer["C-00002"].return_probability == pytest.approx(0.3)


def test_a_run_with_more_bins_than_are_stored_loses_its_forecast(empty_database: Database) -> None:
    published_at_0004(empty_database)
    migrate_to(empty_database, "0014")
    more = [
        {"run_id": RUN, "bin": number, "from_day": number, "to_day": None, "label": "x", "from_date": DAY}
        for number in range(6, 14)
    ]
    with empty_database.write() as connection:
        connection.execute(sa.insert(visit_bin), more)
    migrate(empty_database)
    assert list(listings.customers_due(empty_database, None)) == []
    assert [row["status"] for row in listings.runs(empty_database, None, Product.NEXT_VISIT)] == ["published"]


def test_the_history_is_kept_and_has_room_for_notes(upgraded: Database) -> None:
    runs = list(listings.runs(upgraded, None))
    assert [(row["product"], row["status"], row["served"]) for row in runs] == [
        ("sales", "published", "ensemble"),
        ("next_visit", "published", "hazard_lstm"),
        ("sales", "failed", None),
    ]
    assert [row["notes"] for row in runs] == [None, None, None]
    accuracy = list(listings.accuracy(upgraded, None))
    assert len(accuracy) == 3
    assert {(row["measured"], row["part"]) for row in accuracy} <= {("review", "all"), ("evaluation", None)}
    assert [row["rows"] for row in listings.rejected(upgraded, None)] == [1]


def test_what_a_model_was_trained_with_has_the_new_names(upgraded: Database) -> None:
    visits = champion(upgraded, Product.NEXT_VISIT)
    assert (visits.artifact, visits.parameters["recipe"]) == (visits.model_version, "hazard_lstm")
    assert visits.parameters["shape"]["next_visit"] == {
        "bin_edges_days": [7, 14, 28, 56],
        "recipes": "auto",
        "look_back": 16,
        "network": {"units": 12, "dropout": 0.2, "members": 2, "epochs": 4, "learning_rate": 0.003},
        "classic": {
            "look_back": 3,
            "interval_edges_days": [40, 60, 80, 100],
            "units": [32, 32],
            "dense_units": [32],
            "dropout": 0.2,
            "epochs": 10,
            "learning_rate": 0.002,
        },
    }
    assert visits.parameters["shape"]["timezone"] == "UTC"


def test_a_dropped_setting_stays_where_it_was_not_at_its_default(upgraded: Database) -> None:
    sales = champion(upgraded, Product.SALES).parameters
    assert sales["recipe"] == "ensemble"
    assert sales["shape"]["sales"] == {
        "horizon": "auto",
        "season": "auto",
        "dead_after": "auto",
        "negative": "auto",
        "look_back": "auto",
        "recipes": "auto",
        "maximum_statistical_series": 1000,
        "country": None,
        "origins": 2,
        "network": {"units": 48, "members": 3, "steps": 400, "learning_rate": 0.003},
        "classic": {"preparation": [], "framing": "time_steps", "layers": 1, "stateful": False},
    }


def test_scores_from_before_are_of_whole_forecasts_and_backfills_are_marked(empty_database: Database) -> None:
    migrate_to(empty_database, "0006")
    run, score = (
        sa.table(table.name, *(sa.column(one.name, one.type) for one in table.columns), schema=empty_database.schema)
        for table in (forecast_run, forecast_score)
    )
    as_of = datetime.date(2026, 3, 1)
    began = {"live": 0, "in the evening, west of UTC": 1, "backfill": 2}
    with empty_database.write() as connection:
        for name, days in began.items():
            moment = datetime.datetime(2026, 3, 1 + days, 3, tzinfo=datetime.UTC)
            needed = {"status": "published", "host": "till", "pid": 1, "trigger": "nightly", "code_version": "0.1.0"}
            key = {"run_id": name, "product": "sales", "as_of": as_of}
            connection.execute(sa.insert(run).values(**key, **needed, started_at=moment))
            for metric in ("wape", "mase"):
                connection.execute(sa.insert(score).values(**key, scored_through=as_of, metric=metric, value=0.5))
    assert migrate(empty_database) == ("0006", head_revision())
    with empty_database.read() as connection:
        rows = connection.execute(sa.select(forecast_score)).all()
    assert {(row.run_id, row.metric, row.part, row.value) for row in rows} == {
        (name, metric, "all", 0.5) for name in began for metric in ("wape", "mase")
    }
    assert {row.run_id for row in rows if row.is_backfill} == {"backfill"}
    another = dict(rows[0]._mapping) | {"part": "1-7"}
    with empty_database.write() as connection:
        connection.execute(sa.insert(forecast_score).values(another))
    with pytest.raises(IntegrityError), empty_database.write() as connection:
        connection.execute(sa.insert(forecast_score).values(another))


def test_a_second_upgrade_changes_nothing(upgraded: Database) -> None:
    def everything() -> list[object]:
        with upgraded.read() as connection:
            tables = sa.MetaData(schema=upgraded.schema)
            tables.reflect(connection)
            return [sorted(map(str, connection.execute(sa.select(table)))) for table in tables.sorted_tables]

    before = everything()
    assert migrate(upgraded) == (head_revision(), head_revision())
    assert everything() == before


@pytest.mark.parametrize("database_kind", [MYSQL_ALONE])
def test_identifiers_that_differ_by_a_final_space_are_apart_after_the_upgrade(empty_database: Database) -> None:
    migrate_to(empty_database, "0007")
    former = "VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"
    with empty_database.write() as connection:
        connection.exec_driver_sql(f"ALTER TABLE series_status MODIFY series_id {former}")
    migrate(empty_database)
    with empty_database.write() as connection:
        for name in ("a", "a ", "A", "\u00e4"):
            row = {"run_id": "r", "series_id": name, "status": "skipped", "observations": 0}
            connection.execute(sa.insert(series_status).values(row))


def test_of_former_loads_no_row_was_known(empty_database: Database) -> None:
    migrate_to(empty_database, "0008")
    columns = [column for column in source_load.columns if column.name != "rows_known"]
    former = sa.table("source_load", *(sa.column(one.name, one.type) for one in columns), schema=empty_database.schema)
    texts = dict.fromkeys(("load_id", "source", "file_name", "sha256"), "x")
    moment = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
    with empty_database.write() as connection:
        connection.execute(sa.insert(former).values(**texts, rows=3, rows_rejected=0, loaded_at=moment))
    migrate(empty_database)
    with empty_database.read() as connection:
        rows = connection.execute(sa.select(source_load.c.rows, source_load.c.rows_known)).all()
    assert [tuple(row) for row in rows] == [(3, 0)]
