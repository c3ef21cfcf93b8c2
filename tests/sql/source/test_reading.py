"""Bulk reading: whatever a database holds comes out as the same few types."""

from __future__ import annotations

import datetime
import math
import threading
from dataclasses import replace

import pyarrow as pa
import pytest
import sqlalchemy as sa

import sql.source.reading
from nightcast.errors import InputError, UnavailableError
from sql.engine import Database
from sql.settings import VisitSource
from sql.source.expressions import UNREADABLE
from sql.source.lookup import look_up_source
from sql.source.reading import WantedColumn, read_batches
from tasks.conversion.moments import to_local_days
from tests.conftest import KINDS, MYSQL_ALONE
from tests.sql.source.sources import execute, fill, numbers, read, visits

NOW = datetime.datetime(2024, 6, 1, 12, 0, tzinfo=datetime.UTC)
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"])


def test_identifiers_are_text_exactly_as_they_came(database: Database) -> None:
    ids = ["00001", " a ", "", None, "O'Brien", '"', "a,b\nc", "顧客", "e\u0301", "100%", ":x", "\\"]
    fill(
        database,
        visits("visits", sa.Column("customer_id", sa.Text), sa.Column("n", sa.Integer)),
        *((one, place) for place, one in enumerate(ids)),
    )
    assert read(database, VisitSource(), customer_id="identifier", n="number") == [
        ids,
        list(map(float, range(len(ids)))),
    ]


def test_identifiers_of_other_types_become_text(database: Database) -> None:
    big = 2**62
    fill(database, visits("visits", sa.Column("customer_id", sa.BigInteger)), (7,), (None,), (big,), (-1,))
    assert read(database, VisitSource(), customer_id="identifier") == [["7", None, str(big), "-1"]]


@on_postgresql
def test_identifiers_and_moments_of_postgresql(database: Database) -> None:
    one = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
    query = f"""SELECT '{one}'::uuid AS u, 'ab'::varchar(9) AS v, '2024-01-05'::text AS t, DATE '2024-01-05' AS d,
        TIMESTAMP '2024-01-05 10:30' AS s, TIMESTAMPTZ '2024-01-05 23:30-05' AS z"""
    source = VisitSource(table=None, query=query)
    assert read(database, source, u="identifier", v="identifier", d="identifier") == [[one], ["ab"], ["2024-01-05"]]
    fifth, sixth = datetime.date(2024, 1, 5), datetime.date(2024, 1, 6)
    for name, day in {"t": fifth, "d": fifth, "s": fifth, "z": sixth}.items():
        relation = look_up_source(database, "source.visits", source, [name])
        (batch,) = read_batches(database, relation, [WantedColumn(name, "moment")])
        assert to_local_days(batch[0], "UTC", "UTC", NOW).day.tolist() == [(day - datetime.date(1970, 1, 1)).days]


def test_moments_mean_the_same_on_both_databases(database: Database) -> None:
    table = visits(
        "visits",
        sa.Column("day", sa.Date),
        sa.Column("naive", sa.DateTime),
        sa.Column("aware", sa.DateTime(timezone=True)),
        sa.Column("text", sa.Text),
    )
    fifth = datetime.datetime(2024, 1, 5, 23, 30)
    rows = [(fifth.date(), fifth, fifth.replace(tzinfo=datetime.UTC), "2024-01-05T23:30:00-05:00"), (None,) * 4]
    fill(database, table, *rows)
    relation = look_up_source(database, "source.visits", VisitSource(), [])
    wanted = [WantedColumn(column.name, "moment") for column in table.columns]
    (batch,) = read_batches(database, relation, wanted)
    for name, moments, day in zip(table.columns.keys(), batch, (5, 5, 6, 6), strict=True):
        # SQLite keeps no offset: what was aware is naive there, and in the source's time zone.
        source_zone = "UTC" if name == "aware" else "Europe/Zurich"
        days = to_local_days(moments, source_zone, "Europe/Zurich", NOW)
        assert days.day[0] == (datetime.date(2024, 1, day) - datetime.date(1970, 1, 1)).days, name
        assert days.unreadable.tolist() == [False, True], name


@on_postgresql
def test_the_infinities_of_postgresql_are_no_visits(database: Database) -> None:
    values = ["TIMESTAMP 'infinity'", "TIMESTAMP '-infinity'", "TIMESTAMPTZ 'infinity'", "DATE 'infinity'"]
    for value in [*values, "DATE '-infinity'", "DATE '20240-01-05'", "DATE '0044-03-15 BC'"]:
        source = VisitSource(table=None, query=f"SELECT {value} AS at")
        relation = look_up_source(database, "source.visits", source, ["at"])
        (batch,) = read_batches(database, relation, [WantedColumn("at", "moment")])
        days = to_local_days(batch[0], "UTC", "Europe/Zurich", NOW)
        assert days.unreadable[0] or days.future[0], value


def test_numbers_of_every_kind(database: Database) -> None:
    table = visits("visits", sa.Column("amount", sa.Double), sa.Column("whole", sa.BigInteger))
    fill(database, table, (0.1, 1), (-1e15, 2**49), (None, None))
    for name, expected in {"amount": [0.1, -1e15], "whole": [1.0, float(2**49)]}.items():
        values, unreadable = numbers(database, VisitSource(), name)
        assert values[:2] == expected
        assert math.isnan(values[2])
        assert unreadable == [False] * 3


def test_exact_decimals_become_doubles(database: Database) -> None:
    execute(
        database, "CREATE TABLE visits (amount NUMERIC(30, 4))", "INSERT INTO visits VALUES (12.3400), (0.1), (NULL)"
    )
    values, unreadable = numbers(database, VisitSource(), "amount")
    assert values[:2] == [12.34, 0.1]
    assert unreadable == [False] * 3


def test_numbers_as_text(database: Database) -> None:
    texts = ["1.5", " 2 ", "x", "NaN", "inf", "", None, "1e3"]
    fill(database, visits("visits", sa.Column("amount", sa.Text)), *[(text,) for text in texts])
    values, unreadable = numbers(database, VisitSource(), "amount")
    assert [value for value in values if not math.isnan(value)] == [1.5, 2.0, 1000.0]
    assert unreadable == [False, False, True, False, True, False, False, False]  # NaN as text is unknown


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # the statements are written for the other two
def test_infinity_is_no_number(database: Database) -> None:
    execute(database, "CREATE TABLE visits (amount DOUBLE PRECISION)")
    infinity = "9e999" if database.dialect == "sqlite" else "'infinity'"
    execute(database, f"INSERT INTO visits VALUES ({infinity}), (-{infinity}), (1)".replace("-'", "'-"))
    assert numbers(database, VisitSource(), "amount")[1] == [True, True, False]


@on_postgresql
def test_not_a_number_of_postgresql(database: Database) -> None:
    source = VisitSource(table=None, query="SELECT 'NaN'::numeric AS a, 'NaN'::float8 AS b, true AS c")
    for name in "abc":
        assert numbers(database, source, name)[1] == [True]


@on_sqlite
def test_text_among_numbers_of_sqlite(database: Database) -> None:
    execute(
        database, "CREATE TABLE visits (amount)", "INSERT INTO visits VALUES (1), (0.1), ('x'), ('2'), (NULL), (9e14)"
    )
    values, unreadable = numbers(database, VisitSource(), "amount")
    assert [value for value in values if not math.isnan(value)] == [1.0, 0.1, 2.0, 9e14]
    assert unreadable == [False, False, True, False, False, False]


@on_sqlite
def test_what_is_no_text_is_unreadable_one_value_at_a_time(database: Database) -> None:
    execute(
        database,
        "CREATE TABLE visits (customer_id, visited_at, amount)",
        "INSERT INTO visits VALUES ('a', '2024-05-01', 1), (CAST(X'4DFC' AS TEXT), CAST(X'4DFC' AS TEXT), X'31')",
        "INSERT INTO visits VALUES (X'61', X'61', CAST(X'FF' AS TEXT)), ('ü', NULL, NULL), (NULL, '', '2')",
    )
    assert read(database, VisitSource(), customer_id="identifier", visited_at="moment") == [
        ["a", UNREADABLE, UNREADABLE, "ü", None],
        ["2024-05-01", UNREADABLE, UNREADABLE, None, ""],
    ]
    values, unreadable = numbers(database, VisitSource(), "amount")
    assert [value for value in values if not math.isnan(value)] == [1.0, 2.0]
    assert unreadable == [False, True, True, False, False]
    with database.read() as connection:  # the connection gives text again
        assert connection.exec_driver_sql("SELECT 'a'").scalar() == "a"


@on_sqlite
def test_a_text_with_a_zero_byte_is_whole(database: Database) -> None:
    execute(database, "CREATE TABLE visits (customer_id)", "INSERT INTO visits VALUES (CAST(X'610062' AS TEXT))")
    assert read(database, VisitSource(), customer_id="identifier") == [["a\0b"]]


CARDS = [4539578763621486, 4539578763621487, 17850, 0, -7, 2**53 - 1]
FLOATS = {"sqlite": ["REAL", "DOUBLE PRECISION"], "postgresql": ["DOUBLE PRECISION", "NUMERIC"], "mysql": ["DOUBLE"]}


def test_whole_numbers_are_identifiers_in_their_decimal_form_whatever_the_column(database: Database) -> None:
    for place, kind in enumerate([*FLOATS[database.dialect], "NUMERIC(20, 0)", "NUMERIC(20, 2)"]):
        execute(database, f"CREATE TABLE t{place} (customer_id {kind})")
        for card in CARDS:
            execute(database, f"INSERT INTO t{place} VALUES ({card})")
        execute(database, f"INSERT INTO t{place} VALUES (NULL), (-0.0)")
        expected = [*map(str, CARDS), None, "0"]
        assert read(database, VisitSource(table=f"t{place}"), customer_id="identifier") == [expected], kind


def test_a_number_that_its_column_cannot_hold_exactly_is_unreadable(database: Database) -> None:
    execute(database, f"CREATE TABLE visits (customer_id {FLOATS[database.dialect][0]})")
    execute(database, "INSERT INTO visits VALUES (9007199254740992), (9007199254740993), (-1e16), (1e300), (17.25)")
    expected = [*[UNREADABLE] * 4, "17.25"]
    assert read(database, VisitSource(), customer_id="identifier") == [expected]


@pytest.mark.parametrize("database_kind", [kind for kind in KINDS if kind != "sqlite"])
def test_a_number_of_single_precision_is_exact_up_to_its_own_limit(database: Database) -> None:
    kind = "REAL" if database.dialect == "postgresql" else "FLOAT"
    execute(database, f"CREATE TABLE visits (customer_id {kind})")
    execute(database, "INSERT INTO visits VALUES (16777215), (16777216), (1234567), (0.1)")
    assert read(database, VisitSource(), customer_id="identifier")[0][:3] == ["16777215", UNREADABLE, "1234567"]


@on_sqlite
def test_numbers_and_texts_of_one_column_of_sqlite_stay_apart(database: Database) -> None:
    execute(
        database,
        "CREATE TABLE visits (customer_id REAL, visited_at)",
        "INSERT INTO visits VALUES ('guest', 20240501.0), (7, 20240501), ('7a', 1e400)",
        "INSERT INTO visits VALUES (0.1, '2024'), (0.3, '2024'), (0.1 + 0.2, '2024')",
    )
    ids, moments = read(database, VisitSource(), customer_id="identifier", visited_at="moment")
    assert ids == ["guest", "7", "7a", "0.1", "0.3", "0.30000000000000004"]
    assert moments[:3] == ["20240501", "20240501", UNREADABLE]


@pytest.mark.parametrize("database_kind", [MYSQL_ALONE])
def test_bytes_of_mysql_that_are_no_text_are_never_merged(database: Database) -> None:
    execute(database, "CREATE TABLE visits (customer_id VARBINARY(16), latin VARCHAR(9) CHARACTER SET latin1)")
    execute(database, "INSERT INTO visits VALUES (X'4DFC', 'ü'), (X'4DFD', 'a '), ('abc', NULL)")
    assert read(database, VisitSource(), customer_id="identifier", latin="identifier") == [
        [UNREADABLE, UNREADABLE, "abc"],
        ["ü", "a ", None],
    ]


@on_postgresql
def test_a_decimal_that_no_double_holds_is_no_number(database: Database) -> None:
    values = ["1e400", "-1e400", "'NaN'", "'Infinity'", "1e-400", "0", "12.5", "NULL"]
    rows = ", ".join(f"({value}::numeric)" for value in values)
    source = VisitSource(table=None, query=f"SELECT a FROM (VALUES {rows}) AS v (a)")
    read_values, unreadable = numbers(database, source, "a")
    assert unreadable == [True] * 4 + [False] * 4
    assert read_values[4:7] == [0.0, 0.0, 12.5]


def test_an_empty_table_has_no_batch_with_rows(database: Database) -> None:
    fill(database, visits("visits", sa.Column("customer_id", sa.Text), sa.Column("amount", sa.Double)))
    assert read(database, VisitSource(), customer_id="identifier", amount="number") == [[], []]


def test_more_rows_than_a_batch_holds(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql.source.reading, "BATCH_ROWS", 7)
    rows = [(f"{number:03}", float(number)) for number in range(100)]
    fill(database, visits("visits", sa.Column("customer_id", sa.Text), sa.Column("amount", sa.Double)), *rows)
    ids, amounts = read(database, VisitSource(), customer_id="identifier", amount="number")
    assert sorted(zip(ids, amounts, strict=True)) == rows
    relation = look_up_source(database, "source.visits", VisitSource(), [])
    if database.dialect == "sqlite":
        sizes = [len(batch[0]) for batch in read_batches(database, relation, [WantedColumn("amount", "number")])]
        assert sizes == [7] * 14 + [2]


def test_columns_come_in_the_order_asked_for_and_twice_where_asked_twice(database: Database) -> None:
    fill(database, visits("visits", sa.Column("a", sa.Text), sa.Column("b", sa.Text)), ("1", "2"))
    wanted = [WantedColumn("b", "identifier"), WantedColumn("a", "identifier"), WantedColumn("b", "number")]
    relation = look_up_source(database, "source.visits", VisitSource(), [])
    (batch,) = read_batches(database, relation, wanted)
    assert [column.to_pylist() for column in batch] == [["2"], ["1"], ["2"]]
    assert all(isinstance(column, pa.Array) for column in batch)


def test_only_the_rows_of_a_condition(database: Database) -> None:
    fill(database, visits("visits", sa.Column("customer_id", sa.Text)), ("it's",), ("2",), (None,))
    relation = look_up_source(database, "source.visits", VisitSource(), [])
    some = replace(relation, condition=sa.column("customer_id") == "it's")
    batches = read_batches(database, some, [WantedColumn("customer_id", "identifier")])
    assert [text for (ids,) in batches for text in ids.to_pylist()] == ["it's"]


@on_postgresql
def test_a_connection_lost_while_reading_is_worth_another_try(database: Database) -> None:
    source = VisitSource(table=None, query="SELECT pg_terminate_backend(pg_backend_pid())::text AS x")
    relation = look_up_source(database, "source.visits", source, ["x"])
    with pytest.raises(UnavailableError, match="Reading from") as caught:
        list(read_batches(database, relation, [WantedColumn("x", "identifier")]))
    assert caught.value.exit_code == 3


ROWS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n",
    "postgresql": "SELECT lpad(i::text, 100, '0') FROM generate_series(1, 400000) AS i",  # more than one batch of bytes
}


@pytest.mark.parametrize("database_kind", ROWS)
def test_what_is_loaded_meanwhile_is_not_half_read(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql.source.reading, "BATCH_ROWS", 100)
    source = VisitSource(table="growing")
    execute(database, "CREATE TABLE growing (customer_id TEXT)", f"INSERT INTO growing {ROWS[database.dialect]}")
    relation = look_up_source(database, "source.visits", source, ["customer_id"])
    batches = read_batches(database, relation, [WantedColumn("customer_id", "identifier")])
    first = [len(columns[0]) for columns in (next(batches), next(batches))]
    execute(database, "DELETE FROM growing WHERE customer_id > '5'", "INSERT INTO growing VALUES ('late'), ('later')")
    rest = [len(columns[0]) for columns in batches]
    assert rest
    assert sum(first + rest) == {"sqlite": 1_000, "postgresql": 400_000}[database.dialect]


@on_postgresql
def test_a_row_that_fails_is_bad_data_and_not_worth_another_try(database: Database) -> None:
    query = "SELECT 1 / (3 - n) AS x FROM generate_series(1, 5) AS n"
    with pytest.raises(InputError, match=r"\[source\.visits\] fails: .*division by zero"):
        read(database, VisitSource(table=None, query=query), x="number")


@pytest.mark.parametrize("kind", [sa.SmallInteger, sa.Integer, sa.BigInteger])
def test_subjects_are_whole_numbers_where_the_column_holds_them(database: Database, kind: type[sa.Integer]) -> None:
    table = visits("visits", sa.Column("customer_id", kind), sa.Column("n", sa.Integer))
    fill(database, table, (7, 0), (None, 1), (-30, 2))
    source = look_up_source(database, "source.visits", VisitSource(), ["customer_id"])
    [(subjects,)] = read_batches(database, source, [WantedColumn("customer_id", "subject")])
    expected = ["7", None, "-30"] if database.dialect == "mysql" else [7, None, -30]
    assert subjects.to_pylist() == expected


@on_postgresql
def test_a_reader_that_is_left_alone_ends(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(database, visits("visits", sa.Column("customer_id", sa.Text)), ("a",), ("b",))
    source = look_up_source(database, "source.visits", VisitSource(), ["customer_id"])
    before = threading.active_count()
    batches = read_batches(database, source, [WantedColumn("customer_id", "identifier")])
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
