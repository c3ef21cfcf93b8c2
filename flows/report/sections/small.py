"""Small charts of many series."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.report import words
from flows.report.blocks import Column, Key, Multiples, Small, Table
from flows.report.charts.multiples import paths
from flows.report.read import OfSeries

KEYS = (Key("what came", "ink"), Key("expected", "c1"), Key("8 of 10 cases", "c1", "band"))


def small_charts(
    found: OfSeries, series: Sequence[str], title: str, *, note: str = "", file: str, is_searched: bool = False
) -> Multiples:
    """Small charts of these series, in this order."""
    wanted = set(series)
    steps = [row for row in found.steps if row.series_id in wanted]
    came = [row for row in found.came if row.series_id in wanted]
    total = {row.series_id: row for row in found.largest}
    drawn = paths(_grid(series, came, ["value"])[0], *_grid(series, steps, ["mean", "q10", "q90"]))
    return Multiples(
        title,
        note,
        [Small(name, _about(total[name]), *lines) for name, lines in zip(series, drawn, strict=True)],
        Table(
            title,
            (
                Column("series_id", "Series", "text"),
                Column("period", "Period", "date"),
                Column("mean", "Expected"),
                Column("q10", "At least"),
                Column("q90", "At most"),
            ),
            [[row.series_id, row.period, *map(_digits, (row.mean, row.q10, row.q90))] for row in steps],
            file=file,
        ),
        is_searched,
        KEYS if came else KEYS[1:],
    )


def _about(row: Any) -> str:
    mean, low, high = words.alike(row.mean, row.q10, row.q90)
    return f"{mean} ({low} to {high})"


def _digits(value: float) -> float:
    """Six digits: more would only make the page larger."""
    return float(f"{value:.6g}")


def _grid(series: Sequence[str], rows: Sequence[Any], names: Iterable[str]) -> list[NDArray[np.float64]]:
    """The columns of the rows by series and period, (S, T) each; NaN where a series has no row."""
    periods: list[datetime.date] = sorted({row.period for row in rows})
    line, place = {name: n for n, name in enumerate(series)}, {period: n for n, period in enumerate(periods)}
    at = ([line[row.series_id] for row in rows], [place[row.period] for row in rows])
    grids = []
    for name in names:
        grid = np.full((len(series), len(periods)), np.nan)
        grid[at] = np.array([getattr(row, name) for row in rows], dtype=float)
        grids.append(grid)
    return grids
