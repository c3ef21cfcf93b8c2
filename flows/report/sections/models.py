"""Which models serve, and how their last challengers fared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flows.report import words
from flows.report.blocks import Column, Part, Remark, Table
from flows.report.read import METRICS, Findings

SAID = {
    "champion": "serves",
    "retired": "served before",
    "rejected": "a challenger that lost",
    "challenger": "not published yet",
}


def models(findings: Findings) -> Part | None:
    """The model of each product, its scores on the past, and the versions before it."""
    if not findings.shown:
        return None
    part = Part(
        "models", "Which models serve", "Each newly trained model is a challenger that has to beat the champion."
    )
    for product, name in words.NAMES.items():
        run = findings.shown.get(product)
        if run is not None:
            part.blocks.append(Remark(f"{name}: {run.served or 'a baseline'}", words.sentence(run.decision or "")))
    rows = [row for product in words.NAMES for row in findings.models if row.product == product]
    if rows:
        part.blocks.append(_versions(rows))
    scores = list(_scores(findings))
    if scores:
        part.blocks.append(_evaluations(scores))
    return part


def _versions(rows: list[Any]) -> Table:
    return Table(
        "The champions and their last challengers",
        (
            Column("model_version", "Version", "text"),
            Column("as_of", "Trained as of", "date"),
            Column("recipe", "Recipe", "text"),
            Column("status", "State", "text"),
            Column("decision", "Why", "text"),
        ),
        [[row.model_version, row.as_of, row.served, SAID.get(row.status, row.status), row.decision] for row in rows],
        file="models",
    )


def _scores(findings: Findings) -> Iterator[list[Any]]:
    for product, name in words.NAMES.items():
        for row in findings.evaluated.get(product, ()):
            if row.metric == METRICS[product][0]:
                yield [name, row.metric, row.value, row.baseline, row.base]


def _evaluations(rows: list[list[Any]]) -> Table:
    return Table(
        "On the past, before they served",
        (
            Column("product", "Product", "text"),
            Column("metric", "Metric", "text", is_extra=True),
            Column("value", "Model", "score"),
            Column("baseline", "Baseline", "text"),
            Column("baseline_value", "Its value", "score"),
        ),
        rows,
        "Less is better.",
        "evaluations",
    )
