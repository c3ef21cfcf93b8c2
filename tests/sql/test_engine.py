"""Connections: messages when there is none, and writers that wait for each other."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from nightcast.errors import NightcastError, SettingsError, UnavailableError, UsageError
from sql.connection.failures import is_connection_error
from sql.engine import Database, open_database, translated_errors
from sql.schema import current_revision
from sql.settings import DatabaseSettings
from sql.tables import product_lock

PASSWORD = "tell-nobody"  # noqa: S105 the one that must not show
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"])


def opened(url: str, **options: str) -> Database:
    return open_database(DatabaseSettings(url=SecretStr(url), **options))


def messages(error: BaseException | None) -> str:
    """Everything that a traceback of the error would show of its messages."""
    texts = []
    while error is not None:
        texts.append(f"{error} {error!r}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(texts)


def test_an_unreachable_server_is_worth_another_try_and_keeps_the_password_secret() -> None:
    database = opened(f"postgresql://anna:{PASSWORD}@127.0.0.1:9/shop?password={PASSWORD}")
    with pytest.raises(UnavailableError) as caught, database.read():
        pass
    assert caught.value.exit_code == 3
    assert "127.0.0.1:9/shop" in caught.value.reason
    assert "anna" in caught.value.reason
    assert PASSWORD not in messages(caught.value)


@on_postgresql
def test_a_wrong_database_name_is_said_without_the_password(empty_database: Database) -> None:
    url = empty_database.url.set(database="no_such_database", password=PASSWORD)
    with pytest.raises(UsageError, match="no_such_database") as caught:
        current_revision(Database(url, "nightcast"))
    assert PASSWORD not in messages(caught.value)


@on_postgresql
def test_a_user_who_is_not_known_or_lacks_rights_is_no_matter_of_waiting(database: Database) -> None:
    with pytest.raises(UsageError, match="nobody") as caught:
        current_revision(Database(database.url.set(username="nobody"), "nightcast"))
    assert "user" in caught.value.remedy

    def write_without_rights() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("SET LOCAL ROLE pg_monitor")
            connection.execute(take(database, "sales"))

    with pytest.raises(UsageError, match="permission denied") as caught:
        write_without_rights()
    assert "GRANT" in caught.value.remedy


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (pymysql.OperationalError(1045, "Access denied for user 'anna'@'host' (using password: YES)"), "password"),
        (pymysql.OperationalError(1044, "Access denied for user 'anna'@'%' to database 'shop'"), "GRANT"),
        (pymysql.OperationalError(1049, "Unknown database 'shop'"), "name"),
        (pymysql.OperationalError(1142, "INSERT command denied to user 'anna'@'host' for table 'x'"), "GRANT"),
        (psycopg.OperationalError('FATAL:  password authentication failed for user "anna"'), "password"),
        (psycopg.OperationalError('FATAL:  database "shop" does not exist'), "name"),
        (psycopg.OperationalError('FATAL:  no pg_hba.conf entry for host "10.0.0.1"'), "machine"),
    ],
)
def test_what_the_server_refuses_for_good_has_to_be_mended(error: Exception, word: str) -> None:
    with pytest.raises(UsageError) as caught, translated_errors(opened("postgresql://anna@host/shop")):
        raise error
    assert caught.value.exit_code == 2
    assert word in caught.value.remedy


@pytest.mark.parametrize(
    "error",
    [
        pymysql.OperationalError(2003, "Can't connect to MySQL server on 'host'"),
        pymysql.OperationalError(1040, "Too many connections"),
        psycopg.OperationalError("connection refused"),
        psycopg.OperationalError("FATAL:  the database system is starting up"),
    ],
)
def test_what_may_pass_is_worth_another_try(error: Exception) -> None:
    with pytest.raises(UnavailableError), translated_errors(opened("postgresql://anna@host/shop")):
        raise error


def test_showing_a_database_shows_no_password() -> None:
    database = opened(f"postgresql+psycopg://anna:{PASSWORD}@host/shop?sslpassword={PASSWORD}")
    assert PASSWORD not in f"{database.name} {database} {database!r}"
    assert database.name == "postgresql+psycopg://anna:***@host/shop"


@pytest.mark.parametrize(
    "url", ["", "nonsense", f"foo://anna:{PASSWORD}@host/shop", f"oracle+cx_oracle://anna:{PASSWORD}@host/x"]
)
def test_a_url_that_cannot_be_used_is_a_matter_of_settings(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        opened(url)
    assert PASSWORD not in messages(caught.value)
    assert "sqlite:///nightcast.db" in caught.value.remedy


def test_only_databases_with_schemas_have_one() -> None:
    assert opened("sqlite:///x.db").schema is None
    assert opened("postgresql://host/x").schema == "nightcast"
    assert opened("postgresql://host/x", schema="forecasts").schema == "forecasts"
    assert opened("postgresql://host/x").url.drivername == "postgresql+psycopg"


ODD_NAMES = ["what next?x", "x?1", "a#b", "100%", "50%41", "with space", "Größe 顧客", "a?timeout=5", "x&y=z", "a;b'c"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_may_have_any_name_and_lie_in_any_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    for url in (f"sqlite:///{folder}/shop?.db", f"sqlite:///{folder}/plain.db", f"sqlite:///{folder}/set.db?timeout=3"):
        database = opened(url)
        with database.write() as connection:
            connection.exec_driver_sql("CREATE TABLE made (x)")
        database.engine.dispose()
    assert {path.name for path in tmp_path.iterdir()} == {name}
    assert {path.name for path in folder.iterdir()} == {"shop?.db", "plain.db", "set.db"}


def test_a_missing_file_is_refused_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "missing.db"
    with pytest.raises(UsageError, match=r"missing\.db") as caught:
        opened(f"sqlite:///{path}").require_file()
    assert "nightcast init" in caught.value.remedy
    assert not path.exists()


def test_a_file_that_is_there_is_not_refused(tmp_path: Path) -> None:
    (tmp_path / "there.db").touch()
    opened(f"sqlite:///{tmp_path / 'there.db'}").require_file()
    opened("sqlite://").require_file()
    opened("postgresql://host/x").require_file()


def test_a_folder_that_is_not_there_is_worth_another_try(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="unable to open"), opened(f"sqlite:///{tmp_path}/none/x.db").read():
        pass


def take(database: Database, product: str) -> sa.Insert:
    return sa.insert(product_lock).values(
        product=product,
        run_id="r",
        host="h",
        pid=1,
        process_started_at=0.0,
        heartbeat_at=sa.func.now() if database.dialect == "postgresql" else sa.literal("2024-01-01 00:00:00"),
    )


@on_sqlite
def test_a_second_writer_waits_for_the_first(database: Database) -> None:
    """Both look first and write then: without BEGIN IMMEDIATE the second fails at once."""
    counted: list[int] = []

    def look_then_write() -> None:
        with database.write() as connection:
            seen = connection.execute(sa.select(sa.func.count()).select_from(product_lock)).scalar_one()
            time.sleep(0.3)
            connection.execute(take(database, f"product {seen}"))
            counted.append(seen)

    threads = [threading.Thread(target=look_then_write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counted) == [0, 1]


@on_sqlite
def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.write() as writing:
        writing.execute(take(database, "sales"))
        started = time.monotonic()
        with database.read() as reading:
            assert reading.execute(sa.select(product_lock)).all() == []
        assert time.monotonic() - started < 5


@on_sqlite
def test_a_database_that_stays_locked_is_worth_another_try(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sql.engine.BUSY_SECONDS", 0.1)
    impatient = Database(database.url.update_query_dict({"cached_statements": "99"}), None)  # an engine of its own
    with database.write() as connection:
        connection.execute(take(database, "sales"))
        with pytest.raises(UnavailableError, match="database is locked"), impatient.write():
            pass
    impatient.engine.dispose()


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def fail_after_writing() -> None:
        with database.write() as connection:
            connection.execute(take(database, "sales"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    with database.read() as connection:
        assert connection.execute(sa.select(product_lock)).all() == []


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # the statement is written for the other two
def test_errors_hide_the_values_that_were_written(database: Database) -> None:
    statement = sa.insert(product_lock).values(product="sales", host="a-secret-value", pid=1, process_started_at=0.0)
    with pytest.raises(sa.exc.IntegrityError) as caught, database.write() as connection:
        connection.execute(statement)
    assert "[SQL parameters hidden" in str(caught.value)
    assert "'a-secret-value'" not in str(caught.value)


@on_postgresql
def test_a_lost_connection_is_worth_another_try(database: Database) -> None:
    def lose_it_and_write() -> None:
        with database.write() as connection:
            mine = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with database.write() as other:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({mine})")
            connection.execute(take(database, "sales"))

    with pytest.raises(UnavailableError):
        lose_it_and_write()
    with database.write() as connection:  # and the next try works
        connection.execute(take(database, "sales"))


class DriverError(Exception):
    """What COPY raises: the driver's own error, not SQLAlchemy's."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("no space left on device\nmore")
        self.sqlstate = sqlstate


@pytest.mark.parametrize("state", ["08006", "53100", "57014", "40001", "55P03"])
@on_sqlite
def test_the_drivers_own_errors_are_translated_too(database: Database, state: str) -> None:
    with pytest.raises(UnavailableError, match=r"no space left on device\. Check") as caught, database.write():
        raise DriverError(state)
    assert caught.value.remedy.endswith("try again.")


@pytest.mark.parametrize("error", [DriverError("22P02"), DriverError("23505"), KeyError("x"), RuntimeError("x")])
@on_sqlite
def test_other_errors_stay_what_they_are(database: Database, error: Exception) -> None:
    assert not is_connection_error(error)
    with pytest.raises(type(error)), database.read():
        raise error


@on_sqlite
def test_our_own_errors_pass(database: Database) -> None:
    with pytest.raises(NightcastError, match=r"^ours$"), database.read():
        raise NightcastError("ours")


def test_a_full_disk_and_a_missing_table_are_told_apart() -> None:
    def wrapped(text: str) -> Any:
        return sa.exc.OperationalError("INSERT", None, sqlite3.OperationalError(text))

    assert is_connection_error(wrapped("database or disk is full"))
    assert not is_connection_error(wrapped("no such table: visits"))
