"""A customer who is to be forgotten: gone from every table of ours, the others as they were."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa

from nightcast.rejections import Rejections, masked
from nightcast.values import Product
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.ledger.forgetting import count_in_source, forget_customer, is_night_under_way, what_remains
from sql.ledger.loads import loads_of_visits, record_load
from sql.settings import VisitSource
from sql.source.lookup import look_up_source
from sql.tables import metadata, rejected_row
from tests.sql.ledger.test_pruning import night
from tests.sql.source.sources import fill, visits

GONE, STAYS = "00001", "żółw"
DAY = datetime.date(2026, 5, 1)


def everything(database: Database) -> str:
    """All that is in our tables."""
    with database.read() as connection:
        rows = [connection.execute(sa.select(table)).all() for table in metadata.sorted_tables]
        return repr(rows)


def test_a_customer_goes_from_all_runs_and_the_others_stay(database: Database) -> None:
    for days in range(3):
        night(database, Product.NEXT_VISIT, DAY - datetime.timedelta(days=days))
    assert GONE in everything(database)
    removed = forget_customer(database, GONE)
    assert removed == {"next_visit_stored": 3, "rejected_row": 0}
    assert GONE not in everything(database)
    assert everything(database).count(STAYS) == 3
    assert forget_customer(database, GONE) == dict.fromkeys(removed, 0)


def test_an_identifier_is_taken_as_it_is(database: Database) -> None:
    night(database, Product.NEXT_VISIT, DAY)
    spaced = () if database.dialect == "mysql" else ("00001 ",)  # whose texts are equal whatever spaces follow
    for other in ("1", "0000", "%", "' OR 1 = 1 --", *spaced):
        assert forget_customer(database, other)["next_visit_stored"] == 0


def test_examples_that_may_show_the_customer_go_and_their_counts_stay(database: Database) -> None:
    customer = "ann@example.org"
    examples = {
        "this one, masked": f"customer {masked(customer)}, 2031-01-01",
        "another that looks the same": f"customer {masked('asn@examples.org')}, 2031-01-01",
        "another": f"customer {masked('bob@example.org')}, 2031-01-01",
        "in a file": f"line 7: visited_at is {customer!r}",
        "a value of somebody's": "line 7: visited_at is 'someday'",
    }
    assert masked(customer) == masked("asn@examples.org")
    rejections = Rejections()
    for reason, example in examples.items():
        rejections.add("visits", reason, 4, example)
    rejections.add("sales", "of a series", 4, f"series {masked(customer)}, 2031-01-01")
    with database.write() as connection:
        now = datetime.datetime.now(datetime.UTC)
        load = {"load_id": "1", "source": "visits", "file_name": "till.csv", "sha256": "0", "rows": 9, "rows_known": 0}
        record_load(connection, rejections, **load, loaded_at=now)
        for reason, example in examples.items():  # as earlier versions kept them
            connection.execute(sa.update(rejected_row).where(rejected_row.c.reason == reason).values(example=example))
    assert forget_customer(database, customer)["rejected_row"] == 3
    with database.read() as connection:
        rows = {row.reason: (row.rows, row.example) for row in connection.execute(sa.select(rejected_row))}
    assert {count for count, _ in rows.values()} == {4}
    assert {reason for reason, (_, example) in rows.items() if example is not None} == {
        "another",
        "a value of somebody's",
        "of a series",
    }
    assert loads_of_visits(database) == [("till.csv", 24)]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_nothing_of_the_customer_is_left_in_the_file(database: Database) -> None:
    night(database, Product.NEXT_VISIT, DAY)
    assert database.file is not None
    forget_customer(database, STAYS)
    assert what_remains(database) == []
    files = [path.read_bytes() for path in database.file.parent.glob("nightcast.db*")]
    assert not any(STAYS.encode() in content for content in files)
    assert any(GONE.encode() in content for content in files)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_reader_in_the_way_and_free_pages_are_named(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE old (x TEXT)")
        connection.exec_driver_sql("DROP TABLE old")
    with database.read() as reader:
        reader.execute(sa.select(rejected_row)).all()
        night(database, Product.NEXT_VISIT, DAY)
        forget_customer(database, STAYS)
        (log, again), (pages, vacuum) = what_remains(database)
    assert (f"{database.file}-wal" in log, "Repeat" in again) == (True, True)
    assert ("1 free pages" in pages, vacuum) == (True, f"sqlite3 {database.file} VACUUM")
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.connection.driver_connection.execute("VACUUM")  # type: ignore[union-attr]
    assert what_remains(database) == []


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_what_a_server_keeps_is_named_with_its_end(database: Database) -> None:
    assert any("VACUUM" in command for _, command in what_remains(database))


def test_no_value_of_the_source_is_stored_in_an_example(database: Database) -> None:
    rejections = Rejections()
    rejections.add("visits", "visited_at is not a date", 1, "line 7: visited_at is 'quentin@example.org'")
    rejections.add("visits", "no date", 1, f"customer {masked('2024-01-01')}, quentin@example.org")
    run = ledger.begin(database, Product.NEXT_VISIT, DAY, trigger="test", flow_run_id=None, settings={})
    with database.write() as connection:
        ledger.record_rejections(connection, rejections, run_id=run.run_id)
    assert "quentin" not in everything(database)


@pytest.mark.parametrize("kind", [sa.Text, sa.Integer])
def test_the_source_is_counted_and_left_as_it_is(database: Database, kind: type[sa.types.TypeEngine[object]]) -> None:
    fill(database, visits("visits", sa.Column("customer_id", sa.Text)), ("42",), ("42",), ("421",))
    source = VisitSource(query="SELECT CAST(customer_id AS INTEGER) AS customer_id FROM visits")
    relation = look_up_source(database, "source.visits", VisitSource() if kind is sa.Text else source, ["customer_id"])
    for _ in range(2):
        assert count_in_source(database, relation, "customer_id", "42") == 2
        assert count_in_source(database, relation, "customer_id", "4") == 0
        forget_customer(database, "42")


def test_a_night_that_is_under_way_is_noticed(database: Database) -> None:
    assert not is_night_under_way(database)
    ledger.begin(database, Product.NEXT_VISIT, DAY, trigger="test", flow_run_id=None, settings={})
    assert is_night_under_way(database)
