"""Readings of views: every name is checked, every value is data, and the answer says when it is cut short."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.errors import SchemaVersionError, UsageError
from nightcast.values import Product
from sql.answers.ask import ask
from sql.answers.reading import Filter, Reading, Totals
from sql.answers.views import ReadersViews
from sql.connection.read_only import read_only
from sql.engine import Database
from sql.ledger import runs
from sql.tables import FORECAST_TABLES, sales_forecast
from sql.views.definitions import VIEWS

AS_OF = datetime.date(2026, 3, 1)
SERIES = ("a", "b", 'it\'s 100 % "c"')
HOSTILE = (
    "sales_forecast",
    "forecast_run",
    "next_visit",
    "next_visit_stored",
    "sqlite_schema",
    "pg_catalog.pg_shadow",
    "latest_run; DROP TABLE forecast_run",
    'latest_run" UNION SELECT * FROM "forecast_run',
    "",
)
NO_COLUMNS = ("pg_read_file('/etc/passwd')", "load_extension('x')", "mean; DROP TABLE forecast_run", "*", "1", "")


@pytest.fixture
def views(database: Database) -> ReadersViews:
    """Views of a published night of three series and two days."""
    run = runs.begin(database, Product.SALES, AS_OF, trigger="test", flow_run_id=None, settings={}, today=AS_OF)
    quantiles = {column.name: 1.0 for column in sales_forecast.columns if column.name.startswith("q")}
    rows = [
        {"run_id": run.run_id, "series_id": series, "period": AS_OF + datetime.timedelta(days=step - 1), "step": step}
        | {"mean": 10.0 * number + step, "model": "naive", **quantiles}
        for number, series in enumerate(SERIES)
        for step in (1, 2)
    ]
    assert sales_forecast in FORECAST_TABLES["sales"]
    with database.write() as connection:
        connection.execute(sa.insert(sales_forecast), rows)
    runs.publish(database, run, None, {})
    return ReadersViews(read_only(database))


def rows(views: ReadersViews, asked: Reading | Totals) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in ask(views, asked)["rows"]]


def reading(*filters: Filter, columns: tuple[str, ...] = ("series_id", "step"), **parts: Any) -> Reading:
    return Reading("latest_sales_forecast", columns, filters, **{"order_by": ("series_id", "step"), **parts})


def test_rows_are_those_of_the_view(views: ReadersViews) -> None:
    assert rows(views, reading()) == [(series, step) for series in SERIES for step in (1, 2)]
    [first, *_] = ask(views, reading(columns=("period", "mean", "known_effect", "as_of")))["rows"]
    assert first == {"period": "2026-03-01", "mean": 1.0, "known_effect": None, "as_of": "2026-03-01"}
    assert "published_at" in ask(views, reading(columns=()))["rows"][0]


def test_an_answer_says_when_it_is_cut_short(views: ReadersViews) -> None:
    assert [ask(views, reading(limit=limit))["is_cut_short"] for limit in (5, 6)] == [True, False]
    assert len(ask(views, reading(limit=5))["rows"]) == 5


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([Filter(column="series_id", value=SERIES[2])], 2),
        ([Filter(column="series_id", value="' OR 1 = 1 --")], 0),
        ([Filter(column="series_id", comparison="contains", value="%")], 2),
        ([Filter(column="series_id", comparison="in", value=["a", "b", "x"])], 4),
        ([Filter(column="period", comparison="<=", value="2026-03-01")], 3),
        ([Filter(column="published_at", comparison=">", value="2026-01-01")], 6),
        ([Filter(column="published_at", comparison=">", value="2999-01-01T00:00:00+02:00")], 0),
        ([Filter(column="mean", comparison=">", value=10), Filter(column="step", value=1)], 2),
        ([Filter(column="known_effect", comparison="is null")], 6),
        ([Filter(column="series_id", comparison="<>", value=7)], 6),
    ],
)
def test_filters_hold_together_and_their_values_are_data(
    views: ReadersViews, filters: list[Filter], expected: int
) -> None:
    assert len(rows(views, reading(*filters))) == expected


def test_totals_have_a_row_for_each_value(views: ReadersViews) -> None:
    asked = Totals("latest_sales_forecast", ("count", "sum mean", "greatest period"), ("step",), (), ("sum_mean desc",))
    assert rows(views, asked) == [(2, 3, 36.0, "2026-03-02"), (1, 3, 33.0, "2026-03-01")]
    assert rows(views, Totals("latest_sales_forecast", ("mean mean",))) == [(11.5,)]


@pytest.mark.parametrize("measure", ["sum q90", "mean q10"])
def test_quantiles_are_not_added_up(views: ReadersViews, measure: str) -> None:
    with pytest.raises(UsageError, match="do not add up"):
        ask(views, Totals("latest_sales_forecast", (measure,)))


@pytest.mark.parametrize("view", HOSTILE)
def test_nothing_but_a_view_for_readers_is_read(views: ReadersViews, view: str) -> None:
    for asked in (Reading(view), Totals(view)):
        with pytest.raises(UsageError, match="no view"):
            ask(views, asked)


@pytest.mark.parametrize("name", NO_COLUMNS)
def test_nothing_but_a_column_is_named(views: ReadersViews, name: str) -> None:
    for asked in (
        reading(columns=(name,)),
        reading(Filter(column=name, value=1)),
        reading(order_by=(name,)),
        reading(order_by=(f"mean {name or 'x'}",)),
        Totals("latest_sales_forecast", (f"sum {name}",)),
        Totals("latest_sales_forecast", (name,)),
        Totals("latest_sales_forecast", ("count",), (name,)),
    ):
        with pytest.raises(UsageError):
            ask(views, asked)


@pytest.mark.parametrize(
    "wrong",
    [
        Filter(column="period", value="Saturday"),
        Filter(column="period", comparison="in", value="2026-03-01"),
        Filter(column="series_id", value=None),
        Filter(column="step", value="first"),
        Filter(column="mean", comparison="contains", value=1),
    ],
)
def test_a_wrong_value_is_refused(views: ReadersViews, wrong: Filter) -> None:
    with pytest.raises(UsageError):
        ask(views, reading(wrong))


def test_missing_views_are_told_with_a_remedy(views: ReadersViews, database: Database) -> None:
    views.check()
    with database.write() as connection:
        for view in reversed(VIEWS):
            connection.exec_driver_sql(f"DROP VIEW {'nightcast.' if database.schema else ''}{view}")
    with pytest.raises(SchemaVersionError, match="nightcast migrate"):
        views.check()


@pytest.mark.parametrize("column", ["customer_id", "last_visit_on"])
def test_what_is_no_number_is_not_added_up(views: ReadersViews, column: str) -> None:
    with pytest.raises(UsageError, match="no numbers"):
        ask(views, Totals("latest_next_visit", (f"sum {column}",)))
