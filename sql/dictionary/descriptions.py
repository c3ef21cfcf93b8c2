"""What tables, views and columns mean, from the comments of tables and from the first lines of views.

A view's file says what its rows are, then what each column means that is not one of a table: its name, its type in
brackets where no column of that name below it says it, and the meaning. Other columns mean what they do in the table or
view that they come from.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sql.tables import VERSION_TABLE, metadata
from sql.views.definitions import VIEWS, definition

TYPES = ("boolean", "date", "integer", "json", "number", "text", "time")
"""The types of columns, in words that are the same on every database."""


@dataclass(frozen=True)
class Described:
    """A column in words.

    Attributes:
        type: one of `TYPES`; empty where nothing says it.
        meaning: what it means; empty where nothing says it.
    """

    type: str = ""
    meaning: str = ""


_VERSION_COLUMNS = {
    "version_num": Described("text", "Revision of the tables."),
    "views_sha256": Described("text", "Digest of the views and of all descriptions as they were written last."),
}


def row_of(relation: str) -> str:
    """What a row of a table or view is, and who reads it."""
    if relation in VIEWS:
        return _header(relation)[0]
    return "One row: the revision of all tables." if relation == VERSION_TABLE else _table(relation).comment or ""


def described(relation: str, column: str) -> Described:
    """A column of a table or view; a view's as its file describes it, else as the relation does that it comes from."""
    if relation not in VIEWS:
        return _columns_of_table(relation).get(column, Described())
    own = _header(relation)[1].get(column, Described())
    below = [described(source, column) for source in _sources(relation)]
    return Described(
        own.type or next((one.type for one in below if one.type), ""),
        own.meaning or next((one.meaning for one in below if one.meaning), ""),
    )


def _table(name: str) -> sa.Table:
    return metadata.tables[f"{metadata.schema}.{name}"]


@functools.cache
def _columns_of_table(name: str) -> Mapping[str, Described]:
    if name == VERSION_TABLE:
        return _VERSION_COLUMNS
    return {column.name: Described(in_words(column.type), column.comment or "") for column in _table(name).columns}


_WORDS: dict[type[Any], str] = {
    sa.Boolean: "boolean",
    sa.Date: "date",
    sa.DateTime: "time",
    sa.JSON: "json",
    sa.Integer: "integer",
    sa.Numeric: "number",
    sa.String: "text",
}


def in_words(kind: Any) -> str:
    """The type of a column, one of our tables' or of a database's, as one of `TYPES`; empty if it is none of them."""
    basis = kind.impl if isinstance(kind, sa.types.TypeDecorator) else kind
    return next((word for base, word in _WORDS.items() if isinstance(basis, base)), "")


@functools.cache
def _sources(view: str) -> tuple[str, ...]:
    return tuple(re.findall(r"(?:FROM|JOIN) ([a-z_]+)", definition(view)))


_COLUMN = re.compile(r"^([a-z0-9_]+)(?: \(([a-z]+)\))?: ", re.MULTILINE)


@functools.cache
def _header(view: str) -> tuple[str, Mapping[str, Described]]:
    """The first lines of a view: what its rows are, then what its columns mean."""
    lines = [line.removeprefix("--").strip() for line in definition(view).splitlines() if line.startswith("--")]
    rows, *rest = _COLUMN.split("\n".join(lines))
    columns = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    return _in_one_line(rows), {name: Described(kind or "", _in_one_line(text)) for name, kind, text in columns}


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
