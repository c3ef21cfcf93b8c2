"""Migrations: from nothing to everything, or not at all."""

from __future__ import annotations

import datetime
import stat
import threading
from importlib.resources import files
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr

import sql.schema
import sql.schema_locks
from nightcast.errors import SchemaVersionError, UnavailableError, UsageError
from sql.engine import Database, open_database
from sql.schema import current_revision, head_revision, migrate, require_current
from sql.settings import DatabaseSettings
from sql.tables import VERSION_TABLE, metadata, visit_bin
from sql.views.definitions import VIEWS

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"])

_TOTALS = (
    "run_id level group_value span from_period to_period is_whole mean q025 q10 q20 q30 q40 q50 q60 q70 q80 q90 q975"
)

_NEXT_VISIT = (
    "run_id customer_id last_visit_on visit_days elapsed_days usual_interval_days overdue_days"
    " amount_total amount_year state likely_bin likely_bin_probability median_days_ahead return_probability"
    " habit_probability season_probability date_10 date_50 date_90 booked_on expected_visits_28 expected_visits_365"
    " expected_amount_365"
)

VIEW_COLUMNS = {
    "next_visit": _NEXT_VISIT,
    "next_visit_bin": "run_id customer_id bin probability",
    "latest_next_visit": f"{_NEXT_VISIT} as_of published_at",
    "latest_next_visit_bin": "run_id customer_id bin probability from_day to_day from_date to_date label as_of"
    " published_at",
    "latest_sales_forecast": "run_id series_id period step mean "
    "q025 q10 q20 q30 q40 q50 q60 q70 q80 q90 q975 model known_effect as_of published_at",
    "latest_run": "run_id product as_of published_at",
    "rpt_customers_due": "customer_id probability from_date to_date last_visit_on elapsed_days usual_interval_days"
    " overdue_days state visit_days amount_total amount_year median_days_ahead date_10 date_50 date_90"
    " return_probability as_of published_at",
    "latest_sales_total": f"{_TOTALS} as_of published_at",
    "latest_visit_count_forecast": "run_id series_id period step mean q025 q10 q20 q30 q40 q50 q60 q70 q80 q90 q975"
    " model known_effect booked year_ago as_of published_at",
    "rpt_visits_ahead": "series_id span from_date to_date is_whole expected q10 q90 year_ago booked "
    "known_customers as_of published_at",
    "latest_visit_count_total": f"{_TOTALS} as_of published_at",
    "rpt_sales_totals": "level group_value span from_period to_period is_whole mean q10 q90 as_of published_at",
    "rpt_customers_lapsing": "customer_id state return_probability last_visit_on elapsed_days usual_interval_days"
    " overdue_days visit_days amount_total amount_year expected_visits_365 expected_amount_365 date_10 date_50 as_of"
    " published_at",
    "rpt_customer_states": "state customers amount_year expected_visits_28 expected_visits_365 expected_amount_365"
    " as_of published_at",
    "rpt_sales_outlook": "series_id status model next_period next_mean next_q10 next_q90 steps last_forecast_period"
    " total_mean skill last_period observations reason as_of published_at",
    "rpt_forecast_accuracy": "product as_of part metric value baseline_value skill served model_version"
    " scored_through is_backfill run_id week week_value week_baseline_value week_skill",
    "rpt_model_history": "product model_version status as_of trained_at promoted_at served decision nights first_as_of"
    " last_as_of",
    "rpt_rejected_rows": "rejected_at rejected_by file_name source reason rows example run_id load_id",
    "rpt_forecast_vs_actual": "product series_id period as_of step mean q10 q50 q90 value error is_in_band model"
    " is_backfill first_seen_at changed_at",
    "rpt_series_accuracy": "product series_id is_backfill forecasts newest_as_of mae baseline_mae skill mase bias"
    " coverage_80",
    "rpt_visit_calibration": "run_id as_of part group_number predicted realised gap customers scored_through"
    " is_backfill served model_version",
    "rpt_trust": "product mark sentence forecasts part scored_through is_backfill expected_customers"
    " realised_customers coverage_80 metric value baseline_value skill as_of",
    "rpt_forecast_changes": "product as_of measure previous_as_of previous present difference by_calendar by_data"
    " by_model model_version previous_model_version run_id previous_run_id",
    "rpt_run_history": "run_id product as_of status started_at published_at finished_at served model_version retrained"
    " decision notes data_through subjects rows_read rows_written rows_rejected error",
    "rpt_freshness": "product as_of published_at data_through newest_status newest_as_of newest_started_at"
    " newest_error",
    "rpt_dictionary": "relation kind column_name position type description",
}
"""Reports are built on these columns: one may be added, none renamed or removed."""


def execute(database: Database, *statements: str) -> None:
    with database.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def relations(database: Database) -> set[str]:
    with database.read() as connection:
        inspector = sa.inspect(connection)
        return {*inspector.get_table_names(database.schema), *inspector.get_view_names(database.schema)}


def columns_of(database: Database, view: str) -> list[str]:
    table = sa.Table(view, sa.MetaData(schema="nightcast"))
    with database.read() as connection:
        return list(connection.execute(sa.select(sa.text("*")).select_from(table)).keys())


def test_from_nothing_and_again(empty_database: Database) -> None:
    assert current_revision(empty_database) is None
    assert migrate(empty_database) == (None, head_revision())
    made = relations(empty_database)
    assert made == {table.name for table in metadata.tables.values()} | {VERSION_TABLE} | set(VIEWS)
    assert migrate(empty_database) == (head_revision(), head_revision())
    assert relations(empty_database) == made
    require_current(empty_database)


def test_the_newest_revision_is_that_of_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", str(files("sql") / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == head_revision()


def oids(database: Database) -> list[tuple[str, int]]:
    """Which views there are; a view that is created again is another."""
    query = sa.text("SELECT relname, oid FROM pg_class WHERE relnamespace = 'nightcast'::regnamespace ORDER BY 1")
    with database.read() as connection:
        return [(row.relname, row.oid) for row in connection.execute(query)]


@on_sqlite
def test_a_file_is_for_its_owner_only_and_an_older_one_keeps_its_mode(empty_database: Database) -> None:
    migrate(empty_database)
    file = empty_database.file
    assert file is not None
    with empty_database.read():
        modes = {stat.S_IMODE(path.stat().st_mode) for path in file.parent.glob(f"{file.name}*")}
    assert modes == {0o600}
    file.chmod(0o640)
    migrate(empty_database)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@on_postgresql
def test_a_second_migration_touches_nothing_while_others_read(database: Database) -> None:
    before = oids(database)
    with database.read() as reader:
        reader.exec_driver_sql("SELECT * FROM nightcast.rpt_freshness")
        migrate(database)
    assert oids(database) == before


@pytest.mark.parametrize(
    "harm", ["DROP VIEW {}rpt_freshness", "UPDATE {}nightcast_schema_version SET views_sha256 = 'x'"]
)
def test_views_that_are_gone_or_of_another_version_are_created_again(database: Database, harm: str) -> None:
    execute(database, harm.format("nightcast." if database.schema else ""))
    assert migrate(database) == (head_revision(), head_revision())
    assert columns_of(database, "rpt_freshness")
    migrate(database)


@on_postgresql
@pytest.mark.parametrize("order", [VIEWS, VIEWS[::-1]])
def test_views_are_created_again_beside_readers_without_a_deadlock(
    database: Database, monkeypatch: pytest.MonkeyPatch, order: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sql.schema_locks, "PAUSE_SECONDS", 0.02)
    failed: list[Exception] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            try:
                with database.engine.begin() as connection:
                    for view in order:
                        connection.exec_driver_sql(f"SELECT * FROM nightcast.{view}")
            except Exception as error:
                failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(3):
            execute(database, "UPDATE nightcast.nightcast_schema_version SET views_sha256 = NULL")
            migrate(database)
    finally:
        ended.set()
        for reader in readers:
            reader.join()
    states = {getattr(getattr(error, "orig", None), "sqlstate", None) for error in failed}
    assert "40P01" not in states
    # A statement that was planned before the views were created again may not find the one that it names.
    assert states <= {"42P01"}


@on_postgresql
def test_a_reader_that_does_not_end_is_named(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PAUSE_SECONDS": 0.0, "HASTE_SECONDS": 0.05, "ATTEMPTS": 2}.items():
        monkeypatch.setattr(sql.schema_locks, name, value)
    execute(database, "UPDATE nightcast.nightcast_schema_version SET views_sha256 = NULL")
    before = oids(database)
    with database.read() as reader:
        reader.exec_driver_sql("SELECT * FROM nightcast.latest_run")
        pid = reader.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with pytest.raises(UnavailableError, match=rf"process {pid} of .*nightcast") as caught:
            migrate(database)
        assert "run this command again" in caught.value.remedy
    assert oids(database) == before
    migrate(database)
    assert oids(database) != before


@on_postgresql
def test_a_readers_function_does_not_see_the_rows_that_a_view_leaves_out(database: Database) -> None:
    execute(
        database,
        "INSERT INTO nightcast.forecast_run"
        " (run_id, product, as_of, status, started_at, begun_on, host, pid, trigger, code_version)"
        " VALUES ('hidden', 'sales', '2024-01-01', 'failed', now(), '2024-01-01', 'till', 1, 'nightly', '1')",
        "CREATE FUNCTION public.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS"
        " $$ BEGIN RAISE EXCEPTION 'it saw a row'; END $$",
    )
    with database.read() as connection:
        for view in VIEWS:
            if view.startswith("latest"):
                assert (
                    connection.exec_driver_sql(f"SELECT * FROM nightcast.{view} WHERE public.leak(run_id)").all() == []
                )


def test_a_second_migration_keeps_the_rows(database: Database) -> None:
    row = {"run_id": "r", "bin": 1, "from_day": 1, "label": "1-7", "from_date": datetime.date(2024, 1, 1)}
    with database.write() as connection:
        connection.execute(sa.insert(visit_bin).values(row))
    migrate(database)
    with database.read() as connection:
        assert connection.execute(sa.select(visit_bin.c.label)).scalars().all() == ["1-7"]


def test_missing_tables_are_refused(empty_database: Database) -> None:
    with pytest.raises(SchemaVersionError, match="no Nightcast tables") as caught:
        require_current(empty_database)
    assert "nightcast init" in caught.value.remedy
    assert caught.value.exit_code == 2


def test_newer_tables_are_refused_and_left_alone(database: Database) -> None:
    version = sa.table(VERSION_TABLE, sa.column("version_num"), schema=database.schema)
    with database.write() as connection:
        connection.execute(sa.update(version).values(version_num="9999"))
    for ask in (require_current, migrate):
        with pytest.raises(SchemaVersionError, match="9999") as caught:
            ask(database)
        assert "newer Nightcast" in caught.value.remedy
    assert current_revision(database) == "9999"
    assert set(VIEWS) <= relations(database)


def test_older_tables_are_refused_until_migrated(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql.schema, "head_revision", lambda: "9999")
    with pytest.raises(SchemaVersionError, match=rf"{current_revision(database)}.*needs 9999") as caught:
        require_current(database)
    assert "nightcast migrate" in caught.value.remedy


def test_the_migrations_make_the_tables_that_the_code_uses(database: Database) -> None:
    ours = sa.MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        table.to_metadata(ours, schema=database.schema)  # type: ignore[arg-type]  # None means no schema

    def is_ours(name: str | None, kind: str, parents: Any) -> bool:
        return name == database.schema if kind == "schema" else name != VERSION_TABLE

    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_schemas": database.schema is not None, "include_name": is_ours}
        )
        assert compare_metadata(context, ours) == []


def test_every_view_has_its_columns(database: Database) -> None:
    columns_by_view = {view: columns_of(database, view) for view in VIEWS}
    assert {view: " ".join(columns) for view, columns in columns_by_view.items()} == VIEW_COLUMNS


def test_every_view_file_is_a_view_and_says_who_reads_it() -> None:
    definitions = {path.name.removesuffix(".sql"): path for path in (files("sql") / "views").iterdir()}
    definitions = {name: path for name, path in definitions.items() if path.name.endswith(".sql")}
    assert set(definitions) == set(VIEWS)
    for name, path in definitions.items():
        text = path.read_text(encoding="utf-8")
        comment = " ".join(line.removeprefix("--").strip() for line in text.splitlines() if line.startswith("--"))
        assert comment.startswith("One row per "), name
        assert "Read by " in comment, name
        assert f"\nCREATE VIEW {name} AS\n" in text, name


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # MySQL commits at every CREATE
def test_a_migration_that_fails_leaves_nothing_behind(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE VIEW broken AS SELECT nothing FROM nowhere_at_all WHERE 1 = (SELECT 1 FROM")

    monkeypatch.setattr(sql.schema, "_create_views", broken)
    with pytest.raises(sa.exc.DBAPIError):
        migrate(empty_database)
    assert relations(empty_database) == set()
    assert current_revision(empty_database) is None
    monkeypatch.undo()
    migrate(empty_database)
    require_current(empty_database)


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # MySQL commits at every CREATE
def test_an_upgrade_that_fails_leaves_the_views_as_they_were(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    execute(database, f"UPDATE {'nightcast.' if database.schema else ''}{VERSION_TABLE} SET views_sha256 = NULL")
    monkeypatch.setattr("alembic.command.upgrade", broken)
    with pytest.raises(ZeroDivisionError):
        migrate(database)
    assert columns_of(database, "rpt_freshness")


@on_postgresql
@pytest.mark.parametrize("schema", ["forecasts", 'My "own" schema', "public"])
def test_another_schema_holds_it_all(empty_database: Database, schema: str) -> None:
    elsewhere = Database(empty_database.url, schema)
    migrate(elsewhere)
    require_current(elsewhere)
    assert set(VIEWS) <= relations(elsewhere)
    assert columns_of(elsewhere, "latest_sales_forecast") == VIEW_COLUMNS["latest_sales_forecast"].split()
    with elsewhere.read() as connection:
        assert "nightcast" not in sa.inspect(connection).get_schema_names()
        assert connection.execute(sa.text("SHOW search_path")).scalar_one() == '"$user", public'
    elsewhere.engine.dispose()


@on_postgresql
def test_somebody_elses_views_on_ours_are_named(database: Database) -> None:
    execute(
        database,
        "CREATE VIEW board AS SELECT * FROM nightcast.latest_next_visit",
        "UPDATE nightcast.nightcast_schema_version SET views_sha256 = NULL",
    )
    with pytest.raises(UsageError, match=r"public\.board|view board"):
        migrate(database)
    assert columns_of(database, "rpt_freshness")


@on_postgresql
def test_missing_rights_are_explained(empty_database: Database) -> None:
    role = f"reader_{empty_database.url.database}"
    execute(empty_database, f"CREATE ROLE {role} LOGIN")
    url = empty_database.url.set(username=role).render_as_string(hide_password=False)
    reader = open_database(DatabaseSettings(url=SecretStr(url)))
    with pytest.raises(UsageError, match="may not create") as caught:
        migrate(reader)
    assert "grant CREATE" in caught.value.remedy
    reader.engine.dispose()
    execute(empty_database, f"DROP ROLE {role}")
