"""What comes in at 3 a.m.: a clear error or a counted rejection, and nothing lost."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from tests.end_to_end.conftest import Answer, Project
from tests.end_to_end.shops import daily

VISITS = ("customer_id", "visited_at", "amount")
SALES = ("series_id", "period", "value")
ODD_IDS = [
    "00001",
    " leading",
    "trailing ",
    "żółw",
    "顧客",
    "o'brien",
    'a "quoted" one',
    "'; DROP TABLE visits; --",
    "%s",
]


def visits(customers: int = 3, first: str = "2026-01-01", days: int = 40) -> list[tuple[Any, ...]]:
    return [(f"c{number}", day, 5) for number in range(customers) for day in daily(first, days, every=2 + number)]


def sales(series: int = 3, first: str = "2026-01-01", days: int = 40) -> list[tuple[Any, ...]]:
    return [(f"s{number}", day, 10 + day.weekday()) for number in range(series) for day in daily(first, days)]


def run(project: Project, product: str, as_of: str = "2026-02-10", *options: str) -> Answer:
    return project.nightcast("run", "--as-of", as_of, "--product", product, "--json", *options)


def rejected(project: Project) -> dict[str, int]:
    answer = project.nightcast("show", "rejected", "--json")
    assert answer.code == 0, answer.err
    return {row["reason"]: row["rows"] for row in answer.rows}


def test_a_missing_table_is_named_with_what_the_settings_look_for(project: Project) -> None:
    answer = run(project, "next_visit")
    assert answer.code == 2
    assert "'visits'" in answer.err
    assert "[source.visits]" in answer.err
    assert project.select("SELECT status FROM {forecast_run}") == [{"status": "failed"}]


def test_a_missing_column_is_named_with_the_ones_that_there_are(project: Project) -> None:
    project.execute("CREATE TABLE sales (product TEXT, day DATE, revenue REAL)")
    answer = run(project, "sales")
    assert answer.code == 2
    for expected in ("'series_id'", "'product'", "'revenue'", "[source.sales] columns"):
        assert expected in answer.err


def test_one_product_failing_does_not_hold_back_the_other(project: Project) -> None:
    project.load("visits", VISITS, visits())
    project.execute("CREATE TABLE sales (product TEXT)")
    answer = project.nightcast("run", "--as-of", "2026-02-10", "--json")
    assert answer.code == 2
    assert [row["product"] for row in answer.rows] == ["next_visit", "visit_counts"]
    assert len(project.select("SELECT * FROM {latest_next_visit}")) == 3


def test_an_empty_source_says_so(project: Project) -> None:
    project.execute("CREATE TABLE visits (customer_id TEXT, visited_at TEXT, amount REAL)")
    answer = run(project, "next_visit")
    assert answer.code == 2
    assert "no usable row before 2026-02-10 (0 rows were read" in answer.err


def test_rows_that_cannot_be_used_are_counted_and_the_rest_is_forecast(project: Project) -> None:
    project.load("visits", VISITS, visits())
    project.execute("DROP TABLE visits")
    project.execute("CREATE TABLE visits (customer_id TEXT, visited_at TEXT, amount TEXT)")
    good = [("a", "2026-01-05"), ("a", "2026-01-20T10:00:00+01:00"), ("b", "2026-01-31 23:59:59")]
    bad = [("c", "31/12/2025"), ("c", "yesterday"), ("c", ""), ("d", "2099-01-01"), ("", "2026-01-05")]
    for customer, moment in good + bad:
        project.execute(f"INSERT INTO visits VALUES ('{customer}', '{moment}', '1.5')")
    project.execute("INSERT INTO visits VALUES (NULL, '2026-01-05', NULL)")
    for amount in ("twelve", "NaN", "Infinity"):
        project.execute(f"INSERT INTO visits VALUES ('a', '2026-01-06', '{amount}')")
    answer = run(project, "next_visit")
    assert answer.code == 0, answer.err
    assert rejected(project) == {
        "not a date or timestamp (ISO 8601)": 3,
        "after the clock": 1,
        "no customer": 2,
        "amount is not a number up to 1e15": 2,  # NaN is unknown
    }
    rows = project.select("SELECT customer_id, visit_days, amount_total FROM {latest_next_visit} ORDER BY customer_id")
    assert [tuple(row.values()) for row in rows] == [("a", 3, 3.0), ("b", 1, 1.5)]
    assert project.select("SELECT rows_read, rows_rejected FROM {forecast_run}") == [
        {"rows_read": 12, "rows_rejected": 8}
    ]


def test_sales_values_that_cannot_be_read_become_unknown(project: Project) -> None:
    project.execute("CREATE TABLE sales (series_id TEXT, period TEXT, value TEXT)")
    for series, period, value in sales(1):
        project.execute(f"INSERT INTO sales VALUES ('{series}', '{period}', '{value}')")
    for day, value in enumerate(("text", "nan", "inf", ""), 1):
        project.execute(f"INSERT INTO sales VALUES ('bad', '2026-01-0{day}', '{value}')")
    answer = run(project, "sales")
    assert answer.code == 0, answer.err
    assert rejected(project) == {"value is not a number up to 1e15": 2}
    status = project.select("SELECT series_id, status, reason FROM {series_status} ORDER BY series_id")
    assert tuple(status[0].values()) == ("bad", "skipped", "no known value before the as-of")
    assert len(status) == 2


@pytest.mark.parametrize(("policy", "expected"), [("greatest", 7.0), ("sum", 12.0)])
def test_duplicates_are_merged_and_not_rejected(project: Project, policy: str, expected: float) -> None:
    project.configure(f'[source.sales]\nduplicates = "{policy}"\n')
    project.execute("CREATE TABLE sales (series_id TEXT, period DATE, value REAL)")
    for value in (5, 7):
        project.execute(f"INSERT INTO sales VALUES ('s', '2026-02-09', {value})")
    answer = run(project, "sales")
    assert answer.code == 0, answer.err
    assert rejected(project) == {}
    assert project.select("SELECT q50 FROM {latest_sales_forecast} WHERE step = 1") == [{"q50": expected}]


def test_duplicates_can_be_an_error(project: Project) -> None:
    project.configure('[source.sales]\nduplicates = "error"\n')
    project.execute("CREATE TABLE sales (series_id TEXT, period DATE, value REAL)")
    for _ in range(2):
        project.execute("INSERT INTO sales VALUES ('s', '2026-02-09', 1)")
    answer = run(project, "sales")
    assert answer.code == 2
    assert "2026-02-09" in answer.err


def test_identifiers_stay_exactly_as_they_came(project: Project) -> None:
    rows = [(odd, day, 1) for odd in ODD_IDS for day in daily("2026-01-01", 30, every=3)]
    assert project.load("visits", VISITS, rows).code == 0
    assert project.load("sales", SALES, rows).code == 0
    answer = project.nightcast("run", "--as-of", "2026-02-10", "--json")
    assert answer.code == 0, answer.err
    assert {row["customer_id"] for row in project.select("SELECT customer_id FROM {latest_next_visit}")} == {*ODD_IDS}
    assert {row["series_id"] for row in project.select("SELECT series_id FROM {latest_sales_forecast}")} == {*ODD_IDS}
    shown = project.nightcast("show", "next-visit", "--customer", "00001", "--json").rows
    assert [row["customer_id"] for row in shown] == ["00001"]


def test_names_are_quoted_and_inject_nothing(project: Project) -> None:
    name = 'till; drop table "precious"; --'
    project.configure(
        f"[source.visits]\ntable = '{name}'\n"
        'columns = { customer_id = "card no", visited_at = "time\'s up", amount = "select" }\n'
    )
    project.execute("CREATE TABLE precious (kept TEXT)")
    assert project.load("visits", VISITS, visits()).code == 0
    answer = run(project, "next_visit")
    assert answer.code == 0, answer.err
    assert project.select("SELECT * FROM precious") == []


def test_a_history_shorter_than_the_last_bin_edge_is_served_by_the_baseline(project: Project) -> None:
    project.load("visits", VISITS, visits(days=20))
    assert run(project, "next_visit", "2026-01-21").code == 0
    ledger = project.select("SELECT served, decision FROM {forecast_run}")
    assert ledger[0]["served"] == "life_table"
    assert "93 days of history are missing" in ledger[0]["decision"]


@pytest.mark.parametrize("as_of", ["2025-06-01", "2026-01-01"])
def test_an_as_of_before_the_data_begins_is_refused(project: Project, as_of: str) -> None:
    project.load("visits", VISITS, visits())
    project.load("sales", SALES, sales())
    answer = project.nightcast("run", "--as-of", as_of)
    assert answer.code == 2
    errors = [line for line in answer.err.splitlines() if line.startswith("Error")]
    assert sum("before " + as_of in line for line in errors) == 3


def test_an_as_of_long_after_the_data_ends_is_forecast_with_a_warning(project: Project) -> None:
    project.load("visits", VISITS, visits(first="2025-11-01"))
    project.load("sales", SALES, sales(first="2025-11-01"))
    answer = project.nightcast("run", "--as-of", "2026-02-10", "--json")
    assert answer.code == 0, answer.err
    assert all("before the as-of" in row["notes"] for row in answer.rows)
    assert {
        str(row["period"]) for row in project.select("SELECT period FROM {latest_sales_forecast} WHERE step = 1")
    } == {"2026-02-10"}
    assert all(row["return_probability"] < 0.5 for row in project.select("SELECT * FROM {latest_next_visit}"))


@pytest.mark.parametrize(
    "values",
    [[5], [5] * 60, [0] * 60, [-1, 2] * 30, [1e15] * 60],
    ids=["one point", "constant", "all zeros", "negative", "huge"],
)
def test_a_single_series_of_any_kind_is_forecast(project: Project, values: list[float]) -> None:
    days = daily("2025-12-12", 60)[-len(values) :]
    assert (
        project.load("sales", SALES, [("only", day, value) for day, value in zip(days, values, strict=True)]).code == 0
    )
    answer = run(project, "sales")
    assert answer.code == 0, answer.err
    rows = project.select("SELECT mean, q025, q50, q975 FROM {latest_sales_forecast}")
    assert len(rows) == 28
    assert all(abs(value) < 1e20 for row in rows for value in row.values())


def test_a_single_customer_with_one_visit_is_forecast(project: Project) -> None:
    assert project.load("visits", VISITS, [("only", "2026-02-01", 3)]).code == 0
    assert run(project, "next_visit").code == 0
    rows = project.select("SELECT customer_id, visit_days, elapsed_days FROM {latest_next_visit}")
    assert [tuple(row.values()) for row in rows] == [("only", 1, 9)]


def test_time_zones_and_clock_changes_decide_which_day_a_visit_is_on(project: Project) -> None:
    project.configure('[run]\ntimezone = "Europe/Zurich"\n[source.visits]\ntimezone = "America/New_York"\n')
    moments = {
        "evening in New York": "2026-01-10 19:30:00",  # 01:30 of the 11th in Zurich
        "skipped hour": "2025-03-09 02:30:00",
        "repeated hour": "2025-11-02 01:30:00",
        "with offset": "2026-01-10T23:30:00+00:00",  # 00:30 of the 11th in Zurich
    }
    project.execute("CREATE TABLE visits (customer_id TEXT, visited_at TEXT, amount REAL)")
    for customer, moment in moments.items():
        project.execute(f"INSERT INTO visits VALUES ('{customer}', '{moment}', 1)")
    assert run(project, "next_visit").code == 0
    rows = project.select("SELECT customer_id, last_visit_on FROM {latest_next_visit}")
    assert {row["customer_id"]: str(row["last_visit_on"]) for row in rows} == {
        "evening in New York": "2026-01-11",
        "skipped hour": "2025-03-09",
        "repeated hour": "2025-11-02",
        "with offset": "2026-01-11",
    }


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("[next_visit]\nbin_edges_days = [14, 7]", "bin_edges_days"),
        ("[next_visit]\nlook_bak = 3", "did you mean 'look_back'"),
        ("[nextvisit]\nlook_back = 3", "did you mean 'next_visit'"),
        ('[run]\ntimezone = "Europe/Zürich"', "not a time zone"),
        ('[source.sales]\nfrequency = "weekly"', "frequency"),
        ('[source.sales]\nduplicates = "last"', "set 'auto'"),
        ("[run\ntimezone = 3", "not valid TOML"),
    ],
)
def test_wrong_settings_are_refused_with_a_hint(project: Project, settings: str, expected: str) -> None:
    project.configure(settings)
    answer = project.nightcast("run")
    assert answer.code == 2
    assert expected in answer.err


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_unreachable_database_is_code_3_without_the_password(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", "postgresql+psycopg://ann:hunter2@127.0.0.1:1/shop")
    for command in (["run"], ["doctor"], ["show", "runs"], ["migrate"]):
        answer = project.nightcast(*command)
        assert answer.code == 3
        assert "127.0.0.1" in answer.err + answer.out
        assert "hunter2" not in answer.err + answer.out


def test_tables_of_another_version_are_refused(project: Project) -> None:
    project.execute("UPDATE {nightcast_schema_version} SET version_num = '9999'")
    answer = project.nightcast("run")
    assert answer.code == 2
    assert "newer Nightcast" in answer.err
    project.execute("DELETE FROM {nightcast_schema_version}")
    answer = project.nightcast("run")
    assert answer.code == 2
    assert "nightcast init" in answer.err


def test_a_run_that_is_under_way_is_named_and_left_alone(project: Project) -> None:
    from nightcast.values import Product
    from sql.ledger import runs as ledger

    project.load("visits", VISITS, visits())
    alive = ledger.begin(
        project.database, Product.NEXT_VISIT, datetime.date(2026, 2, 10), trigger="test", flow_run_id=None, settings={}
    )
    answer = run(project, "next_visit")
    assert answer.code == 1
    assert alive.run_id in answer.err
    assert project.select("SELECT status FROM {forecast_run}") == [{"status": "running"}]
