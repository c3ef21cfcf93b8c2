"""Whether forecasts can be trusted: what came of earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flows.report import words
from flows.report.blocks import Block, Column, Figure, Key, Part, Remark, Table
from flows.report.charts import specs
from flows.report.read import METRICS, Findings
from flows.report.sentences import MARKS
from nightcast.glossary import meaning
from nightcast.values import WHOLE, Product


def trust(findings: Findings) -> Part:
    """The sentence of each product, its reviews over time, and the calibration of next visits."""
    part = Part("trust", "Can it be trusted")
    for product, name in words.NAMES.items():
        row = findings.trust.get(product) if product in findings.shown else None
        if row is not None:
            part.blocks.append(Remark(f"{name}: {MARKS[row.mark or '']}", row.sentence, row.mark or ""))
    if not part.blocks:
        return Part("trust", part.title, "Nothing has been published yet that could be judged.")
    part.blocks.extend(_figures(findings))
    if findings.changes:
        part.blocks.append(_changes(findings))
    return part


def _figures(findings: Findings) -> Iterator[Block]:
    if findings.calibration:
        yield _calibration(findings.calibration)
    for product in words.NAMES:
        reviews = _of_one_part([row for row in findings.scores.get(product, ()) if row.metric == METRICS[product][0]])
        if len(reviews) > 1:
            yield _history(product, reviews)


def _of_one_part(rows: list[Any]) -> list[Any]:
    """The reviews of whole forecasts where there are several, else of the part with the most; backfills alone."""
    in_time = [row for row in rows if not row.is_backfill] or rows
    parts = [row.part for row in in_time]
    if not parts:
        return []
    part = WHOLE if parts.count(WHOLE) > 1 else max(sorted(set(parts)), key=parts.count)
    return [row for row in in_time if row.part == part and row.value is not None]


def _calibration(rows: Any) -> Figure:
    customers = sum(row.customers for row in rows)
    expected = sum(row.predicted * row.customers for row in rows)
    came = sum(row.realised * row.customers for row in rows)
    days = "within the horizon" if rows[0].part == WHOLE else f"in days {rows[0].part}"
    return Figure(
        f"Did as many come as were expected {days}?",
        f"Of {customers:,} customers {words.number(expected, 0)} were expected and {words.number(came, 0)} came, as of "
        f"{words.date(rows[0].as_of)}. Each point is a tenth of the customers; on the line, as many came as expected.",
        specs.calibration({"predicted": row.predicted, "realised": row.realised} for row in rows),
        Table(
            "Calibration of next visits",
            (
                Column("predicted", "Expected share", "percent"),
                Column("realised", "Share that came", "percent"),
                Column("customers", "Customers"),
            ),
            [[row.predicted, row.realised, row.customers] for row in rows],
            file="calibration",
        ),
    )


def _history(product: Product, rows: list[Any]) -> Figure:
    metric, part = rows[0].metric, rows[0].part
    steps = "whole forecasts" if part == WHOLE else f"days {part}"
    better = sum(row.baseline_value is not None and row.value < row.baseline_value for row in rows)
    title = f"{words.NAMES[product]}: reviews of {steps}"
    return Figure(
        title,
        f"{metric}: {meaning(metric)}. Better than the baseline in {better} of {len(rows)} reviews.",
        specs.history({"date": row.as_of, "value": row.value, "baseline_value": row.baseline_value} for row in rows),
        Table(
            title,
            (
                Column("as_of", "As of", "date"),
                Column(metric, metric, "score"),
                Column("baseline", "Baseline", "score"),
            ),
            [[row.as_of, row.value, row.baseline_value] for row in rows],
            file=f"reviews-{product.value.replace('_', '-')}",
        ),
        (Key("published forecast", "c1"), Key("baseline", "c2", "dashes")),
    )


def _changes(findings: Findings) -> Table:
    measures = {"due": "customers due", "returning": "customers returning", "total": "total"}
    rows = [
        [
            f"{words.NAMES[product]}: {measures.get(row.measure, row.measure)}",
            row.previous_as_of,
            row.previous,
            row.present,
            row.by_calendar,
            row.by_data,
            row.by_model,
        ]
        for product in words.NAMES
        for row in findings.changes.get(product, {}).values()
    ]
    return Table(
        "What changed since the night before, and why",
        (
            Column("measure", "Measure", "text"),
            Column("previous_as_of", "Night of", "date", is_extra=True),
            Column("previous", "Before"),
            Column("present", "Now"),
            Column("by_calendar", "By the calendar", "signed", is_extra=True),
            Column("by_data", "By new data", "signed", is_extra=True),
            Column("by_model", "By the model", "signed", is_extra=True),
        ),
        rows,
        "By the calendar: days that entered the forecast, less those that left it.",
        "changes",
        of_rows=True,
    )
