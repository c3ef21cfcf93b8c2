"""Every table, view and column is described, in the program and in the document."""

from __future__ import annotations

from pathlib import Path

from sql.tables import metadata
from tests.documents.tables_page import names_in_views, table_columns, tables_page, view_columns, view_row

DOCUMENT = Path(__file__).parents[2] / "docs" / "tables.md"


def test_every_table_and_column_is_described() -> None:
    for table in metadata.tables.values():
        assert (table.comment or "").startswith("One row per "), table.name
        assert [name for name, meaning in table_columns(table).items() if not meaning] == [], table.name


def test_every_view_and_column_is_described() -> None:
    for view, names in names_in_views().items():
        assert view_row(view).startswith("One row per "), view
        assert [name for name, meaning in view_columns(view, names).items() if not meaning] == [], view


def test_the_document_is_that_of_the_tables() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == tables_page(), "run `python -m tests.documents`"
