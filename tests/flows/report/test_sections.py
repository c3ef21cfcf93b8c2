"""What is left out and said where a product, a source or a night is missing; identifiers of strangers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from benchmarks.report.shop import AS_OF
from flows.report.compose import Report, composed
from flows.report.page import page
from flows.report.read import read
from nightcast.values import Product
from sql.engine import Database
from sql.ledger import runs
from sql.tables import forecast_run, next_visit_stored, sales_forecast, sales_total
from tests.flows.report.reading import Page

HOSTILE = "<script>alert(1)</script>\u202e\"'&=1"


def report_of(database: Database) -> Report:
    return composed(read(database), datetime.now(UTC))


def titles(report: Report) -> dict[str, str]:
    return {part.key: part.lead for part in report.parts}


def test_an_empty_database_gives_a_page_that_says_so(database: Database) -> None:
    report = report_of(database)
    found = Page(page(report))
    assert report.as_of is None
    assert "Nothing has been published yet." in found.text
    assert len(report.sentences) == 5
    assert found.files == {}


@pytest.mark.parametrize(
    ("product", "key", "gone"),
    [
        (Product.NEXT_VISIT, "due", "lapsing"),
        (Product.SALES, "sales", "series"),
        (Product.VISIT_COUNTS, "visits", None),
    ],
)
def test_a_product_that_is_missing_is_told_in_a_sentence(
    shop: Database, product: Product, key: str, gone: str | None
) -> None:
    whole = titles(report_of(shop))
    with shop.write() as connection:
        connection.execute(sa.delete(forecast_run).where(forecast_run.c.product == product))
    report = report_of(shop)
    left = titles(report)
    assert left.keys() == whole.keys() - {gone}
    assert "have not been forecast" in left[key]
    assert "have not been forecast" not in whole[key]
    assert Page(page(report)).files


def test_a_failed_night_is_told_first_and_the_night_before_is_shown(shop: Database) -> None:
    run = runs.begin(shop, Product.SALES, AS_OF, trigger="test", flow_run_id=None, settings={})
    runs.fail(shop, run, "The table 'sales' is gone.")
    report = report_of(shop)
    assert "Sales failed (The table 'sales' is gone)" in report.sentences[0].text
    assert report.sentences[0].mark == "poor"
    notes = next(part for part in report.parts if part.key == "notes")
    assert [(block.block, getattr(block, "mark", "")) for block in notes.blocks] == [("remark", "poor")]
    assert "sales-spans.csv" in Page(page(report)).files


def test_identifiers_of_strangers_are_shown_and_never_run(shop: Database) -> None:
    with shop.write() as connection:
        connection.execute(sa.update(next_visit_stored).values(customer_id=HOSTILE + next_visit_stored.c.customer_id))
        for table, column in ((sales_forecast, "series_id"), (sales_total, "group_value")):
            of_series = table.c[column].startswith("product-")
            connection.execute(sa.update(table).where(of_series).values({column: HOSTILE + table.c[column]}))
    text = page(report_of(shop))
    found = Page(text)
    assert [name for name, _ in found.tags if name == "script"] == ["script"]
    assert "\u202e" not in text
    assert "<script>alert(1)</script>" in found.text
    first = found.files["customers-due.csv"][1][0]
    assert first.startswith("<script>")


def test_a_formula_in_an_identifier_is_no_formula_in_the_file(shop: Database) -> None:
    with shop.write() as connection:
        connection.execute(sa.update(next_visit_stored).values(customer_id="=cmd|" + next_visit_stored.c.customer_id))
    assert Page(page(report_of(shop))).files["customers-due.csv"][1][0].startswith("'=cmd|")


def test_the_page_refers_to_nothing_outside_itself(shop: Database) -> None:
    found = Page(page(report_of(shop)))
    addresses = [value for _, given in found.tags for name, value in given.items() if name in ("href", "src")]
    assert [address for address in addresses if not str(address).startswith(("#", "data:text/csv;"))] == []
    policy = next(str(given["content"]) for _, given in found.tags if given.get("http-equiv"))
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert [given for _, given in found.tags if "style" in given] == []
