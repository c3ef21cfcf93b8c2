"""Fingerprints of a source's days: every change shows in those of its day, and in no other."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from sql.connection.snapshot import open_snapshot
from sql.engine import Database
from sql.settings import VisitSource
from sql.source.fingerprints.ask import Fingerprint, NoFingerprintsError, fingerprints
from sql.source.fingerprints.partitions import is_nameable, partition_of, restricted
from sql.source.lookup import SourceRelation, look_up_source
from sql.source.reading import WantedColumn, read_batches
from tests.sql.source.sources import execute, fill, visits

COLUMNS = [
    WantedColumn("customer_id", "subject"),
    WantedColumn("visited_at", "moment"),
    WantedColumn("amount", "number"),
]
ROWS = [
    ("1", "2024-01-01 10:00:00", 1.5),
    ("2", "2024-01-01 11:00:00", None),
    ("2", "2024-01-02 11:00:00", 3),
    ("3", None, 4),
    ("3", "2024-01-03 23:59:59", 3),
]
DECIMAL = sa.Numeric(12, 3)
MOMENTS: dict[str, tuple[Any, Any]] = {
    "text": (sa.Text, str),
    "date": (sa.Date, lambda text: datetime.date.fromisoformat(text[:10])),
    "timestamp": (sa.DateTime, datetime.datetime.fromisoformat),
    "in a zone": (
        sa.DateTime(timezone=True),
        lambda text: datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC),
    ),
}


def fill_visits(database: Database, kind: str, id_type: Any = sa.Text, amount: Any = DECIMAL) -> None:
    moment, read = MOMENTS[kind]
    table = visits(
        "visits", sa.Column("customer_id", id_type), sa.Column("visited_at", moment), sa.Column("amount", amount)
    )
    fill(database, table, *((name, text and read(text), number) for name, text, number in ROWS))


def located(database: Database) -> SourceRelation:
    return look_up_source(database, "source.visits", VisitSource(), [one.name for one in COLUMNS])


def asked(database: Database) -> dict[str, Fingerprint]:
    with open_snapshot(database) as snapshot:
        return fingerprints(snapshot, located(database), COLUMNS)


@pytest.mark.parametrize(
    ("kind", "id_type"), list(zip(MOMENTS, [sa.Text, sa.Integer, sa.Numeric(10, 2), sa.Text], strict=True))
)
def test_the_rows_of_some_partitions_are_read(database: Database, kind: str, id_type: Any) -> None:
    fill_visits(database, kind, id_type)
    source = located(database)
    with open_snapshot(database) as snapshot:
        found = fingerprints(snapshot, source, COLUMNS)
        names = list(found)
        assert sorted(one.rows for one in found.values()) == [1, 1, 1, 2]
        for wanted in (names[:1], names[1:], names[2:3], names[:3]):
            some = restricted(
                database.dialect, source, "visited_at", wanted, [name for name in names if name not in wanted]
            )
            read = [
                names[place]
                for _, moments, _ in read_batches(database, some, COLUMNS, snapshot)
                for place in partition_of(moments, names)
            ]
            assert sorted(read) == sorted(name for name in wanted for _ in range(found[name].rows))


CHANGES = {
    "an amount": "UPDATE visits SET amount = 1.501 WHERE amount = 1.5",
    "an amount that was none": "UPDATE visits SET amount = 0 WHERE amount IS NULL",
    "an amount that is none": "UPDATE visits SET amount = NULL WHERE amount = 1.5",
    "a customer": "UPDATE visits SET customer_id = '3' WHERE amount = 1.5",
    "no customer": "UPDATE visits SET customer_id = NULL WHERE amount = 1.5",
    "a time": "UPDATE visits SET visited_at = '2024-01-01 10:00:01' WHERE amount = 1.5",
    "a row more": "INSERT INTO visits SELECT * FROM visits WHERE amount = 1.5",
    "a row less": "DELETE FROM visits WHERE amount = 1.5",
}


def test_a_change_shows_in_its_day_alone(database: Database) -> None:
    fill_visits(database, "timestamp")
    unchanged = asked(database)
    assert asked(database) == unchanged
    day = {next(name for name, one in unchanged.items() if one.rows == 2)}
    for change in CHANGES:
        execute(database, "CREATE TABLE spare AS SELECT * FROM visits", CHANGES[change])
        after = asked(database)
        changed = {name for name in unchanged.keys() | after.keys() if unchanged.get(name) != after.get(name)}
        assert changed == day, change
        execute(database, "DELETE FROM visits", "INSERT INTO visits SELECT * FROM spare", "DROP TABLE spare")


def test_two_swapped_values_show(database: Database) -> None:
    fill_visits(database, "date")
    before = asked(database)
    execute(
        database,
        "UPDATE visits SET amount = CASE WHEN amount IS NULL THEN 1.5 END WHERE amount = 1.5 OR amount IS NULL",
    )
    assert asked(database) != before


def test_the_order_of_rows_does_not_show(database: Database) -> None:
    if database.dialect == "sqlite":
        pytest.skip("there a table that is written anew in another order is read anew")
    fill_visits(database, "date")
    before = asked(database)
    execute(database, "DELETE FROM visits WHERE amount = 1.5")
    execute(database, "INSERT INTO visits VALUES ('1', '2024-01-01', 1.5)")
    assert asked(database) == before


def test_a_snapshot_does_not_see_what_is_written_later(database: Database) -> None:
    fill_visits(database, "date")
    source = located(database)
    with open_snapshot(database) as snapshot:
        before = fingerprints(snapshot, source, COLUMNS)
        execute(database, "DELETE FROM visits")
        read = sum(len(ids) for ids, *_ in read_batches(database, source, COLUMNS, snapshot))
        assert fingerprints(snapshot, source, COLUMNS) == before
    assert read == len(ROWS)
    assert asked(database) == {}


def test_numbers_that_are_texts_have_no_fingerprints(database: Database) -> None:
    fill_visits(database, "date", amount=sa.Text)
    with pytest.raises(NoFingerprintsError, match="texts"):
        asked(database)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_infinite_and_far_days_are_partitions_too(database: Database) -> None:
    fill_visits(database, "timestamp")
    execute(
        database,
        "INSERT INTO visits VALUES ('a', 'infinity', 1), ('b', '-infinity', 1), ('c', '0044-03-15 BC', 1), "
        "('d', '20000-01-01', 1)",
    )
    found = asked(database)
    assert sum(one.rows for one in found.values()) == 9
    assert found[""].rows == 3
    assert [is_nameable(name) for name in sorted(found, key=lambda name: int(name or 0))] == [
        False,
        *(True for _ in range(4)),
        False,
    ]
    with open_snapshot(database) as snapshot:
        known = [name for name in found if name and is_nameable(name)]
        wanted = [name for name in found if name not in known]
        some = restricted("postgresql", located(database), "visited_at", wanted, known)
        rows = [name for ids, *_ in read_batches(database, some, COLUMNS, snapshot) for name in ids.to_pylist()]
    assert sorted(rows) == ["3", "a", "b", "c", "d"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_text_that_is_no_text_shows(database: Database) -> None:
    fill_visits(database, "text")
    before = asked(database)
    execute(database, "UPDATE visits SET visited_at = CAST(visited_at AS BLOB) WHERE amount = 1.5")
    assert asked(database) != before


def test_a_query_has_fingerprints_too(database: Database) -> None:
    fill_visits(database, "date")
    query = "SELECT customer_id, visited_at, amount FROM visits WHERE amount > 1 AND customer_id <> 'a:b' -- all\n;"
    source = look_up_source(database, "source.visits", VisitSource(query=query), [one.name for one in COLUMNS])
    with open_snapshot(database) as snapshot:
        found = fingerprints(snapshot, source, COLUMNS)
        wanted, *known = found
        some = restricted(database.dialect, source, "visited_at", [wanted], known)
        rows = sum(len(ids) for ids, *_ in read_batches(database, some, COLUMNS, snapshot))
    assert sum(one.rows for one in found.values()) == 4
    assert rows == found[wanted].rows
