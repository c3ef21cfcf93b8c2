"""Connections to PostgreSQL by its ADBC driver, which returns Arrow directly."""

from __future__ import annotations

from typing import Any

from sql.engine import POSTGRESQL_CONNECTION, Database


def connect_adbc(database: Database) -> Any:
    """A connection of ADBC; the caller closes it."""
    import adbc_driver_postgresql.dbapi as driver

    return driver.connect(postgresql_address(database))


def postgresql_address(database: Database) -> str:
    """Psycopg's connection parameters for ADBC, as pairs: libpq accepts no space in the password of a URL."""
    from psycopg.conninfo import make_conninfo

    _, parameters = database.engine.dialect.create_connect_args(database.url)
    plain = {name: value for name, value in parameters.items() if isinstance(value, str | int)}  # no converters
    return make_conninfo("", **POSTGRESQL_CONNECTION | plain)
