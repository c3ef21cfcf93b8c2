"""A source that may not be read: the error names the statement that grants the right."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError

from nightcast.errors import InputError
from sql.engine import Database
from sql.settings import VisitSource
from sql.source.denied import is_denied
from sql.source.lookup import look_up_source
from tests.sql.source.sources import fill, visits

ROLE = f"night job {os.getpid()}"


@pytest.fixture
def stranger(database: Database) -> Iterator[Database]:
    """The database as a role without any right sees it."""
    fill(database, visits("till visits", sa.Column("customer_id", sa.Text)), ("a",))
    with database.write() as connection:
        for statement in ("CREATE SCHEMA closed", "CREATE TABLE closed.visits (customer_id TEXT)"):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"CREATE ROLE \"{ROLE}\" LOGIN PASSWORD 'x'")
    other = Database(database.url.set(username=ROLE, password="x"), None)  # noqa: S106
    yield other
    other.engine.dispose()
    with database.write() as connection:
        connection.exec_driver_sql(f'DROP OWNED BY "{ROLE}"')
        connection.exec_driver_sql(f'DROP ROLE "{ROLE}"')


SOURCES = [
    VisitSource(table="till visits"),
    VisitSource(table="closed.visits"),
    VisitSource(table=None, query='SELECT * FROM "till visits"'),
    VisitSource(table=None, query="SELECT * FROM closed.visits"),
]


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_the_statement_in_the_remedy_grants_the_right(database: Database, stranger: Database) -> None:
    for source in SOURCES:
        with pytest.raises(InputError, match="permission denied") as refused:
            look_up_source(stranger, "source.visits", source, ["customer_id"])
        statements = refused.value.remedy.partition(": ")[2]
        assert statements.startswith("GRANT")
        with database.write() as connection:
            connection.exec_driver_sql(statements)
        assert list(look_up_source(stranger, "source.visits", source, ["customer_id"]).types) == ["customer_id"]
        with database.write() as connection:
            connection.exec_driver_sql(f'DROP OWNED BY "{ROLE}"')


def test_mysql_says_it_by_a_number() -> None:
    denied = SimpleNamespace(args=(1142, "SELECT command denied to user 'u'@'h' for table `shop`.`visits`"))
    assert is_denied(OperationalError("", {}, denied))  # type: ignore[arg-type]
    assert not is_denied(ProgrammingError("", {}, SimpleNamespace(args=(1064, "syntax"))))  # type: ignore[arg-type]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_our_own_tables_are_never_proposed_as_a_source(database: Database) -> None:
    with pytest.raises(InputError) as missing:
        look_up_source(database, "source.visits", VisitSource(table="visit_bim"), ["customer_id"])
    assert "Did you mean" not in str(missing.value)
    fill(database, visits("till_visits", sa.Column("customer_id", sa.Text)), ("a",))
    with pytest.raises(InputError, match="Did you mean 'till_visits'"):
        look_up_source(database, "source.visits", VisitSource(table="till_visit"), ["customer_id"])
