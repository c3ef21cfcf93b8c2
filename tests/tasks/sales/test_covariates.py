"""Reading what is known ahead: whose it is, which rows are counted with a reason, and what the night warns of."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

import sql.source.reading
import tasks.sales.covariates
from models.sales.data.covariates import Covariates
from models.sales.settings import SalesSettings
from nightcast.errors import InputError, SettingsError
from nightcast.values import Product
from sql.engine import Database
from sql.settings import CovariateColumns, CovariateSource, SalesSource
from tasks.night import Night
from tasks.sales.steps import SalesSteps
from tests.tasks.nights import fill_sales, night_of, prepared_of, rejected

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])

FIRST = datetime.date(2024, 5, 27)  # five days before the as-of
COLUMNS = {"series_id": sa.Text, "period": sa.Text, "name": sa.Text, "value": sa.Text}


def date(place: int) -> str:
    return str(FIRST + datetime.timedelta(days=place))


def fill(database: Database, *rows: tuple[Any, ...], table: str = "sales_covariates", **columns: Any) -> None:
    """The table of covariates: series, period, name and value, all text by default."""
    kinds = columns or COLUMNS
    made = sa.Table(table, sa.MetaData(), *(sa.Column(column, kind) for column, kind in kinds.items()))
    with database.write() as connection:
        made.create(connection)
        if rows:
            connection.execute(sa.insert(made), [dict(zip(kinds, row, strict=True)) for row in rows])


def read(
    database: Database,
    source: CovariateSource | None = None,
    *,
    country: str | None = None,
    sales: SalesSource | None = None,
) -> tuple[Night, Covariates | None]:
    """A night over two series of five days, 00001 and b, with a horizon of three, and what is known ahead of it."""
    fill_sales(database, *((series, date(place), "1") for series in ("b", "00001") for place in range(5)))
    night = night_of(
        database,
        Product.SALES,
        sales=sales or SalesSource(frequency="D"),
        covariates=source,
        sales_settings=SalesSettings(horizon=3, country=country),
    )
    known = prepared_of(night).known
    assert known.panel.covariates is known.observed.covariates
    return night, known.panel.covariates


def prepared_of_covariates(database: Database) -> dict[str, object]:
    """What shapes the model of a night that reads these covariates."""
    fill_sales(database, *((series, date(place), "1") for series in ("b", "00001") for place in range(5)))
    night = night_of(database, Product.SALES, sales=SalesSource(frequency="D"), sales_settings=SalesSettings(horizon=3))
    return dict(SalesSteps().shape(night, prepared_of(night)))


def known_ahead(database: Database, source: CovariateSource | None = None, **options: Any) -> Covariates:
    _, covariates = read(database, source, **options)
    assert covariates is not None
    return covariates


def values(covariates: Covariates | None, name: str) -> list[list[float | None]]:
    """Each series' values of the five days and the three ahead, as tonight knows them; None where unknown."""
    assert covariates is not None
    count = len(covariates.own)
    window = covariates.window(np.arange(count), np.full(count, 5), 5, 3)[:, :, covariates.names.index(name)]
    return [[None if math.isnan(value) else value for value in line] for line in window.tolist()]


def test_rows_meet_their_series_and_reach_beyond_the_as_of(database: Database) -> None:
    fill(
        database,
        ("00001", date(1), "promotion", "1"),
        ("00001", date(5), "promotion", "1"),
        ("b", date(7) + " 00:00:00", "promotion", "1"),
        (None, date(0), "price", "2"),
        ("", date(2), "price", "4.0"),
        (None, date(6), "price", "8"),
        (None, "2030-01-01", "price", "16"),
    )
    night, covariates = read(database)
    assert covariates is not None
    assert covariates.names == ("price", "promotion")
    assert values(covariates, "promotion") == [[0, 1, 0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1]]
    assert values(covariates, "price")[1] == [2, None, 4, None, None, None, 8, None]
    assert night.notes == []
    assert night.rejections.rows == 0


def test_a_missing_table_is_no_error(database: Database) -> None:
    night, covariates = read(database)
    assert covariates is None
    assert night.notes == []


def test_rows_that_cannot_be_used_are_counted_with_their_reason(database: Database) -> None:
    fill(
        database,
        (None, date(0), "price", "2"),
        (None, date(1), "price", "dear"),
        (None, date(2), "price", "4"),
        (None, date(3), "price", None),
        (None, date(4), "price", "2e15"),
        (None, date(5), "price", "5"),
        (None, date(5), "", "1"),
        ("b", date(5), None, "1"),
        (None, "soon", "price", "1"),
        (None, None, "price", "1"),
        ("sold-nowhere", date(5), "price", "1"),
        ("1", date(5), "price", "1"),
        (None, "2019-01-01", "price", "1000"),
    )
    night, covariates = read(database)
    assert rejected(night, "covariates") == {
        "no name": 2,
        "not a date or timestamp (ISO 8601)": 2,
        "a series without sales": 2,
        "value is not a number up to 1e15": 2,
    }
    assert night.ledger_columns["rows_rejected"] == 8
    assert night.entry.rows_read == 10  # of the sales
    examples = {entry.reason: entry.example for entry in night.rejections}
    assert examples["a series without sales"] == f"price, series s********e, {date(5)}"
    assert values(covariates, "price")[0] == [2, None, 4, None, None, 5, None, None]


@on_sqlite
def test_series_in_a_column_of_doubles_meet_their_sales_and_bytes_are_counted(database: Database) -> None:
    fill_sales(database, ("7", date(0), "1"))
    fill(database, (7.0, date(0), "price", "2"), series_id=sa.REAL, period=sa.Text, name=sa.Text, value=sa.Text)
    with database.write() as connection:
        connection.exec_driver_sql(f"INSERT INTO sales_covariates VALUES (7, '{date(1)}', CAST(X'FC' AS TEXT), 1)")
        connection.exec_driver_sql(f"INSERT INTO sales_covariates VALUES (X'37', '{date(1)}', 'price', 1)")
    night, covariates = read(database)
    assert values(covariates, "price")[1][:2] == [2, None]
    assert rejected(night) == {
        "the name is not UTF-8 text, or is a number too large for its column to hold exactly": 1,
        "a series without sales": 1,
    }


def test_what_is_unknown_ahead_is_named_and_kept_as_known_in_the_past(database: Database) -> None:
    fill(
        database,
        (None, date(0), "weather", "20.5"),
        (None, date(4), "weather", "18"),
        (None, date(0), "event", "1"),
        (None, date(6), "promotion", "1"),
        ("b", date(3), "promotion", "1"),
    )
    night, covariates = read(database)
    assert covariates is not None
    assert covariates.names == ("event", "weather", "promotion")
    assert values(covariates, "weather")[0] == [20.5, None, None, None, 18, None, None, None]
    assert values(covariates, "event")[0] == [1, 0, 0, 0, 0, None, None, None]
    (note,) = night.notes
    assert "'event', 'weather'" in note
    assert "promotion" not in note


def test_marks_for_unknown_values_are_counted(database: Database) -> None:
    weather = [(None, date(place), "weather", str(15 + place)) for place in range(8)]
    weather[6] = (None, date(6), "weather", "-999")
    fill(database, *weather)
    night, _ = read(database)
    assert [note for note in night.notes if "1 of 'weather' (-999)" in note]


@on_sqlite
def test_neither_the_order_of_rows_nor_a_difference_between_them_is_silent(database: Database) -> None:
    rows = [(None, date(0), "price", "2"), (None, date(0), "price", "3"), (None, date(1), "price", "4")]
    fill(database, *rows, (None, date(1), "price", "4"), (None, date(5), "price", "5"))
    night, covariates = read(database)
    assert values(covariates, "price")[0][:2] == [3, 4]
    assert [note for note in night.notes if "1 of 'price'" in note]
    assert rejected(night) == {}


def test_a_late_promotion_changes_neither_the_shape_of_the_model_nor_the_night(database: Database) -> None:
    fill(database, *((None, date(place), "promotion", str(place % 2)) for place in range(5)))
    late = prepared_of_covariates(database)
    filled = sa.Table("sales_covariates", sa.MetaData(), *(sa.Column(name, kind) for name, kind in COLUMNS.items()))
    with database.write() as connection:
        rows = [dict(zip(COLUMNS, (None, date(place), "promotion", "1"), strict=True)) for place in range(5, 8)]
        connection.execute(sa.insert(filled), rows)
    assert prepared_of_covariates(database) == late


def test_typed_columns_of_other_names(database: Database) -> None:
    fill(
        database,
        (7, datetime.date(2024, 5, 27), "price", 2),
        (7, datetime.date(2024, 5, 28), "price", 4),
        (None, datetime.date(2024, 6, 1), "price", 5),
        table="Prices Ahead",
        shop=sa.Integer,
        Day=sa.Date,
        what=sa.String(20),
        how=sa.Numeric(10, 2),
    )
    fill_sales(database, ("7", date(0), "1"))
    columns = CovariateColumns(series_id="shop", period="Day", name="what", value="how")
    _, covariates = read(database, CovariateSource(table="Prices Ahead", columns=columns))
    assert values(covariates, "price")[1][:6] == [2, 4, None, None, None, 5]
    assert values(covariates, "price")[0][:6] == [None, None, None, None, None, 5]


def test_a_source_without_series_speaks_of_every_series(database: Database) -> None:
    fill(database, (date(0), "event", "1"), (date(5), "event", "1"), period=sa.Text, name=sa.Text, value=sa.Text)
    _, covariates = read(database)
    assert values(covariates, "event") == [[1, 0, 0, 0, 0, 1, None, None]] * 2


@on_sqlite
def test_a_query_may_be_the_source(database: Database) -> None:
    fill(database, (None, date(0), "event", "1"), (None, date(5), "event", "1"), table="calendar")
    _, covariates = read(database, CovariateSource(query="select * from calendar where name = 'event'"))
    assert values(covariates, "event")[0] == [1, 0, 0, 0, 0, 1, None, None]


@on_sqlite
def test_a_column_that_is_missing_is_named(database: Database) -> None:
    fill(database, period=sa.Text, value=sa.Text)
    with pytest.raises(InputError, match="'name'"):
        read(database)
    named = CovariateSource(columns=CovariateColumns(series_id="shop", name="value"))
    with pytest.raises(InputError, match="'shop'"):
        read(database, named)


@on_sqlite
def test_an_empty_source_knows_nothing(database: Database) -> None:
    fill(database)
    night, covariates = read(database)
    assert covariates is not None
    assert covariates.names == ()
    assert night.notes == []


@on_sqlite
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_neither_the_order_nor_the_batches_of_the_rows_matter(
    database: Database, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("c", "a", "b") if batch == 2 else ("b", "c", "a")
    monkeypatch.setattr(sql.source.reading, "BATCH_ROWS", batch)
    rows = [(None, date(place), name, str(place * (1 + "abc".index(name)))) for name in names for place in range(6)]
    fill(database, *(rows if batch == 1 else rows[::-1]))
    _, covariates = read(database)
    assert covariates is not None
    assert covariates.names == ("a", "b", "c")
    for factor, name in enumerate("abc", start=1):
        assert values(covariates, name)[0][:6] == [place * factor for place in range(6)]


@on_sqlite
def test_weekends_have_no_place_among_business_days(database: Database) -> None:
    saturday = 5
    rows = [(None, date(place), "event", str(place % 2)) for place in range(saturday)]
    fill(database, *rows, (None, date(saturday), "event", "1"), (None, date(saturday + 2), "event", "0"))
    night, _ = read(database, sales=SalesSource(frequency="B"))
    assert rejected(night, "covariates") == {"not a period of the frequency B": 1}
    assert night.ledger_columns["rows_rejected"] == 1


@on_sqlite
def test_midnights_of_another_zone_are_the_dates_that_were_meant(database: Database) -> None:
    fill(database, *((None, f"{date(place - 1)}T22:00:00Z", "price", str(place)) for place in range(8)))
    night, covariates = read(database)
    assert values(covariates, "price")[0] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert "22:00" in night.notes[0]


@on_sqlite
def test_public_holidays_come_with_the_country(database: Database) -> None:
    _, covariates = read(database, country="GB")
    assert values(covariates, "holiday +0") == [[1, 0, 0, 0, 0, 0, 0, 0]] * 2  # the spring bank holiday
    with pytest.raises(SettingsError, match="XX"):
        read(database, country="XX")


@on_sqlite
def test_public_holidays_stand_beside_those_of_the_source(database: Database) -> None:
    fill(database, ("b", date(1), "promotion", "1"), ("b", date(6), "promotion", "1"))
    _, covariates = read(database, country="GB")
    assert covariates is not None
    assert len(covariates.names) == 6
    assert values(covariates, "promotion")[1] == [0, 1, 0, 0, 0, 0, 1, None]
    assert values(covariates, "holiday +0")[1][0] == 1


@on_sqlite
def test_a_column_that_holds_no_names_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.sales.covariates, "MOST_NAMES", 3)
    fill(database, *((None, date(0), f"receipt {number}", "1") for number in range(4)))
    with pytest.raises(InputError, match=r"'name' .*more than 3"):
        read(database)
