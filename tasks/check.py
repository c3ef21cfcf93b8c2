"""Before anything starts: are our tables current, and is the source there?"""

from __future__ import annotations

from models.common.artifacts import check_store
from sql.engine import Database
from sql.settings import SalesSource, VisitColumns, VisitSource
from sql.source.lookup import SourceRelation, look_up_source
from sql.source.reading import WantedColumn
from tasks.night import Night


def find_visits(database: Database, source: VisitSource) -> tuple[SourceRelation, list[WantedColumn]]:
    """The visits, and which of their columns to read; the amount may be absent.

    Raises:
        InputError: if the source, or a column that is needed, is missing.
    """
    columns = source.columns
    found = look_up_source(database, "source.visits", source, _needed(columns))
    wanted = [WantedColumn(columns.customer_id, "identifier"), WantedColumn(columns.visited_at, "moment")]
    if columns.amount in found.types:
        wanted.append(WantedColumn(columns.amount, "number"))
    return found, wanted


def _needed(columns: VisitColumns) -> list[str]:
    optional = [columns.amount] if columns.amount != VisitColumns().amount else []
    return [columns.customer_id, columns.visited_at, *optional]


def find_sales(database: Database, source: SalesSource) -> tuple[SourceRelation, list[WantedColumn]]:
    """The sales, and which of their columns to read.

    Raises:
        InputError: if the source or a column is missing.
    """
    columns = source.columns
    found = look_up_source(database, "source.sales", source, [columns.series_id, columns.period, columns.value])
    return found, [
        WantedColumn(columns.series_id, "identifier"),
        WantedColumn(columns.period, "moment"),
        WantedColumn(columns.value, "number"),
    ]


def check_source(night: Night) -> None:
    """Look the night's source and the model store up, so that what is missing is said before anything is read.

    Raises:
        InputError: if the source or a column is missing.
        SettingsError: if the store could never be written to.
    """
    check_store(night.store)
    if night.product == "next_visit":
        find_visits(night.database, night.sections.source.visits)
    else:
        find_sales(night.database, night.sections.source.sales)
