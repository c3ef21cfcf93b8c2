"""Reading a part of a source: the rows of the customers whose identifiers have certain hashes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from numpy.typing import NDArray

from nightcast.errors import InputError
from sql.engine import Database
from sql.hashing import BITS, DIGITS, HALF, HIGH, KEPT, LOW, MASK, SQLITE_FUNCTION, WHOLE_NUMBER, hash_of_text
from sql.source.expressions import WHOLE, sqlite_expression
from sql.source.lookup import SourceRelation

Expression = sa.ColumnElement[Any]


def hashes(ids: pa.Array) -> NDArray[np.int64]:
    """The hash of each identifier, text (n,): int64 (n,).

    Texts that are no whole numbers take about a second for each million.
    """
    is_whole = pc.match_substring_regex(ids, WHOLE_NUMBER)
    numbers = np.asarray(pc.if_else(is_whole, ids, "0").cast(pa.int64()))
    low, high = numbers & MASK, (numbers >> HALF) & MASK
    result: NDArray[np.int64] = (low * LOW + high * HIGH & KEPT) >> 32 - BITS
    texts = ids.filter(pc.invert(is_whole)).cast(pa.binary()).to_pylist()
    result[~np.asarray(is_whole)] = np.fromiter(map(hash_of_text, texts), np.int64, len(texts))
    return result


def part_of_source(database: Database, source: SourceRelation, column: str, first: int, last: int) -> SourceRelation:
    """The rows of a source whose identifiers have hashes from `first` to `last`; one without an identifier has 0.

    Raises:
        InputError: if the identifiers are floating-point or decimal numbers, whose texts differ between programs.
    """
    value = _hash_in_database(database, source, column)
    inside = value.between(first, last)  # as it is, so that an index of the expression serves
    return replace(source, condition=inside if first else sa.or_(inside, value.is_(None)))


def _hash_in_database(database: Database, source: SourceRelation, column: str) -> Expression:
    if database.dialect == "sqlite":
        return sa.Function(SQLITE_FUNCTION, sa.cast(sqlite_expression(sa.column(column), "identifier"), sa.LargeBinary))
    type_name = source.types[column]
    if type_name.startswith(("float", "numeric")):
        raise InputError(
            f"The identifiers in {column!r} of [{source.section}] are of the type {type_name}, and cannot be shared "
            "among several processes.",
            f'Let a query in [{source.section}] cast them to text or bigint, or set engine = "local" in [run].',
        )
    plain = database.engine.dialect.identifier_preparer.quote(column)
    if database.dialect != "postgresql":
        return sa.literal_column(_of_text(f"CONVERT({plain} USING utf8mb4)", "REGEXP", "SIGNED", _MYSQL))
    if type_name in WHOLE:
        is_short = f"{plain} BETWEEN {-SHORT} AND {SHORT}"
        return sa.literal_column(
            _case(is_short, _BITS.replace("{}", f"{plain}::bigint"), f"{plain}::text", _POSTGRESQL)
        )
    return sa.literal_column(_of_text(f"{plain}::text", "~", "bigint", _POSTGRESQL))


def _of_text(text: str, matches: str, whole: str, hashed: str) -> str:
    """The hash of a text, which may be a whole number, in SQL."""
    return _case(f"{text} {matches} '{WHOLE_NUMBER}'", _BITS.replace("{}", f"CAST({text} AS {whole})"), text, hashed)


def _case(is_whole: str, bits: str, text: str, hashed: str) -> str:
    return f"CASE WHEN {is_whole} THEN {bits} WHEN {text} IS NOT NULL THEN {hashed.replace('{}', text)} END"


_BITS = f"((({{}} & {MASK}) * {LOW} + (({{}} >> {HALF}) & {MASK}) * {HIGH}) & {KEPT}) >> {32 - BITS}"
"""The hash of a whole number, in SQL."""

SHORT = 10**18 - 1
"""The largest whole number that is hashed by its bits."""

_POSTGRESQL = f"('x' || substr(md5({{}}), 1, {DIGITS}))::bit({BITS})::int"
_MYSQL = f"CAST(CONV(LEFT(MD5({{}}), {DIGITS}), 16, 10) AS SIGNED)"
