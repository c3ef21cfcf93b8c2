"""Which tables can be sales: rows of how much of what was sold in which period."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pyarrow as pa
import pyarrow.compute as pc

from tasks.proposing import words
from tasks.proposing.columns import Column
from tasks.proposing.proposal import Look, Proposal
from tasks.proposing.visits import FEW, amount_score, moment_score, state_hints, table_score

LEAST = 5.5
"""The score from which on a table is proposed."""


def sales_in(look: Look) -> Proposal | None:
    """The proposal that a table holds sales, if it can."""
    series = _best(look, lambda column: series_score(look, column))
    periods, values = _best(look, period_score), _best(look, value_score)
    if not series or not periods or not values or not look.rows:
        return None
    (what, one), (when, period) = series[0], periods[0]
    (much, value), *others = [pair for pair in values if pair[1].name != one.name] or [(0.0, one)]
    score = what + when + much + table_score(look, words.SALES_TABLES, ["customer", "kunde", "appointment", "termin"])
    is_single = _is_key(look, [one.name, period.name])
    score += 1.0 if is_single else 0.0
    if not much or score < LEAST:
        return None
    wider = () if is_single else _wider_key(look, [column.name for _, column in series], one.name, period.name)
    reasons = [*_reasons(one, period, value)]
    hints = [f"{column.name} is a value, too" for _, column in others[:2]] + [*state_hints(look)]
    settings = {}
    if wider:
        hints.append(
            f"a series could also be each pair of {' and '.join((one.name, *wider))}: a query can join their names"
        )
    if not is_single:
        settings["duplicates"] = '"sum"'
        reasons.append(f"several rows have one {one.name} and {period.name}: they are added up")
    groups = tuple(_groups(look, one.name))
    columns = {"series_id": one.name, "period": period.name, "value": value.name}
    return Proposal("sales", look, columns, score, tuple(reasons), tuple(hints), groups, settings)


def series_score(look: Look, column: Column) -> float:
    """How likely a column names what is sold, or where."""
    if column.is_moment or column.filled < 0.8 or (column.is_number and not column.is_whole):
        return 0.0
    if (column.is_alone and column.rows >= FEW) or words.says(column.name, words.CUSTOMER):
        return 0.0
    if frozenset({column.name}) in look.unique or (column.is_number and words.says(column.name, words.HOW_MANY)):
        return 0.0
    score = 2.5 if words.says(column.name, words.SERIES) else 0.0
    score += 0.6 if score and look.references.get(column.name) else 0.0
    is_finest = words.says(
        column.name, ["product", "produkt", "artikel", "article", "item", "sku", "series", "produit"]
    )
    is_code = words.says(column.name, ["id", "nr", "number", "nummer", "code", "sku", "ean"])
    return score + (0.4 if score and is_finest else 0.0) + (0.2 if score and is_code else 0.0)


def period_score(column: Column) -> float:
    """How likely a column holds the period."""
    score = moment_score(column)
    return score + (0.4 if score and words.says(column.name, words.PERIOD[len(words.MOMENT) :]) else 0.0)


def value_score(column: Column) -> float:
    """How likely a column holds how much was sold."""
    if not column.is_number or column.distinct < 2 or column.filled < 0.5:
        return 0.0
    if words.says(column.name, words.QUANTITY) and not words.says(column.name, ["price", "preis", "prix", "precio"]):
        return 0.0 if words.says(column.name, ["stock", "lager", "id"]) else 2.0
    return amount_score(column)


def _is_key(look: Look, names: list[str]) -> bool:
    """Whether no two rows have the same values of these columns."""
    if any(columns <= {*names} for columns in look.unique):
        return True
    table = pa.table({name: _periods(look.columns[name]) for name in names if look.columns[name].filled == 1})
    if table.num_columns < len(names) or look.rows < 2:
        return False
    return bool(table.group_by(names).aggregate([]).num_rows == look.rows)


def _periods(column: Column) -> pa.Array:
    """The values of a column, moments without their time of day: a series has one value each day."""
    return pc.utf8_slice_codeunits(column.values, 0, 10) if column.is_timed and not column.formats else column.values


def _wider_key(look: Look, series: list[str], one: str, period: str) -> tuple[str, ...]:
    """The columns that together with the series and the period tell rows apart."""
    others = [name for name in series if name != one][:4]
    for size in (1, 2):
        for chosen in combinations(others, size):
            if _is_key(look, [one, *chosen, period]):
                return chosen
    return ()


def _groups(look: Look, series: str) -> Iterator[str]:
    """The columns of groups of which each series has one value."""
    of_series = look.columns[series]
    for column in look.columns.values():
        is_group = words.says(column.name, words.GROUPS) and 2 <= column.distinct < of_series.distinct
        if not is_group or column.name == series or column.is_moment or column.filled < 1 or of_series.filled < 1:
            continue
        pairs = pa.table({"series": of_series.values, "group": column.values}).group_by(["series", "group"])
        if pairs.aggregate([]).num_rows == of_series.distinct:
            yield column.name


def _best(look: Look, score: object) -> list[tuple[float, Column]]:
    scored = [(score(column), column) for column in look.columns.values()]  # type: ignore[operator]
    return sorted([pair for pair in scored if pair[0] > 0], key=lambda pair: -pair[0])


def _reasons(series: Column, period: Column, value: Column) -> Iterator[str]:
    yield f"{series.name} names what or where, {series.distinct:,} different ones in {series.rows:,} rows"
    yield f"{period.name} holds {'timestamps' if period.is_timed else 'dates'}, {value.name} numbers"
