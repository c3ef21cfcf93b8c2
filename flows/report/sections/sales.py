"""Sales: totals, groups, and single series."""

from __future__ import annotations

from typing import Any

from flows.report import words
from flows.report.blocks import Column, Figure, Part, Table
from flows.report.charts import specs
from flows.report.read import MOST_GROUPS, Findings, OfSeries
from flows.report.sections.ran import as_of_note
from flows.report.sections.small import KEYS, small_charts
from flows.report.sentences import horizon_of
from nightcast.values import Product

LARGEST = 12
MOST_BARS = 12


def sales_totals(findings: Findings) -> Part:
    """What will be sold altogether, and in each group."""
    title, found = "What will be sold", findings.series.get(Product.SALES)
    total = horizon_of(findings, Product.SALES)
    if found is None or total is None:
        return Part("sales", title, "Sales have not been forecast: there are none in the database, or no night yet.")
    mean, low, high = words.alike(total.mean, total.q10, total.q90)
    lead = (
        f"{mean} are expected from {words.date(total.from_period)} to "
        f"{words.date(total.to_period)}, between {low} and {high} in eight of "
        f"ten cases.{_fallbacks(found)}{as_of_note(findings, Product.SALES)}"
    )
    part = Part("sales", title, lead, [_figure(found), _spans(found)])
    for level in dict.fromkeys(row.level for row in found.groups):
        part.blocks.append(_groups(level, [row for row in found.groups if row.level == level]))
    return part


def _fallbacks(found: OfSeries) -> str:
    other = found.statuses.get("fallback", 0), found.statuses.get("skipped", 0)
    told = [
        f"{count:,} {'have' if count > 1 else 'has'} {what}"
        for count, what in zip(other, ("a stand-in or have ended", "no forecast"), strict=True)
        if count
    ]
    return f" Of the series, {words.listed(told)}." if told else ""


def _figure(found: OfSeries) -> Figure:
    rows = [row for row in found.totals if row.span == "period"]
    most = max((row.series for row in found.came_in_total), default=0)
    came = [row for row in found.came_in_total if row.series == most]
    high, low = max(rows, key=lambda row: row.mean), min(rows, key=lambda row: row.mean)
    return Figure(
        "Sales of all series",
        f"Expected: between {words.number(low.mean)} on {words.date(low.from_period)} and {words.number(high.mean)} on "
        f"{words.date(high.from_period)}.",
        specs.over_days(
            [{"date": row.period, "value": row.value} for row in came],
            [{"date": row.from_period, "mean": row.mean, "q10": row.q10, "q90": row.q90} for row in rows],
            with_year_ago=False,
        ),
        Table(
            "Sales of all series",
            (
                Column("period", "Period", "date"),
                Column("came", "Came"),
                Column("mean", "Expected"),
                Column("q10", "At least"),
                Column("q90", "At most"),
            ),
            [[row.period, row.value, None, None, None] for row in came]
            + [[row.from_period, None, row.mean, row.q10, row.q90] for row in rows],
            file="sales-total",
        ),
        KEYS if came else KEYS[1:],
    )


def _spans(found: OfSeries) -> Table:
    rows = [row for row in found.totals if row.span != "period"]
    rows.sort(key=lambda row: (("week", "month", "horizon").index(row.span), row.from_period))
    return Table(
        "By week and month",
        (
            Column("span", "Span", "text"),
            Column("from_period", "From", "date"),
            Column("mean", "Expected"),
            Column("q10", "At least"),
            Column("q90", "At most"),
        ),
        [[_span(row), row.from_period, row.mean, row.q10, row.q90] for row in rows],
        "At least, at most: in eight of ten cases it lies between them.",
        "sales-spans",
    )


def _span(row: Any) -> str:
    if row.span == "horizon":
        return "altogether"
    return str(row.span) if row.is_whole else f"part of a {row.span}"


def _groups(level: str, rows: list[Any]) -> Figure:
    bars, title = rows[:MOST_BARS], f"Sales by {level}"
    left = f" The {len(bars)} largest are drawn." if len(rows) > len(bars) else ""
    return Figure(
        title,
        f"The most is expected of {bars[0].group_value}: {words.number(bars[0].mean)}.{left}",
        specs.groups({"name": row.group_value, "mean": row.mean, "q10": row.q10, "q90": row.q90} for row in bars),
        Table(
            title,
            (
                Column("group_value", level, "text"),
                Column("mean", "Expected"),
                Column("q10", "At least"),
                Column("q90", "At most"),
            ),
            [[row.group_value, row.mean, row.q10, row.q90] for row in rows],
            f"The {MOST_GROUPS} largest groups at most.",
            f"sales-by-{level}",
        ),
    )


def single_series(findings: Findings) -> Part | None:
    """The largest series, those that changed most, and the rest as small charts."""
    found = findings.series.get(Product.SALES)
    if found is None or not found.largest:
        return None
    names, count = [row.series_id for row in found.largest], findings.shown[Product.SALES].subjects or 0
    part = Part("series", "Series of sales", blocks=[])
    if found.changed:
        part.blocks.append(_changed(found))
    part.blocks.append(small_charts(found, names[:LARGEST], "The largest", file="largest-series"))
    rest = names[LARGEST:]
    if rest:
        left = count - len(names)
        note = f"{len(rest):,} series by size" + (
            f"; {left:,} smaller ones are left out, which `nightcast show sales --csv` lists." if left > 0 else "."
        )
        part.blocks.append(small_charts(found, rest, "The others", note=note, file="series", is_searched=True))
    return part


def _changed(found: OfSeries) -> Table:
    first = found.changed[0]
    week = f"{words.short(first.from_period)} to {words.date(first.to_period)}"
    return Table(
        f"What changed most since the night before: the week {week}",
        (
            Column("series_id", "Series", "text"),
            Column("previous", "Before"),
            Column("present", "Now"),
            Column("difference", "Difference", "signed"),
        ),
        [[row.series_id, row.previous, row.present, row.present - row.previous] for row in found.changed],
        file="changed-series",
    )
