"""Proposals for the tables and views of a database."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from sql.engine import Database
from sql.looking.relations import Relation, list_relations
from sql.looking.samples import count_values, read_sample
from tasks.proposing import words
from tasks.proposing.columns import columns_of, columns_of_periods
from tasks.proposing.proposal import Look, Proposal
from tasks.proposing.sales import sales_in, series_score, value_score
from tasks.proposing.visits import moment_score, rare_customer, visits_in

MOST_TABLES = 300
"""Tables that are looked at; of more, those with likely names come first."""


@dataclass(frozen=True)
class Findings:
    """What a look at a database or a folder has found.

    Attributes:
        visits: proposals for the visits, the likeliest first.
        sales: those for the sales.
        looked_at: how many tables or files were looked at.
        problems: what could not be looked at, and why.
    """

    visits: tuple[Proposal, ...]
    sales: tuple[Proposal, ...]
    looked_at: int
    problems: tuple[str, ...] = ()


def look_at_database(database: Database, now: datetime.datetime) -> Findings:
    """Look at a few rows of every table and view, and propose which are the sources.

    Raises:
        UnavailableError: if the database cannot be reached.
    """
    relations = sorted(list_relations(database), key=lambda one: not words.says(one.name, words.VISIT_TABLES))
    looks: dict[str, tuple[Relation, Look]] = {}
    problems, empty = [], []
    for relation in relations[:MOST_TABLES]:
        look, problem = _look(database, relation, now)
        looks[relation.name] = relation, look
        if problem:
            problems.append(f"{relation.name} {problem}")
        elif not look.rows:
            empty.append(relation.name)
    if empty:
        problems.append(f"without any rows: {', '.join(empty[:5])}{', ...' if len(empty) > 5 else ''}")
    if len(relations) > MOST_TABLES:
        problems.append(f"{len(relations) - MOST_TABLES} more tables were not looked at")
    joined = [_look(database, query, now)[0] for query in _with_dates(database, looks)]
    return found([*(look for _, look in looks.values()), *joined], tuple(problems), len(looks))


def found(looks: list[Look], problems: tuple[str, ...], looked_at: int) -> Findings:
    """The proposals of all that was looked at."""
    visits = sorted(filter(None, map(visits_in, looks)), key=lambda one: -one.score)
    sales = sorted(filter(None, map(sales_in, looks)), key=lambda one: -one.score)
    return Findings(tuple(visits), tuple(sales), looked_at, problems)


def _look(database: Database, relation: Relation, now: datetime.datetime) -> tuple[Look, str]:
    sample = read_sample(database, relation)
    columns = columns_of(sample.columns, relation.types, now)
    # A night reads ISO 8601 alone: dates of a database that are written otherwise are no moments.
    readable = {name: column for name, column in columns.items() if not column.formats}
    refers = {name: table for name, (table, _) in relation.references.items()}
    problem = sample.problem or _periods(relation)
    if len(readable) < len(columns):
        odd = next(column for column in columns.values() if column.formats)
        problem = f"has dates in {odd.name} such as {odd.values[0]}, which no night reads: make a view with DATE values"
    look = Look(relation.name, readable, sample.rows, relation.unique, refers, relation.query)
    return _counted(database, relation, look), problem


def _periods(relation: Relation) -> str:
    problem = columns_of_periods(relation.types)
    return f"{problem}: make a view with these" if problem else ""


def _counted(database: Database, relation: Relation, look: Look) -> Look:
    """The look, with a count of more rows where customers come so rarely that a sample cannot tell."""
    name = rare_customer(look)
    counted = count_values(database, relation, name) if name else None
    if name is None or counted is None:
        return look
    return replace(look, columns={**look.columns, name: replace(look.columns[name], counted=counted)})


def _with_dates(database: Database, looks: dict[str, tuple[Relation, Look]]) -> Iterator[Relation]:
    """Lines of orders, which have no date of their own, each with the date of its order."""
    for relation, look in looks.values():
        if not look.rows or any(column.is_moment for column in look.columns.values()):
            continue
        if not any(value_score(one) for one in look.columns.values()):
            continue
        if not any(series_score(look, one) for one in look.columns.values()):
            continue
        for column, (table, key) in _links(relation, looks).items():
            moment = max(looks[table][1].columns.values(), key=moment_score, default=None)
            if moment is not None and moment_score(moment):
                yield _joined(database, relation, look, column, looks[table][0], key, moment.name)
                break


def _links(relation: Relation, looks: dict[str, tuple[Relation, Look]]) -> dict[str, tuple[str, str]]:
    """The table and column that each column refers to, declared or by their names."""
    links = {column: place for column, place in relation.references.items() if place[0] in looks}
    for name, (other, _) in looks.items():
        if name == relation.name:
            continue
        for keys in other.unique:
            key = next(iter(keys))
            stem = words.plain(name.rpartition(".")[2]).rstrip("s")
            for column in relation.types:
                is_named = column == key != "id" or words.plain(column) in (f"{stem}_id", f"{stem}id", f"{stem}_{key}")
                if len(keys) == 1 and is_named:
                    links.setdefault(column, (name, key))
    return links


def _joined(
    database: Database, lines: Relation, look: Look, column: str, orders: Relation, key: str, moment: str
) -> Relation:
    line, order = lines.clause.alias("line"), orders.clause.alias("orders")
    needed = [name for name, one in look.columns.items() if series_score(look, one) or value_score(one)]
    columns: list[sa.ColumnElement[Any]] = [
        *(sa.column(name, _selectable=line) for name in needed),
        sa.column(moment, _selectable=order),
    ]
    on = sa.column(key, _selectable=order) == sa.column(column, _selectable=line)
    query = sa.select(*columns).select_from(line.join(order, on))
    text = " ".join(str(query.compile(database.engine)).split())
    types = {name: lines.types[name] for name in needed} | {moment: orders.types[moment]}
    name = f"{lines.name} with {orders.name}"
    return Relation(name, query.subquery("source"), types, is_table=False, references=lines.references, query=text)
