"""Reading sales: from the source to usable rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightcast.errors import InputError
from sql.engine import Database
from sql.settings import SalesSource
from sql.source.lookup import look_up_source
from sql.source.reading import WantedColumn, read_batches
from tasks.conversion.midnights import Midnights
from tasks.conversion.moments import LocalDays
from tasks.conversion.number_survey import NumberSurvey
from tasks.conversion.numbers import is_text, to_numbers
from tasks.night import Night
from tasks.product import LocatedSource, ProductSteps
from tasks.read import RowReader
from tasks.reading.rows import FutureRows, UsableRows


def locate_sales(database: Database, source: SalesSource) -> LocatedSource:
    """The source of the sales, and the columns to read.

    Raises:
        InputError: if the source or a column is missing.
    """
    columns = source.columns
    located = look_up_source(
        database, "source.sales", source, [columns.series_id, columns.period, columns.value, *source.groups]
    )
    wanted = [
        WantedColumn(columns.series_id, "subject"),
        WantedColumn(columns.period, "moment"),
        WantedColumn(columns.value, "number"),
    ]
    return LocatedSource(located, wanted)


class LabelReader(RowReader):
    """Sorts the rows of the sales, and looks at the time of day of their periods."""

    def __init__(self, night: Night, product: ProductSteps[Any, Any]) -> None:
        """Prepare to read; a period is a label, which no time zone moves."""
        super().__init__(night, product, "value", night.question.timezone)
        self.midnights = Midnights()

    def late(self, days: LocalDays, keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of the labels to keep are midnights of the day after; their times of day are collected."""
        return self.midnights.late(days, keep)

    def note_future(self, rows: FutureRows) -> None:
        """Count them: a row may be labelled with the last day of the current week or month."""
        days, counts = np.unique(rows.day, return_counts=True)
        self.future.update(dict(zip(days.tolist(), counts.tolist(), strict=True)))


def sales_batches(night: Night, located: LocatedSource, reader: RowReader) -> Iterator[UsableRows]:
    """The usable sales.

    A row whose value cannot be read is counted as rejected, and its period is unknown: without the row, the period
    might count as zero.

    Raises:
        InputError: if the values are texts that can be read in two ways.
    """
    survey = NumberSurvey(night.sections.source.sales.columns.value)
    unknown = night.sections.source.sales.unknown_values
    for ids, moments, values in read_batches(night.database, located.source, located.columns):
        if is_text(values.type):
            survey.add(values)
        yield reader.usable(ids, moments, to_numbers(values).without(unknown))
    if misread := survey.misread():
        raise InputError(
            misread,
            "Let a query in [source.sales] say which: CAST(REPLACE(value, '.', '') AS DECIMAL(18, 3)) AS value for "
            "thousands, CAST(value AS DECIMAL(18, 3)) AS value for decimals.",
        )
