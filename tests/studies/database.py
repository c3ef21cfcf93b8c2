"""Databases of studies that need none."""

from __future__ import annotations

from collections.abc import Mapping

from studies.data import SeriesData, Visits


class NoDatabase:
    """Fails where a study asks for rows of the database."""

    def series(self, series_ids: Mapping[str, str]) -> dict[str, SeriesData]:
        raise AssertionError(f"the study asks for {series_ids}")

    def visits(self) -> Visits:
        raise AssertionError("the study asks for visits")


class StoredSeries(NoDatabase):
    """Series that are stored under identifiers."""

    def __init__(self, **series: SeriesData) -> None:
        self._series = series

    def series(self, series_ids: Mapping[str, str]) -> dict[str, SeriesData]:
        return {name: self._series[series_id] for name, series_id in series_ids.items()}
