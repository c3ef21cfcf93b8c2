"""What to load and how, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nightcast.errors import InputError
from nightcast.rejections import Rejections
from sql.settings import Source, SourceName, VisitSource
from tasks.conversion.number_forms import NumberForm, chosen_form
from tasks.loading.selection import Selection

REQUIRED: dict[SourceName, tuple[str, ...]] = {
    "visits": ("customer_id", "visited_at"),
    "sales": ("series_id", "period", "value"),
    "covariates": ("period", "name", "value"),
}
"""Columns that a file needs; visits may have an `amount`, and covariates a `series_id` (without: every series)."""


@dataclass(frozen=True)
class LoadRequest:
    """A file to load.

    Attributes:
        source_name: the source to load it into.
        path: a CSV file, which may be gzip-compressed, or a Parquet file.
        columns: the file's column names, keyed by ours: `customer_id`, `visited_at`, `amount`, or `series_id`,
            `period`, `name`, `value`; a column of groups is keyed by ``group`` and its name.
        time_column: the file's column of the time of day, where `visited_at` holds the date alone.
        date_format: a ``strptime`` format or a name in `NAMED_FORMATS`, for dates that are not in ISO 8601.
        decimal: the decimal separator of numbers; None: as the numbers show.
        thousands: what stands between thousands, or ``none``; None: as the numbers show.
        where: conditions on rows, ``COLUMN=VALUE`` or ``COLUMN!=VALUE``.
        duplicates: what several rows of the file with one key mean, see `models.sales.data.duplicates`.
        again: load the file even if the same bytes have been loaded before.
        replace: empty the table first, in the same transaction; the file may be one that was loaded before.
        add_known: add also visits that are in the table already.
        with_bookings: whether visits after the clock are bookings, and no errors.
    """

    source_name: SourceName
    path: Path
    columns: Mapping[str, str]
    time_column: str | None = None
    date_format: str | None = None
    decimal: Literal[".", ","] | None = None
    thousands: str | None = None
    where: tuple[str, ...] = ()
    duplicates: str = "auto"
    again: bool = False
    replace: bool = False
    add_known: bool = False
    with_bookings: bool = False

    def selection(self) -> Selection:
        """The conditions on rows.

        Raises:
            UsageError: if one is not valid.
        """
        return Selection(self.where)

    def number_form(self) -> NumberForm | None:
        """The form of numbers that the options name, None if they leave it open.

        Raises:
            UsageError: if they contradict each other.
        """
        return chosen_form(self.decimal, self.thousands)

    def wanted(self) -> list[str]:
        """The columns that the file has to have.

        Raises:
            InputError: if one that the source needs is not named.
        """
        missing = [name for name in REQUIRED[self.source_name] if name not in self.columns]
        if missing:
            raise InputError(
                f"To load {self.source_name}, the column of the file that holds {missing[0]} has to be named.",
                f"Name it with --{missing[0].replace('_', '-')}.",
            )
        time_column = [self.time_column] if self.time_column else []
        return list(dict.fromkeys([*self.columns.values(), *time_column, *self.selection().columns]))


@dataclass(frozen=True)
class LoadReport:
    """The result of a load.

    Attributes:
        load_id: the key of its row in `source_load`.
        table: the table that was filled.
        rows: the number of rows loaded.
        rows_known: the number of visits that were not added, since they are in the table already.
        rejections: the rejected rows by reason.
        rejected_file: the file with the rejected rows, None if there are none.
        notes: anything else that a person should know.
    """

    load_id: str
    table: str
    rows: int
    rows_known: int
    rejections: Rejections
    rejected_file: Path | None
    notes: tuple[str, ...]


def time_zone(source: Source, timezone: str) -> str:
    """The time zone of the moments of a source: visits have their own, any other source that of the nights."""
    return source.timezone if isinstance(source, VisitSource) else timezone
