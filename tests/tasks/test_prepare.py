"""From rows to histories and panels: what is refused, what is counted, and what the ledger learns."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest

from models.next_visit.data.customer_base import CustomerBase
from models.sales.data.panel import SalesPanel
from nightcast.errors import InputError, StaleDataError
from nightcast.values import Product
from sql.engine import Database
from sql.settings import SalesSource, VisitSource
from tasks.night import Night, Prepared
from tests.tasks.nights import fill_sales, fill_visits, night_of, prepared_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def customers(database: Database, **options: Any) -> tuple[Night, Prepared[CustomerBase]]:
    night = night_of(database, Product.NEXT_VISIT, **options)
    return night, prepared_of(night)


def panel_of(database: Database, frequency: Any = "auto", **options: Any) -> tuple[Night, SalesPanel]:
    options.setdefault("sales", SalesSource(frequency=frequency))
    night = night_of(database, Product.SALES, **options)
    return night, prepared_of(night).known.panel


def daily(days: int, series: str = "s", last: datetime.date = datetime.date(2024, 5, 31)) -> list[tuple[str, str, str]]:
    return [(series, str(last - datetime.timedelta(days=back)), "1") for back in range(days)]


def test_visits_become_visit_days(database: Database) -> None:
    fill_visits(
        database,
        ("b", "2024-05-30 18:00", "2"),
        ("a", "2024-05-31 10:00", "1"),
        ("a", "2024-05-31 11:00", "2"),
        ("a", "2024-05-01", None),
    )
    night, prepared = customers(database)
    history = prepared.known.history
    assert prepared.ids.to_pylist() == ["a", "b"]
    assert history.visit_days.tolist() == [2, 1]
    assert np.nan_to_num(history.amount, nan=-1).tolist() == [-1.0, 3.0, 2.0]
    assert prepared.known.as_of == night.question.day
    assert prepared.data_through == night.question.day - 1
    assert night.entry.subjects == 2
    assert night.entry.data_through == datetime.date(2024, 5, 31)
    assert night.notes == []


def test_without_a_usable_row_it_says_how_many_were_read_and_rejected(database: Database) -> None:
    fill_visits(database, (None, "2024-05-01", "1"), ("a", "x", "1"), ("a", "2024-06-01", "1"))
    with pytest.raises(InputError, match=r"visits.* before 2024-06-01 \(3 rows were read, 2 of them rejected\)"):
        customers(database)
    fill_sales(database)
    with pytest.raises(InputError, match=r"sales.* before 2024-06-01 \(0 rows were read, 0 of them rejected\)"):
        panel_of(database)


def test_an_as_of_before_the_data_begins_is_refused(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-01", "1"))
    with pytest.raises(InputError, match="before 2020-01-01") as caught:
        customers(database, as_of=datetime.date(2020, 1, 1))
    assert "--as-of" in caught.value.remedy


def test_old_data_lead_to_a_warning(database: Database) -> None:
    fill_visits(database, ("a", "2024-04-01", "1"))
    [of_visits] = customers(database)[0].notes
    assert "2024-04-01, 60 days" in of_visits
    fill_sales(database, *daily(60, last=datetime.date(2024, 4, 1)))
    [of_sales] = panel_of(database)[0].notes
    assert "2024-04-01, 60 days" in of_sales


def test_data_far_too_old_for_a_first_night_name_the_as_of_that_was_meant(database: Database) -> None:
    fill_visits(database, ("a", "2024-01-01", "1"))
    with pytest.raises(StaleDataError, match="Did you mean --as-of 2024-01-02"):
        customers(database)
    assert customers(database, visits=VisitSource(stale_after_days=151))[0].notes == []


def test_old_data_are_refused_where_the_settings_say_so(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-27", "1"))  # four days without a visit before the as-of
    fill_sales(database, *daily(60, last=datetime.date(2024, 5, 27)))
    refusing: dict[str, Any] = {"stale_after_days": 3, "when_stale": "refuse"}
    with pytest.raises(StaleDataError, match="2024-05-27, 4 days"):
        customers(database, visits=VisitSource(**refusing))
    with pytest.raises(StaleDataError, match="2024-05-27, 4 days"):
        panel_of(database, sales=SalesSource(**refusing))
    just_in_time: dict[str, Any] = {"stale_after_days": 4, "when_stale": "refuse"}
    assert customers(database, visits=VisitSource(**just_in_time))[0].notes == []
    assert panel_of(database, sales=SalesSource(**just_in_time))[0].notes == []


def test_marks_of_missing_identifiers_are_named_and_kept(database: Database) -> None:
    fill_visits(database, ("NULL", "2024-05-31", "1"), ("NULL", "2024-05-30", "1"), ("a", "2024-05-31", "1"))
    night, prepared = customers(database)
    assert prepared.ids.to_pylist() == ["NULL", "a"]
    (note,) = night.notes
    assert "'NULL' (2 rows)" in note
    assert "exclude_customers" in note
    assert customers(database, visits=VisitSource(exclude_customers=("NULL",)))[0].notes == []
    fill_sales(database, *daily(60, "nan"), *daily(60, "a"))
    (note,) = panel_of(database)[0].notes
    assert "'nan' (60 rows)" in note


def test_whole_numbers_that_became_texts_of_decimals_are_pointed_out(database: Database) -> None:
    fill_visits(database, ("17850.0", "2024-05-31", "1"), ("17851.0", "2024-05-31", "1"), ("guest", "2024-05-31", "1"))
    night, prepared = customers(database)
    assert prepared.ids.to_pylist() == ["17850.0", "17851.0", "guest"]
    (note,) = night.notes
    assert "2 of 3 visits identifiers" in note


def test_a_customer_with_a_third_of_all_visits_is_pointed_out(database: Database) -> None:
    regulars = [(f"customer {number}", "2024-05-31", "1") for number in range(10)]
    fill_visits(database, *regulars, *[("walk-in", f"2024-05-{day:02}", "1") for day in range(1, 5)])
    assert customers(database)[0].notes == []
    fill_visits(database, ("walk-in", "2024-05-31", "1"))
    (note,) = customers(database)[0].notes
    assert "5 of 15 visits (33%)" in note
    assert "walk-in*" not in note
    assert "w*****n" in note
    assert customers(database, visits=VisitSource(exclude_customers=("walk-in",)))[0].notes == []


def test_one_customer_and_one_series_with_one_point_will_do(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-31", None))
    assert customers(database)[0].entry.subjects == 1
    fill_sales(database, ("s", "2024-05-31", "1"))
    assert panel_of(database)[0].entry.subjects == 1


def test_when_only_the_current_period_is_there_it_says_so(database: Database) -> None:
    fill_sales(database, ("s", "2024-05-01", "1"))
    night, _ = panel_of(database, "MS", as_of=datetime.date(2024, 5, 15))
    assert night.entry.data_through is None
    [note] = night.notes
    assert "period" in note


def test_identifiers_that_a_spreadsheet_has_rounded_are_pointed_out(database: Database) -> None:
    fill_visits(database, ("4.53958E+15", "2024-05-31", "1"), ("1e5", "2024-05-31", "1"), ("E+15", "2024-05-31", "1"))
    night, prepared = customers(database)
    assert len(prepared.ids) == 3
    (note,) = night.notes
    assert "1 identifier of visits" in note
    assert "'4.53958E+15'" in note


def test_a_source_that_is_mostly_unreadable_is_refused_and_part_of_one_pointed_out(database: Database) -> None:
    days = daily(60, "a")
    fill_sales(database, *days[:29], *((series, day, "1.020,5") for series, day, _ in days[29:]))
    with pytest.raises(InputError, match=r"31 of 60 sales rows \(52%\) are unreadable: value is not a number"):
        panel_of(database)
    fill_sales(database, *daily(60, "b"))
    notes = panel_of(database)[0].notes
    assert notes == ["31 of 120 sales rows (26%) are unreadable: value is not a number up to 1e15"]


def test_a_visit_needs_a_date_and_no_amount(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-31", "much"), ("a", "2024-05-30", "more"))
    night, prepared = customers(database)
    assert night.notes == ["2 of 2 visits rows (100%) are unreadable: amount is not a number up to 1e15"]
    assert prepared.known.history.visit_days.tolist() == [2]
    fill_visits(database, *(("a", f"{day}.05.2024", "1") for day in (28, 29, 30)))
    with pytest.raises(InputError, match=r"3 of 5 visits rows .* ISO 8601"):
        customers(database)


@pytest.mark.parametrize(
    ("labels", "meaning"),
    [
        ([f"2024-{week:02}" for week in range(1, 21)], "may be weeks"),
        ([f"2023-{week}" for week in range(1, 53)], "may be weeks"),
        ([f"2024-{week}" for week in range(14, 20)], "may be weeks"),
        ([f"2024-{day:02}-01" for day in range(1, 21)], "day may stand before the month"),
    ],
)
def test_labels_of_a_table_that_would_be_misread_as_months_are_refused(
    database: Database, labels: list[str], meaning: str
) -> None:
    fill_sales(database, *(("s", label, "1") for label in labels))
    with pytest.raises(InputError, match=meaning):
        prepared_of(night_of(database, Product.SALES))


def test_a_month_13_among_months_is_one_rejected_row(database: Database) -> None:
    months = [f"20{year}-{month:02}" for year in (22, 23) for month in range(1, 13)]
    fill_sales(database, *(("s", label, "1") for label in [*months, "2024-13", "2024-01", "2024-02", "2024-05"]))
    night = night_of(database, Product.SALES)
    prepared_of(night)
    assert night.rejections.rows == 1
