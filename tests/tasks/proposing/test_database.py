"""Databases of different shapes, and what is proposed for each."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from sql.engine import Database
from sql.looking import samples
from tasks.proposing.database import Findings, look_at_database

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
RANDOM = np.random.default_rng(20240229)
DAY = datetime.timedelta(days=1)


def table(
    database: Database,
    name: str,
    columns: dict[str, Any],
    rows: Iterable[Sequence[Any]],
    key: str | None = None,
    references: dict[str, str] | None = None,
) -> None:
    """Make and fill a table; `references` has the column that a column refers to."""
    metadata, targets = sa.MetaData(), references or {}
    for target in targets.values():
        sa.Table(target.partition(".")[0], metadata, autoload_with=database.engine)
    parts = [
        sa.Column(
            column,
            kind,
            *map(sa.ForeignKey, filter(None, [targets.get(column)])),
            primary_key=column == key,
            autoincrement=False,
        )
        for column, kind in columns.items()
    ]
    made = sa.Table(name, metadata, *parts)
    with database.write() as connection:
        made.create(connection)
        if filling := [dict(zip(columns, row, strict=True)) for row in rows]:
            connection.execute(sa.insert(made), filling)


def moments(rows: int, days: int = 500) -> list[datetime.datetime]:
    start = datetime.datetime(2025, 5, 1, 9)
    return [start + datetime.timedelta(minutes=int(minute)) for minute in sorted(RANDOM.integers(0, days * 1440, rows))]


def ids(rows: int, different: int, form: str = "{}") -> list[Any]:
    return [form.format(number) for number in RANDOM.integers(0, different, rows)]


def amounts(rows: int) -> list[float]:
    return [round(float(amount), 2) for amount in RANDOM.gamma(2, 10, rows)]


def look(database: Database) -> Findings:
    return look_at_database(database, NOW)


def test_receipts_of_a_till(empty_database: Database) -> None:
    columns = {
        "receipt_no": sa.Integer,
        "store": sa.Text,
        "card_no": sa.Text,
        "sold_at": sa.DateTime,
        "total": sa.Numeric,
        "vat": sa.Numeric,
        "cashier": sa.Text,
    }
    rows = zip(
        range(800), ids(800, 3, "S{}"), ids(800, 90), moments(800), amounts(800), amounts(800), ids(800, 4), strict=True
    )
    table(empty_database, "receipts", columns, rows, key="receipt_no")
    (visits,) = look(empty_database).visits
    assert visits.look.name == "receipts"
    assert visits.columns == {"customer_id": "card_no", "visited_at": "sold_at", "amount": "total"}
    assert visits.groups == ("store",)
    assert any("offset" in hint for hint in visits.hints)


def test_orders_with_lines_that_have_no_date(empty_database: Database) -> None:
    born = [datetime.date(1950, 1, 1) + int(day) * DAY for day in RANDOM.integers(0, 18_000, 60)]
    table(
        empty_database,
        "customers",
        {"id": sa.Integer, "date_of_birth": sa.Date, "created_at": sa.DateTime},
        zip(range(60), born, moments(60), strict=True),
        key="id",
    )
    table(
        empty_database,
        "orders",
        {
            "id": sa.Integer,
            "customer_id": sa.Integer,
            "ordered_at": sa.DateTime,
            "shipped_at": sa.DateTime,
            "status": sa.Text,
            "total": sa.Numeric,
        },
        zip(
            range(500),
            map(int, ids(500, 60)),
            moments(500),
            moments(500),
            ["done", "cancelled"] * 250,
            amounts(500),
            strict=True,
        ),
        key="id",
        references={"customer_id": "customers.id"},
    )
    table(
        empty_database,
        "order_lines",
        {"id": sa.Integer, "order_id": sa.Integer, "product_id": sa.Integer, "quantity": sa.Integer},
        zip(range(1000), sorted(range(500)) * 2, map(int, ids(1000, 30)), map(int, ids(1000, 5)), strict=True),
        key="id",
        references={"order_id": "orders.id"},
    )
    findings = look(empty_database)
    assert [one.look.name for one in findings.visits] == ["orders"]
    assert dict(findings.visits[0].columns) == {
        "customer_id": "customer_id",
        "visited_at": "ordered_at",
        "amount": "total",
    }
    assert any("'cancelled'" in hint for hint in findings.visits[0].hints)
    sales = findings.sales[0]
    assert dict(sales.columns) == {"series_id": "product_id", "period": "ordered_at", "value": "quantity"}
    assert sales.settings["duplicates"] == '"sum"'
    with empty_database.read() as connection:
        rows = connection.exec_driver_sql(str(sales.look.query)).mappings().all()
    assert len(rows) == 1000
    assert {*rows[0]} >= {"product_id", "ordered_at", "quantity"}


def test_bookings_lie_ahead(empty_database: Database) -> None:
    columns = {"buchungsnr": sa.Integer, "kundennr": sa.Text, "termin": sa.DateTime, "erstellt_am": sa.DateTime}
    later = [moment + 150 * DAY for moment in moments(600)]
    table(
        empty_database,
        "buchungen",
        columns,
        zip(range(600), ids(600, 70), later, moments(600), strict=True),
        key="buchungsnr",
    )
    (visits,) = look(empty_database).visits
    assert dict(visits.columns) == {"customer_id": "kundennr", "visited_at": "termin"}
    assert visits.settings == {"future": '"known"'}


def test_check_ins_with_cards_and_members_who_are_no_visits(empty_database: Database) -> None:
    table(
        empty_database,
        "members",
        {"member_id": sa.Integer, "joined_on": sa.Date},
        zip(range(50), [moment.date() for moment in moments(50)], strict=True),
        key="member_id",
    )
    table(
        empty_database,
        "checkins",
        {"card": sa.Integer, "entered": sa.DateTime},
        zip(map(int, ids(700, 50)), moments(700), strict=True),
    )
    findings = look(empty_database)
    assert [one.described for one in findings.visits] == ["checkins (customer_id = card, visited_at = entered)"]
    assert findings.sales == ()


def test_one_row_per_customer_without_a_key_is_no_list_of_visits(empty_database: Database) -> None:
    table(
        empty_database,
        "visitors",
        {"customer_id": sa.Text, "last_visit": sa.DateTime},
        zip((f"c{number}" for number in range(300)), moments(300), strict=True),
    )
    assert look(empty_database).visits == ()


def test_sales_of_each_week_and_store(empty_database: Database) -> None:
    rows = [
        (store, datetime.date(2025, 1, 3) + 7 * week * DAY, amount, 20.5)
        for store in range(1, 16)
        for week, amount in enumerate(amounts(60))
    ]
    table(
        empty_database,
        "weekly_sales",
        {"store": sa.Integer, "week": sa.Date, "weekly_sales": sa.Numeric, "temperature": sa.Numeric},
        rows,
    )
    findings = look(empty_database)
    assert findings.visits == ()
    (sales,) = findings.sales
    assert dict(sales.columns) == {"series_id": "store", "period": "week", "value": "weekly_sales"}
    assert sales.settings == {}  # a row for each store and week


def test_german_names_that_need_quotes(empty_database: Database) -> None:
    table(
        empty_database,
        "Kassenbons",
        {"Kundennummer": sa.Text, "Verkaufsdatum": sa.Date, "Gesamtbetrag": sa.Numeric},
        zip(ids(500, 60), [moment.date() for moment in moments(500)], amounts(500), strict=True),
    )
    rows = [
        (f"A{article}", datetime.date(2026, 1, 1) + day * DAY, article + day, f"W{article % 2}")
        for article in range(6)
        for day in range(90)
    ]
    table(
        empty_database,
        "Umsätze",
        {"Artikelnummer": sa.Text, "Datum": sa.Date, "Menge": sa.Integer, "Warengruppe": sa.Text},
        rows,
    )
    findings = look(empty_database)
    assert findings.visits[0].columns == {
        "customer_id": "Kundennummer",
        "visited_at": "Verkaufsdatum",
        "amount": "Gesamtbetrag",
    }
    assert findings.sales[0].columns == {"series_id": "Artikelnummer", "period": "Datum", "value": "Menge"}
    assert findings.sales[0].groups == ("Warengruppe",)


def test_tables_full_of_noise(empty_database: Database) -> None:
    kinds = {"a": sa.Text, "b": sa.Integer, "c": sa.Float, "d": sa.DateTime}
    for name in ("app_log", "sensor", "metrics", "mail_queue"):
        table(
            empty_database,
            name,
            kinds,
            zip(ids(200, 5), map(int, ids(200, 90)), amounts(200), moments(200), strict=True),
        )
    findings = look(empty_database)
    assert (findings.visits, findings.sales, findings.looked_at) == ((), (), 4)


def test_many_customers_who_rarely_come(empty_database: Database) -> None:
    rows = zip(map(int, ids(3000, 90_000)), moments(3000), strict=True)
    table(empty_database, "visits_of_all", {"client_id": sa.Integer, "visited_on": sa.DateTime}, rows)
    (visits,) = look(empty_database).visits
    assert visits.columns == {"customer_id": "client_id", "visited_at": "visited_on"}


def test_an_empty_database_and_our_own_tables(database: Database) -> None:
    findings = look(database)
    assert (findings.visits, findings.sales, findings.looked_at, findings.problems) == ((), (), 0, ())


MANY = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000) INSERT INTO visites "
    "SELECT x, x * 7919 % 3000, datetime('2026-01-01', '+' || x || ' minutes') FROM n",
    "postgresql": "INSERT INTO visites SELECT x, x * 79 %% 3000, timestamp '2026-01-01' + x * interval '1 minute' "
    "FROM generate_series(1, 300000) AS x",
}


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
def test_a_large_table_is_not_scanned(empty_database: Database) -> None:
    with empty_database.write() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE visites (id INTEGER PRIMARY KEY, client_id INTEGER, date_visite TIMESTAMP)"
        )
        connection.exec_driver_sql(MANY[empty_database.dialect])
    begun = time.monotonic()
    (visits,) = look(empty_database).visits
    assert time.monotonic() - begun < 5
    assert visits.columns == {"customer_id": "client_id", "visited_at": "date_visite"}
    assert visits.look.rows <= samples.SAMPLE_ROWS
    moment = visits.look.columns["date_visite"]
    assert moment.last - moment.first > 100  # days: the sample is not that of the first ones alone


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
def test_a_view_that_takes_too_long_is_named(empty_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "SECONDS", 0.2)
    numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000000)"
    with empty_database.write() as connection:
        connection.exec_driver_sql(f"CREATE VIEW slow AS {numbers} SELECT max(x) AS customer_id FROM n")
    findings = look(empty_database)
    assert findings.problems == ("slow takes too long to look at",)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_other_schemas_and_tables_that_may_not_be_read(empty_database: Database) -> None:
    with empty_database.write() as connection:
        connection.exec_driver_sql('CREATE SCHEMA "Shop 1"')
        connection.exec_driver_sql("CREATE TABLE secret_orders (customer_id int, ordered_at timestamp)")
        connection.exec_driver_sql(
            'CREATE VIEW "Shop 1"."Besuche" AS SELECT n %% 40 AS kunde, '
            "timestamp '2026-01-01' + n * interval '1 hour' AS zeit FROM generate_series(1, 400) AS n"
        )
        connection.exec_driver_sql("CREATE ROLE looker LOGIN")
        connection.exec_driver_sql(
            'GRANT USAGE ON SCHEMA "Shop 1" TO looker; GRANT SELECT ON "Shop 1"."Besuche" TO looker'
        )
    try:
        as_looker = Database(empty_database.url.set(username="looker"), empty_database.schema)
        findings = look(as_looker)
        as_looker.engine.dispose()
    finally:
        with empty_database.write() as connection:
            connection.exec_driver_sql("DROP OWNED BY looker; DROP ROLE looker")
    assert findings.problems == ("secret_orders may not be read",)
    assert [one.described for one in findings.visits] == ["Shop 1.Besuche (customer_id = kunde, visited_at = zeit)"]


def test_cards_at_gates(empty_database: Database) -> None:
    columns = {"id": sa.Integer, "card_no": sa.Text, "gate": sa.Text, "ts": sa.DateTime, "result": sa.Text}
    rows = zip(range(800), ids(800, 90, "{:08}"), ids(800, 2), moments(800), ["granted", "denied"] * 400, strict=True)
    table(empty_database, "access_log", columns, rows, key="id")
    (visits,) = look(empty_database).visits
    assert visits.columns == {"customer_id": "card_no", "visited_at": "ts"}
    assert any("'denied'" in hint for hint in visits.hints)


def test_customers_known_by_their_address_alone(empty_database: Database) -> None:
    columns = {"id": sa.Integer, "email": sa.Text, "created_at": sa.Text, "processed_at": sa.Text, "total": sa.Text}
    when = [f"{moment.isoformat()}+01:00" for moment in moments(800)]
    rows = zip(range(800), ids(800, 90, "ann{}@example.com"), when, when, map(str, amounts(800)), strict=True)
    table(empty_database, "orders", columns, rows, key="id")
    lines = {"id": sa.Integer, "order_id": sa.Integer, "sku": sa.Text, "quantity": sa.Integer}
    sold = [(number, number // 2, f"SKU-{number % 30}", number % 4) for number in range(1_600)]
    table(empty_database, "line_items", lines, sold, key="id")
    found = look(empty_database)
    assert found.visits[0].columns == {"customer_id": "email", "visited_at": "processed_at", "amount": "total"}
    assert any("addresses of people" in hint for hint in found.visits[0].hints)
    assert found.sales[0].columns == {"series_id": "sku", "period": "processed_at", "value": "quantity"}


def test_the_start_of_an_appointment_and_not_its_booking(empty_database: Database) -> None:
    columns = {"id": sa.Integer, "booked_at": sa.DateTime, "start_time": sa.DateTime, "client_id": sa.Integer}
    rows = zip(range(800), moments(800), moments(800), RANDOM.integers(0, 90, 800).tolist(), strict=True)
    table(empty_database, "appointments", columns, rows, key="id")
    assert look(empty_database).visits[0].columns["visited_at"] == "start_time"


def test_customers_too_many_for_a_sample_to_show_that_they_come_again(empty_database: Database) -> None:
    columns = {"id": sa.Integer, "customer_id": sa.Integer, "order_date": sa.DateTime}
    rows = zip(range(30_000), RANDOM.integers(0, 3_000_000, 30_000).tolist(), moments(30_000), strict=True)
    table(empty_database, "orders", columns, rows, key="id")
    (visits,) = look(empty_database).visits
    assert visits.columns == {"customer_id": "customer_id", "visited_at": "order_date"}
    assert any("in 30,000 rows" in reason for reason in visits.reasons)


def test_one_row_for_each_of_many_customers_is_no_list_of_visits(empty_database: Database) -> None:
    columns = {"customer_no": sa.Text, "last_order_on": sa.DateTime}
    table(empty_database, "orders_by_customer", columns, zip(map(str, range(5_000)), moments(5_000), strict=True))
    assert not look(empty_database).visits


@pytest.mark.parametrize("name", ["visits", "made"])
def test_seconds_since_1970_are_said_to_be_unreadable(empty_database: Database, name: str) -> None:
    columns = {"user_id": sa.Integer, "ts": sa.BigInteger, "order_id": sa.BigInteger}
    rows = [(int(user), 1_760_000_000 + row * 900, 450_789_469 + row) for row, user in enumerate(ids(800, 90))]
    table(empty_database, name, columns, rows)
    found = look(empty_database)
    assert not found.visits
    assert [problem.partition(" such as")[0] for problem in found.problems] == [f"{name} has dates in ts"]


def test_months_in_columns_and_empty_tables_are_said(empty_database: Database) -> None:
    months = {f"2025-{month:02}": sa.Float for month in range(1, 13)}
    table(empty_database, "monthly_sales", {"product": sa.Text, **months}, [("bread", *range(12))])
    sales = {"shop": sa.Text, "jan": sa.Float, "feb": sa.Float, "mar": sa.Float}
    table(empty_database, "year", sales, [("north", 1, 2, 3)])
    table(empty_database, "visits", {"customer_id": sa.Text, "visited_at": sa.DateTime}, [])
    problems = look(empty_database).problems
    assert len(problems) == 3
    assert problems[0].startswith("monthly_sales has a column for each period (2025-01, 2025-02, ...)")
    assert problems[1].startswith("year has a column for each period (jan, feb, ...)")
    assert problems[2] == "without any rows: visits"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_dates_of_a_copied_table_are_dates(empty_database: Database) -> None:
    rows = zip(ids(800, 90), moments(800), amounts(800), strict=True)
    table(empty_database, "visits", {"card": sa.Text, "at": sa.DateTime, "total": sa.Float}, rows)
    with empty_database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE visits_2026 AS SELECT * FROM visits")
    found = look(empty_database).visits
    assert {proposal.look.name: proposal.columns["visited_at"] for proposal in found} == {
        "visits": "at",
        "visits_2026": "at",
    }


def test_sales_at_moments_of_a_day_are_added_up(empty_database: Database) -> None:
    columns = {"store": sa.Text, "sold_at": sa.DateTime, "quantity": sa.Integer}
    start = datetime.datetime(2026, 5, 1)
    rows = [(f"S{number % 3}", start + datetime.timedelta(minutes=number), number % 7) for number in range(900)]
    table(empty_database, "sales_by_article", columns, rows)
    (sales,) = look(empty_database).sales
    assert sales.columns["period"] == "sold_at"
    assert sales.settings == {"duplicates": '"sum"'}
