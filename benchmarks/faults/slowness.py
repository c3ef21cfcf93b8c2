"""Slows a shop's database down at one moment of a night, so that a fault can hit that moment."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator

from benchmarks.faults.shop import Shop

Moment = Callable[[], bool]
"""Whether the night has reached the moment."""

_POSTGRESQL_PAUSE = """
CREATE OR REPLACE FUNCTION public.nightcast_pause() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN PERFORM pg_sleep(TG_ARGV[0]::double precision); RETURN NEW; END $$
"""
_SQLITE_PAUSE = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 200000) SELECT max(x) FROM c"


@contextlib.contextmanager
def slow_writing(shop: Shop) -> Iterator[Moment]:
    """Writing a row of `next_visit_stored` takes long."""
    with _trigger(shop, "next_visit_stored", "BEFORE INSERT", "", "0.05", f"SELECT ({_SQLITE_PAUSE})"):
        yield _active(shop, "COPY%next_visit%") if shop.kind == "postgresql" else _locked(shop)


@contextlib.contextmanager
def slow_publication(shop: Shop) -> Iterator[Moment]:
    """The update that publishes a run takes long; on PostgreSQL."""
    with _trigger(shop, "forecast_run", "BEFORE UPDATE", "WHEN (NEW.status = 'published')", "3", ""):
        yield _active(shop, "UPDATE%forecast_run%", "AND wait_event = 'PgSleep'")


@contextlib.contextmanager
def slow_reading(shop: Shop) -> Iterator[Moment]:
    """Reading a visit takes long; on PostgreSQL."""
    shop.execute(
        "ALTER TABLE public.visits RENAME TO visit_rows",
        "CREATE VIEW public.visits AS SELECT * FROM public.visit_rows WHERE pg_sleep(0.0005) IS NOT NULL",
    )
    try:
        yield _active(shop, "COPY%visits%")
    finally:
        shop.execute("DROP VIEW public.visits", "ALTER TABLE public.visit_rows RENAME TO visits")


@contextlib.contextmanager
def _trigger(shop: Shop, table: str, event: str, condition: str, seconds: str, work: str) -> Iterator[None]:
    if shop.kind == "postgresql":
        call = f"FOR EACH ROW {condition} EXECUTE FUNCTION public.nightcast_pause('{seconds}')"
        shop.execute(_POSTGRESQL_PAUSE, f"CREATE TRIGGER nightcast_pause {event} ON nightcast.{table} {call}")
    else:
        shop.execute(f"CREATE TRIGGER nightcast_pause {event} ON {table} BEGIN {work}; END")
    try:
        yield
    finally:
        on = f" ON nightcast.{table}" if shop.kind == "postgresql" else ""
        shop.execute(f"DROP TRIGGER nightcast_pause{on}")


def _active(shop: Shop, pattern: str, more: str = "") -> Moment:
    query = (
        "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() "  # noqa: S608 our own
        f"AND query ILIKE '{pattern}' {more}"
    )
    return lambda: bool(shop.select(query))


def _locked(shop: Shop) -> Moment:
    """Whether somebody holds the SQLite file's write lock."""

    def is_locked() -> bool:
        with contextlib.closing(sqlite3.connect(str(shop.url.database), timeout=0, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            other.execute("ROLLBACK")
            return False

    return is_locked
