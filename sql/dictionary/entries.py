"""The rows of the dictionary: every table, every view, and each of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sql.dictionary.descriptions import described, row_of
from sql.tables import VERSION_TABLE, dictionary_entry, metadata
from sql.views.definitions import VIEWS


@dataclass(frozen=True)
class Entry:
    """A row of the dictionary; the names are those of its columns."""

    relation: str
    position: int
    kind: str
    column_name: str | None
    type: str | None
    description: str


def entries(columns: dict[str, list[str]]) -> Iterator[Entry]:
    """The dictionary of some tables and views.

    Args:
        columns: the names of the columns of each, in order.
    """
    for relation, names in columns.items():
        kind = "view" if relation in VIEWS else "table"
        yield Entry(relation, 0, kind, None, None, row_of(relation))
        for position, name in enumerate(names, start=1):
            column = described(relation, name)
            yield Entry(relation, position, kind, name, column.type or None, column.meaning)


def columns_present(connection: Connection, schema: str | None) -> dict[str, list[str]]:
    """The names of the columns of our views and tables, as the database has them."""
    ours = [*VIEWS, *(str(table.name) for table in metadata.tables.values()), VERSION_TABLE]
    kind = sa.engine.reflection.ObjectKind.ANY
    found = sa.inspect(connection).get_multi_columns(schema, filter_names=ours, kind=kind)
    names = {name: [column["name"] for column in columns] for (_, name), columns in found.items()}
    return {name: names[name] for name in ours}


def write_dictionary(connection: Connection, rows: Iterable[Entry]) -> None:
    """Replace the rows of the dictionary."""
    connection.execute(sa.delete(dictionary_entry))
    connection.execute(sa.insert(dictionary_entry), [asdict(row) for row in rows])
