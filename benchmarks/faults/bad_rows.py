"""A bad row of each kind that a database can hold: each is rejected and counted, and everybody else is forecast."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Mapping

from benchmarks.faults.cases import FaultResult
from benchmarks.faults.checks import aftermath
from benchmarks.faults.shop import Shop

Kinds = Mapping[str, tuple[str, str, str]]
"""Subject, moment and number of a row, in SQL; `{day}` is the day before the as-of, `{known}` has good rows, too."""

ANY: Kinds = {
    "no identifier": ("NULL", "'{day}'", "1"),
    "an identifier of 300 characters": (f"'{300 * 'x'}'", "'{day}'", "1"),
    "an identifier of 3,000 characters": (f"'{3_000 * 'x'}'", "'{day}'", "1"),
    "a century ago": ("'bad'", "'1900-01-01'", "1"),
    "far ahead": ("'bad'", "'2999-12-31'", "1"),
}
TEXTS: Kinds = {
    "no date": ("'bad'", "'someday'", "1"),
    "no month": ("'bad'", "'2025-13-01'", "1"),
    "no moment": ("'bad'", "NULL", "1"),
}
SQLITE: Kinds = {
    **ANY,
    **TEXTS,
    "an identifier that is no UTF-8": ("CAST(x'ff41' AS TEXT)", "'{day}'", "1"),
    "an identifier of bytes": ("x'00ff'", "'{day}'", "1"),
    "a moment that is no UTF-8": ("'bad'", "CAST(x'ff41' AS TEXT)", "1"),
    "a moment of bytes": ("'bad'", "x'00ff'", "1"),
    "a number beyond all": ("'{known}'", "'{day}'", "9e999"),
    "no number": ("'{known}'", "'{day}'", "'a lot'"),
    "a number of bytes": ("'{known}'", "'{day}'", "x'00ff'"),
}
POSTGRESQL_VISITS: Kinds = {**ANY, **TEXTS, "a number beyond all": ("'{known}'", "'{day}'", "'1e400'")}
POSTGRESQL_SALES: Kinds = {
    **ANY,
    "an infinite number": ("'{known}'", "'{day}'", "'Infinity'"),
    "an infinite moment": ("'bad'", "'infinity'", "1"),
    "before Christ": ("'bad'", "'0044-03-15 BC'", "1"),
}
KINDS: dict[str, tuple[Kinds, Kinds]] = {
    "sqlite": (SQLITE, SQLITE),
    "postgresql": (POSTGRESQL_VISITS, POSTGRESQL_SALES),
}
"""Of visits and of sales, by the kind of database."""

LOOSE_VISITS = "ALTER TABLE public.visits ALTER COLUMN visited_at TYPE text, ALTER COLUMN amount TYPE numeric"
"""Visits as a PostgreSQL database without types that fit may have them: more kinds of bad rows."""


def of_each_kind(shop: Shop) -> FaultResult:
    """A night on sources with a bad row of each kind."""
    as_of, problems, number = shop.next_as_of(), [], 0
    sources = dict(zip(("visits", "sales"), KINDS[shop.kind], strict=True))
    with contextlib.ExitStack() as stack:
        for source, kinds in sources.items():
            stack.enter_context(with_bad_rows(shop, source, kinds, as_of - datetime.timedelta(days=1)))
            number += len(kinds)
        answer = shop.run(as_of, "--retrain", "never")
    if answer.code != 0:
        problems.append(f"exit code {answer.code}: {answer.output[-300:]}")
    for source, kinds in sources.items():
        problems += count_problems(shop, source, len(kinds), as_of)
    what = f"published, with {number} bad rows rejected and counted"
    return FaultResult(what, problems + aftermath(shop, as_of, is_over=answer.code == 0))


def count_problems(shop: Shop, source: str, expected: int, as_of: datetime.date) -> list[str]:
    """What is wrong with the counts of rejected rows of a source; empty if nothing is."""
    query = (
        "SELECT reason, rejected_row.rows AS number FROM rejected_row INNER JOIN forecast_run USING (run_id) "  # noqa: S608
        f"WHERE source = '{source}' AND as_of = '{as_of}'"
    )
    reasons = {row["reason"]: row["number"] for row in shop.select(query)}
    return [] if sum(reasons.values()) == expected else [f"{source}: {expected} bad rows, rejected are {reasons}"]


@contextlib.contextmanager
def with_bad_rows(shop: Shop, source: str, kinds: Kinds, day: datetime.date) -> Iterator[None]:
    """The rows of a source and a bad one of each kind, in a table without constraints, in place of the source."""
    schema = "public." if shop.kind == "postgresql" else ""
    subject = "customer_id" if source == "visits" else "series_id"
    known = shop.select(f"SELECT min({subject}) AS known FROM {source}")[0]["known"]  # noqa: S608 our own
    rows = [", ".join(row).format(day=day, known=known) for row in kinds.values()]
    columns = "customer_id, visited_at, amount" if source == "visits" else "series_id, period, value"
    shop.execute(
        f"ALTER TABLE {schema}{source} RENAME TO kept_{source}",
        f"CREATE TABLE {schema}{source} AS SELECT {columns} FROM {schema}kept_{source}",  # noqa: S608 our own
        *([LOOSE_VISITS] if schema and source == "visits" else []),
        *(f"INSERT INTO {schema}{source} VALUES ({row})" for row in rows),  # noqa: S608 our own
    )
    try:
        yield
    finally:
        shop.execute(f"DROP TABLE {schema}{source}", f"ALTER TABLE {schema}kept_{source} RENAME TO {source}")
