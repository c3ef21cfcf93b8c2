"""Visits per day, against a year ago."""

from __future__ import annotations

from flows.report import words
from flows.report.blocks import Column, Figure, Key, Part, Table
from flows.report.charts import specs
from flows.report.read import Findings, OfSeries
from flows.report.sections.ran import as_of_note
from flows.report.sections.small import small_charts
from flows.report.sentences import horizon_of
from nightcast.values import WHOLE, Product

KEYS = (Key("what came", "ink"), Key("expected", "c1"), Key("8 of 10 cases", "c1", "band"))
YEAR_AGO = Key("a year ago", "c2", "dashes")


def visits_per_day(findings: Findings) -> Part:
    """How many customers each day will see."""
    product, title = Product.VISIT_COUNTS, "Visits per day"
    found = findings.series.get(product)
    if found is None:
        return Part("visits", title, "Visits per day have not been forecast: there are no visits, or no night yet.")
    total = horizon_of(findings, product)
    lead = ""
    if total is not None:
        lead = (
            f"{words.about(total.mean)} visits are expected from {words.date(total.from_period)} to "
            f"{words.date(total.to_period)}{_against(found)}.{as_of_note(findings, product)}"
        )
    part = Part("visits", title, lead)
    if total is not None:
        part.blocks.append(_figure(found))
        part.blocks.append(_days(found))
    groups = [row.series_id for row in found.largest if row.series_id != WHOLE]
    if groups:
        part.blocks.append(small_charts(found, groups, "By group", file="visits-by-group"))
    return part


def _against(found: OfSeries) -> str:
    known = [row for row in found.steps if row.series_id == WHOLE and row.year_ago is not None]
    before = sum(row.year_ago for row in known)
    if not before:
        return ""
    change = sum(row.mean for row in known) / before - 1
    return (
        f", {words.percent(abs(change), 1)} {'more' if change >= 0 else 'fewer'} than on the same weekdays a year ago"
    )


def _figure(found: OfSeries) -> Figure:
    rows = [row for row in found.steps if row.series_id == WHOLE]
    came = [row for row in found.came if row.series_id == WHOLE]
    expected = [
        {"date": row.period, "mean": row.mean, "q10": row.q10, "q90": row.q90, "year_ago": row.year_ago} for row in rows
    ]
    has_year = any(row.year_ago is not None for row in rows)
    most, least = max(rows, key=lambda row: row.mean), min(rows, key=lambda row: row.mean)
    return Figure(
        "Visits of each day",
        f"Expected: between {words.about(least.mean)} on {words.date(least.period)} and {words.about(most.mean)} on "
        f"{words.date(most.period)}.",
        specs.over_days([{"date": row.period, "value": row.value} for row in came], expected, with_year_ago=has_year),
        Table(
            "Visits of each day",
            (
                Column("date", "Day", "date"),
                Column("came", "Came"),
                Column("mean", "Expected"),
                Column("q10", "At least"),
                Column("q90", "At most"),
                Column("year_ago", "A year ago"),
            ),
            [[row.period, row.value, None, None, None, None] for row in came]
            + [[row.period, None, row.mean, row.q10, row.q90, row.year_ago] for row in rows],
            file="visits-by-day",
        ),
        (KEYS if came else KEYS[1:]) + ((YEAR_AGO,) if has_year else ()),
    )


def _days(found: OfSeries) -> Table:
    rows = [row for row in found.steps if row.series_id == WHOLE][:10]
    return Table(
        "The next days",
        (
            Column("date", "Day", "date"),
            Column("mean", "Expected"),
            Column("q10", "At least"),
            Column("q90", "At most"),
            Column("year_ago", "A year ago"),
        ),
        [[row.period, row.mean, row.q10, row.q90, row.year_ago] for row in rows],
        "At least, at most: in eight of ten cases it lies between them.",
        "visits-next-days",
    )
