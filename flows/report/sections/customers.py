"""Who is due and overdue, and who is drifting away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.report import words
from flows.report.blocks import Block, Column, Figure, Part, Table
from flows.report.charts import specs
from flows.report.read import Findings, OfCustomers
from flows.report.sections.ran import as_of_note
from nightcast.values import Product

MEANINGS = {
    "new": "one visit so far",
    "regular": "within their own rhythm",
    "due": "away for 75 % of their usual interval",
    "overdue": "away for longer than their usual interval",
    "lapsing": "away for so long that they may drift away",
    "lost": "hardly expected within a year",
}

CUSTOMER = Column("customer_id", "Customer", "text")


def who_is_due(findings: Findings) -> Part:
    """Who is due this week, who is overdue, and how many customers there are of each state."""
    found = findings.customers
    if found is None:
        return Part("due", "Who is due", "Next visits have not been forecast: there are no visits, or no night yet.")
    one, count = found.first_bin, findings.shown[Product.NEXT_VISIT].subjects or 0
    lead = (
        f"{words.about(one.expected)} of {words.counted(count, 'customer')} are expected from "
        f"{words.date(one.from_date)} to {words.date(one.to_date)}.{as_of_note(findings, Product.NEXT_VISIT)}"
    )
    blocks: list[Block] = [_due(found), _overdue(found), _days(found), _states(found)]
    return Part("due", "Who is due", lead, [block for block in blocks if not isinstance(block, Table) or block.rows])


def _due(found: OfCustomers) -> Table:
    one = found.first_bin
    return Table(
        f"Likeliest to come by {words.date(one.to_date)}",
        _columns("last_visit_on"),
        [_row(row) for row in found.due],
        f"Chance: of a visit by {words.date(one.to_date)}. Usual days: between two visits of the customer. Days over: "
        "away for longer than that. Half come by: the day by which half of such customers are back; "
        "none where fewer come.",
        "customers-due",
    )


def _overdue(found: OfCustomers) -> Table:
    return Table(
        f"Overdue: {words.counted(found.states.get('overdue', 0), 'customer')}, the likeliest to come first",
        _columns("overdue_days"),
        [_row(row) for row in found.overdue],
        "Overdue: away for longer than usual by their own rhythm, and not yet drifting away.",
        "customers-overdue",
    )


def _columns(kept: str) -> tuple[Column, ...]:
    """The columns of customers; of those about time, a narrow screen has room for one."""
    return (
        CUSTOMER,
        Column("probability", "Chance", "percent"),
        Column("last_visit_on", "Last visit", "date", is_extra=kept != "last_visit_on"),
        Column("usual_interval_days", "Usual days", "days", is_extra=True),
        Column("overdue_days", "Days over", "days", is_extra=kept != "overdue_days"),
        Column("date_50", "Half come by", "date", is_extra=True),
        Column("amount_year", "Spent in a year"),
    )


def _row(row: Any) -> Sequence[Any]:
    over = row.overdue_days
    return [
        row.customer_id,
        row.probability,
        row.last_visit_on,
        row.usual_interval_days,
        over,
        row.date_50,
        row.amount_year,
    ]


def _days(found: OfCustomers) -> Figure:
    rows = [{"date": row.date, "mean": row.customers} for row in found.days]
    total = sum(row["mean"] for row in rows)
    most = max(rows, key=lambda row: row["mean"])
    return Figure(
        "Customers whose next visit is expected, by day",
        f"{words.about(total)} in {len(rows)} days; the most, {words.about(most['mean'])}, on "
        f"{words.date(most['date'])}. Each customer counts once, on the day of the next visit, so that later days have "
        "fewer.",
        specs.over_days([], rows, with_year_ago=False),
        Table(
            "Customers whose next visit is expected, by day",
            (Column("date", "Day", "date"), Column("customers", "Customers")),
            [[row["date"], row["mean"]] for row in rows],
            file="next-visits-by-day",
        ),
    )


def _states(found: OfCustomers) -> Table:
    total = sum(found.states.values()) or 1
    return Table(
        "Customers by state",
        (
            Column("state", "State", "text"),
            Column("customers", "Customers"),
            Column("share", "Share", "percent"),
            Column("meaning", "Meaning", "text"),
        ),
        [[state, count, count / total, MEANINGS[state]] for state, count in found.states.items()],
        file="customer-states",
    )


def who_is_lapsing(findings: Findings) -> Part | None:
    """Who is drifting away, and what they spent."""
    found = findings.customers
    if found is None:
        return None
    count = found.states.get("lapsing", 0)
    title = "Who is drifting away"
    if not count:
        return Part("lapsing", title, "Nobody is at the moment.")
    spent = f" They spent {words.number(found.lapsing_amount)} in the last year." if found.lapsing_amount else ""
    columns = (
        CUSTOMER,
        Column("amount_year", "Spent in a year"),
        Column("last_visit_on", "Last visit", "date"),
        Column("usual_interval_days", "Usual days", "days", is_extra=True),
        Column("visit_days", "Visits"),
        Column("date_50", "Half come by", "date", is_extra=True),
    )
    rows = [
        [row.customer_id, row.amount_year, row.last_visit_on, row.usual_interval_days, row.visit_days, row.date_50]
        for row in found.lapsing
    ]
    table = Table("Those who brought most in the last year", columns, rows, file="customers-lapsing")
    have = f"{words.counted(count, 'customer')} {'has' if count == 1 else 'have'}"
    lead = f"{have} been away for so long that they may not come back without a reason.{spent}"
    return Part("lapsing", title, lead, [table])
