"""The data of studies that read the database: a series of the sales, or everybody's visits."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flows.night.prepared import read_source
from models.sales.data.build import build_panel
from models.sales.data.gaps import MissingPeriodError
from nightcast.errors import InputError
from nightcast.values import Product
from tasks.night import Night, SourceRows

if TYPE_CHECKING:
    from studies.intervals.visits import Visits
    from studies.kinds import Kind
    from studies.series.data import SeriesData
    from studies.settings import StudySettings

SHOWN = 3
"""Names that are like the one that is missing."""


def wants_database(settings: StudySettings) -> bool:
    """Whether some data of a study are rows of the database."""
    return bool(_series_ids(settings)) or _wants_visits(settings)


def from_database(kind: Kind, settings: StudySettings, folder: Path, night_for: Callable[[Product], Night]) -> Any:
    """The data of a study that wants rows of the database.

    Args:
        kind: The study's.
        settings: The study's.
        folder: What its files are relative to.
        night_for: Opens the sources of a product.

    Raises:
        InputError: if a source, or a series, is not there.
    """
    if _wants_visits(settings):
        return all_visits(night_for(Product.NEXT_VISIT))
    found = sales_series(night_for(Product.SALES), _series_ids(settings))
    return {**kind.read(settings, folder), **found}


def _wants_visits(settings: StudySettings) -> bool:
    return bool(getattr(getattr(settings, "visits", None), "database", False))


def _series_ids(settings: StudySettings) -> dict[str, str]:
    """The series of the database that a study is made on, by the name that the study gives them."""
    series = getattr(settings, "series", None)
    if not isinstance(series, dict):
        return {}
    named = {name: getattr(source, "series_id", None) for name, source in series.items()}
    return {name: series_id for name, series_id in named.items() if series_id is not None}


def all_visits(night: Night) -> Visits:
    """Every visit before the as-of, several in a day each on its own.

    Args:
        night: Whose source has not been read.

    Raises:
        InputError: if there is none.
    """
    from studies.intervals.visits import Visits

    rows = read_source(night)
    if not len(rows.day):
        raise InputError(
            f"There is no usable visit before {night.question.as_of} in [source.visits].",
            "Fill the source with `nightcast load visits`, or give [visits] a file.",
        )
    return Visits.from_rows(rows.code, rows.day)


def sales_series(night: Night, wanted: dict[str, str]) -> dict[str, SeriesData]:
    """Series of the sales, each from its first row to its last before the as-of.

    Absent rows and duplicates mean what the settings of the source say; what is unknown is NaN.

    Args:
        night: Whose source has not been read.
        wanted: Identifiers by the names to return them by.

    Raises:
        InputError: if a series is not there, or has no usable row.
    """
    rows = read_source(night)
    ids: list[str] = rows.ids.to_pylist()
    return {name: _series(night, rows, _code(series_id, ids), name) for name, series_id in wanted.items()}


def _code(series_id: str, ids: list[str]) -> int:
    if series_id in ids:
        return ids.index(series_id)
    near = difflib.get_close_matches(series_id, ids, n=SHOWN) or ids[:SHOWN]
    known = ", ".join(map(repr, near)) or "none at all"
    raise InputError(
        f"There is no series {series_id!r} among the {len(ids)} of [source.sales]; there are such as {known}.",
        "Correct series_id in the study file.",
    )


def _series(night: Night, rows: SourceRows, code: int, name: str) -> SeriesData:
    from studies.series.data import SeriesData

    mine = rows.code == code
    if not mine.any():
        raise InputError(
            f"The series {rows.ids[code].as_py()!r} has no usable row before {night.question.as_of}.",
            "Name another series_id in the study file.",
        )
    values, days = _on_calendar(night, rows.day[mine], rows.value[mine], rows.ids[code].as_py())
    return SeriesData(values[:, None], days.astype("datetime64[D]"), (name,))


def _on_calendar(
    night: Night, day: NDArray[np.int32], value: NDArray[np.float64], series_id: str
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """One value for each period, and the label of each as a day."""
    source = night.sections.source.sales
    try:
        panel = build_panel(
            np.zeros(len(day), np.int64),
            day,
            value,
            1,
            night.question.day,
            frequency=source.frequency,
            missing=source.missing,
            duplicates=source.duplicates,
            settings=night.sections.sales,
            history=int(day.max()) - int(day.min()) + 1,
        )
    except MissingPeriodError as error:
        raise InputError(f"{error.reason} It is the series {series_id!r}.", error.remedy) from None
    length = panel.source_end - panel.first_ordinal
    return panel.values[0, :length], panel.calendar.label(panel.first_ordinal + np.arange(length))
