"""Reading sales: from the source to usable rows."""

from __future__ import annotations

from collections.abc import Iterator

from sql.engine import Database
from sql.settings import SalesSource
from sql.source.lookup import look_up_source
from sql.source.reading import WantedColumn, read_batches
from tasks.conversion.numbers import to_numbers
from tasks.night import Night
from tasks.product import LocatedSource
from tasks.read import RowReader, UsableRows


def locate_sales(database: Database, source: SalesSource) -> LocatedSource:
    """The source of the sales, and the columns to read.

    Raises:
        InputError: if the source or a column is missing.
    """
    columns = source.columns
    located = look_up_source(database, "source.sales", source, [columns.series_id, columns.period, columns.value])
    wanted = [
        WantedColumn(columns.series_id, "identifier"),
        WantedColumn(columns.period, "moment"),
        WantedColumn(columns.value, "number"),
    ]
    return LocatedSource(located, wanted)


def sales_batches(night: Night, located: LocatedSource, reader: RowReader) -> Iterator[UsableRows]:
    """The usable sales.

    A row whose value cannot be read is counted as rejected, and its period is unknown: without the row, the period
    might count as zero.
    """
    for ids, moments, values in read_batches(night.database, located.source, located.columns):
        yield reader.usable(ids, moments, to_numbers(values))
