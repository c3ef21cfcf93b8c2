"""The statement of a reading. It names what the view has and nothing else; values are parameters."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nightcast.errors import UsageError, suggestion
from sql.answers.reading import Filter, Reading, Scalar, Totals

Columns = Mapping[str, sa.ColumnElement[Any]]

MEASURES: dict[str, Callable[[sa.ColumnElement[Any]], sa.ColumnElement[Any]]] = {
    "sum": sa.func.sum,
    "mean": sa.func.avg,
    "least": sa.func.min,
    "greatest": sa.func.max,
}

GREATEST = 2**63
"""No whole number of a database is greater."""

_QUANTILE = re.compile(r"q\d+")

_COMPARED: dict[str, Callable[[sa.ColumnElement[Any], Any], sa.ColumnElement[bool]]] = {
    "=": lambda column, value: column == value,
    "<>": lambda column, value: column != value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
}


def statement_of(view: sa.Table, asked: Reading | Totals) -> sa.Select[Any]:
    """The statement that answers, without the limit.

    Raises:
        UsageError: if a column, a measure or a value is wrong; names the nearest column.
    """
    known: Columns = {column.name: column for column in view.columns}
    if isinstance(asked, Totals):
        shown = {name: _found(known, name) for name in asked.by} | dict(_measured(known, one) for one in asked.measures)
    else:
        shown = {name: _found(known, name) for name in asked.columns or known}
    columns = [column.label(name) for name, column in shown.items()]
    statement = sa.select(*columns).select_from(view).where(*(_condition(known, one) for one in asked.filters))
    if isinstance(asked, Totals):
        return statement.group_by(*(known[name] for name in asked.by)).order_by(*_sorted(shown, asked.order_by))
    return statement.order_by(*_sorted(known, asked.order_by))


def _found(columns: Columns, name: str) -> sa.ColumnElement[Any]:
    if name not in columns:
        raise UsageError(
            f"There is no column {name!r} here; there are {', '.join(columns)}.{suggestion(name, [*columns])}"
        )
    return columns[name]


def _measured(columns: Columns, measure: str) -> tuple[str, sa.ColumnElement[Any]]:
    """A measure with the name of its column."""
    kind, _, name = measure.partition(" ")
    if measure == "count":
        return "count", sa.func.count()
    if kind not in MEASURES:
        raise UsageError(f"{measure!r} is no measure.", f"Write count, or {', '.join(MEASURES)} and a column.")
    if _QUANTILE.fullmatch(name) and kind in ("sum", "mean"):
        raise UsageError(
            f"Quantiles such as {name} do not add up: a band of a sum is narrower than the sum of its parts' bands.",
            "Read the band of the total: latest_sales_total, latest_visit_count_total or rpt_visits_ahead.",
        )
    column = _found(columns, name)
    if kind in ("sum", "mean") and isinstance(column.type, sa.String | sa.Date | sa.DateTime):
        raise UsageError(f"{name} holds no numbers, so that it has no {kind}.", "Count the rows, or name a number.")
    return f"{kind}_{name}", MEASURES[kind](column)


def _sorted(columns: Columns, order_by: Sequence[str]) -> list[sa.ColumnElement[Any]]:
    parts = [(name, direction.strip().lower()) for name, _, direction in (one.partition(" ") for one in order_by)]
    for name, direction in parts:
        if direction not in ("", "asc", "desc"):
            raise UsageError(f"{name} {direction!r} is no order.", "Write a column, or a column and desc.")
    found = [(_found(columns, name), direction) for name, direction in parts]
    return [column.desc() if direction == "desc" else column.asc() for column, direction in found]


def _condition(columns: Columns, one: Filter) -> sa.ColumnElement[bool]:
    column = _found(columns, one.column)
    if one.comparison in ("is null", "is not null"):
        return column.is_(None) if one.comparison == "is null" else column.is_not(None)
    values = one.value if isinstance(one.value, list) else [one.value]
    if (one.comparison == "in") != isinstance(one.value, list) or None in values:
        raise UsageError(f"{one.column} {one.comparison} needs {'a list' if one.comparison == 'in' else 'one value'}.")
    typed = [_typed(column, value) for value in values if value is not None]
    if one.comparison == "in":
        return column.in_(typed)
    if one.comparison == "contains":
        if not isinstance(typed[0], str):
            raise UsageError(f"{one.column} is no text.", "Compare it by another way than contains.")
        return column.contains(typed[0], autoescape=True)
    return _COMPARED[one.comparison](column, typed[0])


def _typed(column: sa.ColumnElement[Any], value: Scalar) -> Any:
    """A value as the column has it; a column of unknown type, as SQLite has them, takes it as it is."""
    kind = column.type
    try:
        if isinstance(kind, sa.Date):
            return datetime.date.fromisoformat(str(value))
        if isinstance(kind, sa.DateTime):
            return _moment(kind, datetime.datetime.fromisoformat(str(value)))
        if isinstance(kind, sa.String):
            return str(value)
        if isinstance(kind, sa.Integer | sa.Numeric):
            number = value if isinstance(value, int | float) else float(value)
            if abs(number) >= GREATEST:
                raise ValueError
            return number
    except ValueError:
        raise UsageError(f"{value!r} is no value of the column {getattr(column, 'name', '')}, {kind}.") from None
    return value


def _moment(kind: sa.DateTime, value: datetime.datetime) -> datetime.datetime:
    """A moment, of UTC where it does not say; without the offset where the database keeps none."""
    aware = value.replace(tzinfo=datetime.UTC) if value.tzinfo is None else value.astimezone(datetime.UTC)
    return aware if kind.timezone else aware.replace(tzinfo=None)
