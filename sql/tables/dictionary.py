"""The dictionary: what every table, view and column means, for databases without comments as well."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Text

from sql.tables.base import table
from sql.types import Name

dictionary_entry = table(
    "dictionary_entry",
    "table or view, and per column of it: what it means",
    Column("relation", Name, primary_key=True, comment="Name of the table or view."),
    Column(
        "position",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="Number of the column, from 1; 0 for the table or view as a whole.",
    ),
    Column("kind", Name, nullable=False, comment="table or view."),
    Column("column_name", Text, comment="Name of the column; null for the table or view as a whole."),
    Column(
        "type",
        Text,
        comment="boolean, date, integer, json, number, text or time; null for the table or view as a whole.",
    ),
    Column("description", Text, nullable=False, comment="What it means; of a table or view, what a row of it is."),
)
