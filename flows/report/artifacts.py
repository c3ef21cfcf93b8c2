"""The report in Prefect: the five sentences, tables, and a picture; each night is a version of one key."""

from __future__ import annotations

import base64
from typing import Any

from flows.console.values import harmless_line
from flows.markdown import plain_text
from flows.report.blocks import Figure, Table
from flows.report.compose import Report
from flows.report.message import png

TABLES = {"customers-due": "nightcast-due", "sales-spans": "nightcast-totals"}
"""The tables that are left, by their files, and the keys of their artifacts."""

PICTURES = ("sales-total", "visits-by-day", "next-visits-by-day")
"""The charts of which the first that there is is left as a picture."""


def leave_artifacts(report: Report) -> None:
    """Store the artifacts of the flow run."""
    from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact

    create_markdown_artifact(markdown(report), key="nightcast-report", description=report.title)
    for name, table in tables(report).items():
        create_table_artifact(cells(table), key=name, description=f"{report.title}: {table.caption}")
    picture = picture_of(report)
    if picture is not None:
        address = f"data:image/png;base64,{base64.b64encode(png(picture.svg)).decode('ascii')}"
        create_image_artifact(address, key="nightcast-picture", description=f"{picture.title}. {picture.description}")


def markdown(report: Report) -> str:
    """The five sentences."""
    lines = [f"# {plain_text(report.title)}"]
    lines += [f"**{plain_text(one.question)}.** {plain_text(harmless_line(one.text))}" for one in report.sentences]
    return "\n\n".join(lines)


def tables(report: Report) -> dict[str, Table]:
    """The tables that are left, by the keys of their artifacts."""
    found = [block for part in report.parts for block in part.blocks if isinstance(block, Table)]
    return {TABLES[table.file]: table for table in found if table.file in TABLES}


def cells(table: Table) -> list[dict[str, Any]]:
    """The rows of a table as Prefect shows them."""
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, map(plain_text, line), strict=True)) for line in table.lines]


def picture_of(report: Report) -> Figure | None:
    """The chart that is left as a picture; None without one."""
    by_file = {figure.data.file: figure for figure in report.figures}
    return next((by_file[name] for name in PICTURES if name in by_file), None)
