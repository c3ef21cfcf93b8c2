"""The database says what each of our tables, views and columns means: in a view, and in its own comments."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine.reflection import ObjectKind

from sql.dictionary.descriptions import in_words
from sql.engine import Database
from sql.schema import migrate
from sql.tables import VERSION_TABLE, dictionary_entry, metadata
from sql.views.definitions import VIEWS
from tests.conftest import MYSQL_ALONE

TABLES = {VERSION_TABLE, *(table.name for table in metadata.tables.values())}

with_comments = pytest.mark.parametrize("database_kind", ["postgresql", MYSQL_ALONE])


def columns_of(database: Database) -> dict[tuple[str, str], dict[str, Any]]:
    """What the database says of each column of our tables and views."""
    with database.read() as connection:
        found = sa.inspect(connection).get_multi_columns(database.schema, kind=ObjectKind.ANY)
    return {(name, column["name"]): dict(column) for (_, name), columns in found.items() for column in columns}


def entries_of(database: Database) -> list[dict[str, Any]]:
    """The rows of the dictionary's view."""
    with database.read() as connection:
        view = sa.table("rpt_dictionary", schema=database.schema)
        return [dict(row) for row in connection.execute(sa.select(sa.text("*")).select_from(view)).mappings()]


def comments_of(database: Database) -> dict[tuple[str, str | None], str | None]:
    """The database's own comments, by table or view and column."""
    with database.read() as connection:
        wholes = sa.inspect(connection).get_multi_table_comment(database.schema, kind=ObjectKind.ANY)
    return {(name, None): found["text"] for (_, name), found in wholes.items()} | {
        (name, column): found.get("comment") for (name, column), found in columns_of(database).items()
    }


def test_the_dictionary_has_every_table_view_and_column(database: Database) -> None:
    rows = entries_of(database)
    assert {row["relation"] for row in rows if row["column_name"] is None} == TABLES | set(VIEWS)
    assert {(row["relation"], row["column_name"]) for row in rows if row["column_name"]} == columns_of(database).keys()
    assert [row for row in rows if not row["description"]] == []
    assert {row["kind"] for row in rows if row["relation"] in VIEWS} == {"view"}
    places = [(row["relation"], row["position"]) for row in rows]
    assert places == sorted(places)
    assert rows[0]["position"] == 0


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_the_types_in_words_are_those_of_the_database(database: Database) -> None:
    types = {key: in_words(column["type"]) for key, column in columns_of(database).items()}
    said = {(row["relation"], row["column_name"]): row["type"] for row in entries_of(database) if row["column_name"]}
    assert said == types


@with_comments
def test_every_table_view_and_column_has_its_comment_in_the_database(database: Database) -> None:
    without = {"view"} if database.schema is None else set()  # a view of MySQL cannot have comments
    wanted = {
        (row["relation"], row["column_name"]): row["description"]
        for row in entries_of(database)
        if row["kind"] not in without
    }
    present = comments_of(database)
    assert {key: present.get(key) for key in wanted} == wanted


@with_comments
def test_a_comment_that_differs_is_written_again_and_changes_nothing_else(database: Database) -> None:
    before, comments = columns_of(database), comments_of(database)
    name = dictionary_entry.name
    with database.write() as connection:
        changed = sa.Table(name, sa.MetaData(schema=database.schema), comment="of somebody else")
        connection.execute(sa.schema.SetTableComment(changed))
        version = sa.table(VERSION_TABLE, sa.column("views_sha256"), schema=database.schema)
        connection.execute(sa.update(version).values(views_sha256="of an earlier program"))
    assert comments_of(database)[name, None] == "of somebody else"
    migrate(database)
    assert comments_of(database) == comments
    assert str(columns_of(database)) == str(before)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_description_that_changes_is_written_by_the_next_migration(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionary_entry, "comment", "One row per thing; 100 % of 'them'.")
    migrate(database)
    assert comments_of(database)["dictionary_entry", None] == "One row per thing; 100 % of 'them'."
    [row] = [row for row in entries_of(database) if (row["relation"], row["position"]) == ("dictionary_entry", 0)]
    assert row["description"] == "One row per thing; 100 % of 'them'."
