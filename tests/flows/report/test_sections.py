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
from sql.tables import forecast_run, next_visit_day, next_visit_stored, sales_forecast, sales_total
from tests.flows.report.reading import Page

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

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
    assert (
        "Sales as of 16\xa0Nov 2026 failed (The table 'sales' is gone): what was published before stays"
        in report.sentences[0].text
    )
    assert report.sentences[0].mark == "poor"
    notes = next(part for part in report.parts if part.key == "notes")
    assert [(block.block, getattr(block, "mark", "")) for block in notes.blocks] == [("remark", "poor")]
    assert "sales-spans.csv" in Page(page(report)).files


def test_the_first_sentence_tells_what_readers_do_not_see(shop: Database) -> None:
    in_time = datetime(2026, 11, 16, 6, tzinfo=UTC)
    assert composed(read(shop), in_time).sentences[0].mark == ""
    with shop.write() as connection:
        of_sales = forecast_run.c.product == "sales"
        connection.execute(
            sa.update(forecast_run).where(of_sales, forecast_run.c.as_of == AS_OF).values(status="withdrawn")
        )
    backfill = runs.begin(
        shop, Product.NEXT_VISIT, AS_OF.replace(month=5), trigger="test", flow_run_id=None, settings={}
    )
    runs.fail(shop, backfill, "an old failure")
    report = composed(read(shop), in_time)
    assert report.sentences[0].mark == "watch"
    assert "Sales as of 16 Nov 2026 were withdrawn: those as of 15 Nov 2026 stay" in said(report)
    assert "old failure" not in said(report)
    assert titles(report)["sales"].endswith("These are of the night of 15\xa0Nov 2026.")
    assert "night of 15" not in titles(report)["due"]
    late = composed(read(shop), datetime(2026, 11, 18, 6, tzinfo=UTC))
    assert "the newest night is 2 days old" in said(late)


def said(report: Report) -> str:
    return report.sentences[0].text.replace("\xa0", " ")


def test_single_tiny_and_lost_numbers_are_worded(shop: Database) -> None:
    one = sa.select(sa.func.min(next_visit_stored.c.customer_id)).where(next_visit_stored.c.state_number == 5)
    alone = next_visit_stored.c.customer_id == shop.value(one)
    with shop.write() as connection:
        connection.execute(sa.delete(next_visit_stored).where(~alone))
        connection.execute(sa.update(next_visit_day).values(customers=0.002))
        connection.execute(sa.update(sales_total).values(mean=0.02, q10=-1e-9, q90=0.04))
    report = report_of(shop)
    assert "0.014 customers are expected" in report.sentences[2].text
    assert "nobody is overdue, and 1 is drifting away" in report.sentences[2].text
    assert "Sales of 0.020 (0.000 to 0.040 in eight of ten cases)" in report.sentences[3].text
    assert "1 customer has been away" in titles(report)["lapsing"]


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
