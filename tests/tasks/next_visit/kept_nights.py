"""Nights that keep visits, beside nights that read everything."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from models.next_visit.settings import NextVisitSettings
from nightcast.values import Product
from sql.engine import Database
from sql.ledger import runs as ledger
from tasks.night import Night, SourceRows
from tests.tasks.nights import CLOCK, night_of, rejected, rows_of, used

CHANGING = NextVisitSettings(bin_edges_days=(7, 14), incremental="always")
IN_FULL = NextVisitSettings(bin_edges_days=(7, 14), incremental="never")


def kept_night(database: Database, store: Path, *, keep: bool = True, **options: Any) -> tuple[Night, SourceRows]:
    """A night that reads what has changed, and keeps it for the next one."""
    night = night_of(database, Product.NEXT_VISIT, store=store, is_dry=False, next_visit=CHANGING, **_dated(options))
    assert night.run is not None
    try:
        rows = rows_of(night)
        if keep and night.afterwards is not None:
            night.afterwards()
    finally:
        ledger.fail(database, night.run, "only read")
    return night, rows


def full_night(database: Database, **options: Any) -> tuple[Night, SourceRows]:
    """A night that reads everything."""
    night = night_of(database, Product.NEXT_VISIT, next_visit=IN_FULL, **_dated(options))
    return night, rows_of(night)


def _dated(options: dict[str, Any]) -> dict[str, Any]:
    clock: datetime.datetime = options.get("clock", CLOCK)
    return {"as_of": clock.date()} | options


def said(night: Night, rows: SourceRows) -> dict[str, Any]:
    """Everything that a reading comes to, but the order of rows."""
    bookings = rows.bookings
    booked = (
        None
        if bookings is None
        else sorted(zip(bookings.ids.to_pylist(), bookings.day.tolist(), map(repr, bookings.value), strict=True))
    )
    return {
        "ids": rows.ids.to_pylist(),
        "rows": Counter(map(repr, used(rows))),
        "late": rows.late.any(),
        "future": rows.future,
        "rows_read": rows.rows_read,
        "last_day": rows.last_day,
        "bookings": booked,
        "rejected": rejected(night),
        "notes": sorted(night.notes),
        "types": [column.dtype for column in (rows.code, rows.day, rows.value)],
        "codes": bool(np.all(np.bincount(rows.code, minlength=len(rows.ids)) > 0)),
    }


def require_equal(database: Database, store: Path, **options: Any) -> int | None:
    """Read what has changed, and everything: both are the same; returns how many rows were read anew."""
    night, rows = kept_night(database, store, **options)
    anew, full = said(night, rows), said(*full_night(database, **options))
    different = {name: (anew[name], full[name]) for name in full if anew[name] != full[name]}
    assert not different, (different.keys(), anew["rows"] - full["rows"], full["rows"] - anew["rows"], different)
    return night.rows_anew


def spoilt(path: Path) -> None:
    """Change a byte in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
