"""Groups of series, and the totals of a night's forecast by them."""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import Any

import pytest
import sqlalchemy as sa

from models.sales.settings import SalesSettings
from nightcast.errors import InputError
from nightcast.values import Product
from sql.engine import Database
from sql.settings import SalesSource
from sql.tables import QUANTILES, sales_forecast, sales_total
from tasks.products import PRODUCTS
from tests.tasks.forecasts import day, series, written_to
from tests.tasks.nights import AS_OF, night_of, prepared_of

COLUMNS = {"series_id": sa.Text, "period": sa.Text, "value": sa.Text, "store": sa.Text, "kind": sa.Integer}


def fill(database: Database, rows: list[tuple[Any, ...]]) -> None:
    """The table of sales with two columns of groups."""
    table = sa.Table("sales", sa.MetaData(), *(sa.Column(name, kind) for name, kind in COLUMNS.items()))
    with database.write() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [dict(zip(COLUMNS, row, strict=True)) for row in rows])


def sold(name: str, store: str | None, kind: int | None, days: range = range(1, 61)) -> list[tuple[Any, ...]]:
    """A series with a value on each of the days before the as-of."""
    return [(name, day(back), str(10 + back % 7), store, kind) for back in days]


def test_a_series_has_the_group_of_its_newest_row_and_others_are_said(database: Database) -> None:
    moved = [*sold("moved", "north", 1, range(11, 61)), *sold("moved", "south", 1, range(1, 11))]
    fill(database, [*moved, *sold("plain", "north", 2), *sold("nowhere", None, 1), *sold("gap", "south", None)])
    night = night_of(database, Product.SALES, sales=SalesSource(groups=("store", "kind")))
    prepared = prepared_of(night)
    ids = prepared.ids.to_pylist()
    found = {
        one.level: dict(zip(ids, one.values.take(one.group.tolist()).to_pylist(), strict=True))
        for one in prepared.known.groupings
    }
    assert found == {
        "all": dict.fromkeys(ids, "all"),
        "store": {"moved": "south", "plain": "north", "nowhere": "unknown", "gap": "south"},
        "kind": {"moved": "1", "plain": "2", "nowhere": "1", "gap": "unknown"},
    }
    assert [note for note in night.notes if "several" in note] == [
        "1 series have several values of 'store'; that of the newest row counts"
    ]


def test_a_group_that_is_no_column_is_refused_before_anything_is_read(database: Database) -> None:
    fill(database, sold("a", "north", 1))
    night = night_of(database, Product.SALES, sales=SalesSource(groups=("shop",)))
    with pytest.raises(InputError, match="no column 'shop'"):
        PRODUCTS[Product.SALES].check(database, night.sections.source)


@pytest.mark.parametrize(("names", "reason"), [(("all",), "level of totals"), (("store", "store"), "twice")])
def test_a_group_that_would_not_be_told_apart_is_refused(names: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        SalesSource(groups=names)


def test_totals_add_up_over_series_and_spans(database: Database) -> None:
    fill(
        database,
        [*sold("a", "north", 1), *sold("b", "south", 2), *sold("c", "south", 1), ("skipped", "x", 1, "south", 1)],
    )
    source, settings = SalesSource(groups=("store", "kind")), SalesSettings(horizon=40)
    tonight = series(database, sales=source, sales_settings=settings)
    written = tonight.forecast()
    assert PRODUCTS[Product.SALES].rows_to_write(tonight.night, tonight.prepared) == written
    totals = written_to(database, sales_total, "level", "group_value", "span", "from_period")
    steps = written_to(database, sales_forecast, "series_id", "step")
    assert {(row["level"], row["group_value"]) for row in totals} == {
        ("all", "all"),
        ("kind", "1"),
        ("kind", "2"),
        ("series", "a"),
        ("series", "b"),
        ("series", "c"),
        ("store", "north"),
        ("store", "south"),
    }
    by_level: dict[tuple[Any, ...], float] = defaultdict(float)
    for row in totals:
        by_level[row["level"], row["span"], row["from_period"]] += row["mean"]
        assert [row[name] for name in QUANTILES] == sorted(row[name] for name in QUANTILES)
        assert row["q025"] <= row["mean"] <= row["q975"]
        inside = [step["mean"] for step in steps if row["from_period"] <= step["period"] <= row["to_period"]]
        if row["level"] == "all":
            assert row["mean"] == pytest.approx(sum(inside))
    for (level, span, first), mean in by_level.items():
        assert mean == pytest.approx(by_level["all", span, first]), (level, span, first)


def test_weeks_begin_on_monday_and_say_whether_they_are_whole(database: Database) -> None:
    fill(database, sold("a", "north", 1))
    series(database, sales_settings=SalesSettings(horizon=40)).forecast()
    rows = [row for row in written_to(database, sales_total, "span", "from_period") if row["level"] == "series"]
    spans = {
        span: [(row["from_period"], row["to_period"], row["is_whole"]) for row in rows if row["span"] == span]
        for span in ("week", "month", "horizon", "period")
    }
    july = datetime.date(2024, 7, 1)
    assert spans["week"][0] == (AS_OF, datetime.date(2024, 6, 2), False)  # a Saturday and a Sunday
    assert spans["week"][1] == (datetime.date(2024, 6, 3), datetime.date(2024, 6, 9), True)
    assert spans["month"] == [(AS_OF, datetime.date(2024, 6, 30), True), (july, datetime.date(2024, 7, 10), False)]
    assert spans["horizon"] == [(AS_OF, datetime.date(2024, 7, 10), True)]
    assert spans["period"] == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(("as_of", "steps"), [(AS_OF, 61), (AS_OF - datetime.timedelta(days=1), 31)])
def test_a_horizon_to_a_date_ends_there_with_the_same_model_every_night(
    database: Database, as_of: datetime.date, steps: int
) -> None:
    fill(database, sold("a", "north", 1))
    tonight = series(database, as_of=as_of, sales_settings=SalesSettings(horizon="to the end of next month"))
    assert tonight.forecast() == PRODUCTS[Product.SALES].rows_to_write(tonight.night, tonight.prepared)
    assert PRODUCTS[Product.SALES].shape(tonight.night, tonight.prepared)["horizon"] == 62
    rows = written_to(database, sales_forecast, "step")
    assert [row["step"] for row in rows] == [*range(1, steps + 1)]
    assert rows[-1]["period"] == as_of + datetime.timedelta(days=steps - 1)
