"""What Datasette shows of Nightcast: descriptions, questions, and no table that only the program reads."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from sql.views.definitions import READERS_VIEWS
from tests.deployments.writing import GENERATED, as_yaml
from tests.documents.questions import Question, questions
from tests.documents.tables_page import dictionary

METADATA = Path(__file__).parents[2] / "deployments" / "datasette" / "metadata.yaml"

DATABASE = "nightcast"
"""How Datasette calls the file `nightcast.db`."""

START = "# datasette serve nightcast.db --metadata metadata.yaml; docs/tools.md says more.\n"


def datasette_files() -> dict[Path, str]:
    """The text of the file."""
    content = {
        "title": "Nightcast",
        "description": "Customers' next visits, visits per day and sales, forecast every night.",
        "databases": {
            DATABASE: {
                "description": "Views show published nights only; the questions below answer what people ask.",
                "queries": {one.name: _query(one) for one in questions()},
                "tables": dict(_relation(rows) for rows in _relations()),
            }
        },
    }
    return {METADATA: START + GENERATED + as_yaml(content)}


def _relations() -> list[list[Any]]:
    return [list(rows) for _, rows in groupby(dictionary(), key=lambda entry: entry.relation)]


def _relation(rows: list[Any]) -> tuple[str, dict[str, Any]]:
    whole, *columns = rows
    shown = {"description": whole.description, "columns": {one.column_name: one.description for one in columns}}
    return whole.relation, shown if whole.relation in READERS_VIEWS else shown | {"hidden": True}


def _query(one: Question) -> dict[str, Any]:
    """A query whose values, a customer or a day, are asked for on its page."""
    examples = ", ".join(f"{name} {value}" for name, value in one.values.items())
    remark = f"{one.remark} For example: {examples}.".strip() if examples else one.remark
    sql = one.asking(view=lambda view: view, value=lambda name, _: f":{name}")
    return {"title": one.question} | ({"description": remark} if remark else {}) | {"sql": sql}
