"""Every table, view and column is described, in the program and in the document."""

from __future__ import annotations

from pathlib import Path

from sql.dictionary.descriptions import TYPES
from tests.documents.tables_page import dictionary, tables_page

DOCUMENT = Path(__file__).parents[2] / "docs" / "tables.md"


def test_every_table_and_view_says_what_its_rows_are() -> None:
    wholes = {entry.relation: entry.description for entry in dictionary() if entry.column_name is None}
    beginnings = ("One row per ", "One row: ")
    assert len(wholes) > 50
    assert [name for name, description in wholes.items() if not description.startswith(beginnings)] == []


def test_every_column_has_a_type_and_a_meaning() -> None:
    columns = [entry for entry in dictionary() if entry.column_name is not None]
    assert len(columns) > 600
    assert [entry for entry in columns if not entry.description or entry.type not in TYPES] == []


def test_the_document_is_that_of_the_tables() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == tables_page(), "run `python -m tests.documents`"
