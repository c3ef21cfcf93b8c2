"""The rows of the database that studies use: sales series, and all visits."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.night.prepared import read_source
from models.sales.data.build import build_panel
from models.sales.data.gaps import MissingPeriodError
from nightcast.errors import InputError
from nightcast.values import Product
from studies.data import SeriesData, Visits
from tasks.night import Night, SourceRows

MOST_SHOWN = 3
"""Names in the message about a series that does not exist."""


@dataclass(frozen=True)
class StudyRows:
    """Rows of the sources that the settings name; implements `studies.data.DatabaseRows`.

    Attributes:
        night_for: A night of a product, whose source can be read.
    """

    night_for: Callable[[Product], Night]

    def visits(self) -> Visits:
        """All visits before the as-of; several on one day all count.

        Raises:
            InputError: if there is none.
        """
        night = self.night_for(Product.NEXT_VISIT)
        rows = read_source(night)
        if not len(rows.day):
            raise InputError(
                f"There is no usable visit before {night.question.as_of} in [source.visits].",
                "Fill the source with `nightcast load visits`, or give [visits] a file.",
            )
        return Visits.from_rows(rows.code, rows.day)

    def series(self, series_ids: Mapping[str, str]) -> dict[str, SeriesData]:
        """Sales series, each from its first row to its last before the as-of.

        The settings of the source decide about absent rows and duplicates. Unknown values are NaN.

        Args:
            series_ids: Identifiers by the names to return the series by.

        Raises:
            InputError: if a series does not exist, or has no usable row.
        """
        night = self.night_for(Product.SALES)
        rows = read_source(night)
        ids: list[str] = rows.ids.to_pylist()
        return {name: _series(night, rows, _code(series_id, ids), name) for name, series_id in series_ids.items()}


def _code(series_id: str, ids: list[str]) -> int:
    if series_id in ids:
        return ids.index(series_id)
    if not ids:
        raise InputError("There are no series in [source.sales].", "Fill the source with `nightcast load sales`.")
    near = ", ".join(map(repr, difflib.get_close_matches(series_id, ids, n=MOST_SHOWN) or ids[:MOST_SHOWN]))
    raise InputError(
        f"There is no series {series_id!r} among the {len(ids)} of [source.sales], but there are {near}.",
        "Correct series_id in the study file.",
    )


def _series(night: Night, rows: SourceRows, code: int, name: str) -> SeriesData:
    of_series, series_id = rows.code == code, rows.ids[code].as_py()
    if not of_series.any():
        raise InputError(
            f"The series {series_id!r} has no usable row before {night.question.as_of}.",
            "Name another series_id in the study file.",
        )
    values, days = _on_calendar(night, rows.day[of_series], rows.value[of_series], series_id)
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
