"""Reading covariates: promotions, prices and events of the source, and the public holidays of a country."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.sales.data.covariate_rows import EVERY_SERIES, build_covariates, holiday_covariates
from models.sales.data.covariates import Covariates
from models.sales.data.panel import SalesPanel
from models.sales.features.covariate_scales import absurd_values
from nightcast.errors import InputError
from nightcast.rejections import masked
from sql.engine import Database
from sql.settings import CovariateColumns, CovariateSource
from sql.source.expressions import UNREADABLE
from sql.source.lookup import look_up_source, source_exists
from sql.source.reading import WantedColumn, read_batches
from tasks.conversion.midnights import Midnights
from tasks.conversion.moments import NO_DATE, to_local_days
from tasks.conversion.numbers import NO_NUMBER, Numbers, to_numbers
from tasks.night import Night
from tasks.product import LocatedSource
from tasks.read import unreadable_identifier
from tasks.sales.covariate_owners import Owner
from tasks.sales.labels import settle_days, share_of_first_days

MOST_NAMES = 200
"""With more names, the column probably holds no names, and the covariates would not fit into memory."""

MOST_STRANGE = 0.5
"""The share of rows of series without sales from which on a night warns: promotions may be planned for others, too."""

_SOURCE = "covariates"


@dataclass(frozen=True)
class _Batch:
    """The usable rows of one batch, coded, all (n,); `EVERY_SERIES` is the code of a row without a series."""

    series: NDArray[np.int32]
    day: NDArray[np.int32]
    name: NDArray[np.int32]
    value: NDArray[np.float64]
    late: NDArray[np.bool_]


def read_covariates(
    night: Night, owner: Callable[[], Owner], panel: SalesPanel, later: int, country: str | None
) -> Covariates | None:
    """Read a product's covariates, including rows at and after the as-of.

    Without a source of covariates, these are the public holidays of the country, or None. A row whose value cannot be
    read is counted as rejected, and its value is unknown. A period is a label, which no time zone moves.

    Args:
        night: tonight.
        owner: the product whose series the panel has; called where there is a source of covariates.
        panel: what is forecast.
        later: see `models.sales.data.covariates.Grid`.
        country: the country whose public holidays are known.

    Raises:
        InputError: if the source has no such column, or more than `MOST_NAMES` names.
        SettingsError: if the country is not known.
    """
    source = night.sections.source.covariates
    if not source_exists(night.database, source):
        return None if country is None else holiday_covariates(panel.grid, country)
    reader = _Reader(night, owner(), panel)
    rows = _joined(reader.batches(locate_covariates(night.database, source)))
    _say_strange(night, reader)
    day = settle_days(night, _SOURCE, rows.day, rows.late, reader.midnights, share_of_first_days(panel.calendar))
    keep = day >= reader.first_day
    names, code = reader.in_order(rows.name)
    grid = replace(panel.grid, later=later)
    covariates = build_covariates(rows.series[keep], day[keep], code[keep], rows.value[keep], names, grid, country)
    _count_left_out(night, panel, covariates, reader.owner.noun)
    return covariates


def locate_covariates(database: Database, source: CovariateSource) -> LocatedSource:
    """The source of the covariates, and the columns to read; the series may be missing.

    Raises:
        InputError: if the source or a required column is missing.
    """
    columns = source.columns
    optional = [columns.series_id] if columns.series_id != CovariateColumns().series_id else []
    needed = [columns.period, columns.name, columns.value, *optional]
    located = look_up_source(database, "source.covariates", source, needed)
    wanted = [
        WantedColumn(columns.period, "moment"),
        WantedColumn(columns.name, "identifier"),
        WantedColumn(columns.value, "number"),
    ]
    if columns.series_id in located.types:
        wanted.append(WantedColumn(columns.series_id, "identifier"))
    return LocatedSource(located, wanted)


def _say_strange(night: Night, reader: _Reader) -> None:
    if reader.strange > MOST_STRANGE * reader.rows:
        night.warn(
            f"{reader.strange:,} of {reader.rows:,} rows of covariates belong to series without {reader.owner.noun}, "
            f"and count nowhere; {reader.owner.unknown_remedy()}"
        )
    if reader.undaily:
        night.warn(
            f"{reader.undaily:,} rows of covariates without a series are dated by the periods of the sales, which are "
            "no days, and do not count for visits per day"
        )


def _count_left_out(night: Night, panel: SalesPanel, covariates: Covariates, noun: str) -> None:
    calendar = panel.calendar.frequency
    night.rejections.add(_SOURCE, f"not a period of the frequency {calendar}", covariates.off_calendar, "")
    if covariates.unknown_ahead:
        listed = ", ".join(repr(name) for name in covariates.unknown_ahead)
        night.warn(f"covariates without a value after the last {noun} are unknown ahead: {listed}")
    if covariates.marks:
        listed = ", ".join(f"{mark.rows:,} of {mark.name!r} ({mark.value:.16g})" for mark in covariates.marks)
        night.warn(f"values of covariates that look like marks for unknown values are taken as unknown: {listed}")
    if differing := {name: number for name, number in covariates.differing.items() if number}:
        listed = ", ".join(f"{number:,} of {name!r}" for name, number in differing.items())
        night.warn(
            f"covariates have rows of the same series and day with different values, the greatest counts: {listed}"
        )
    if absurd := absurd_values(covariates):
        listed = ", ".join(f"{number:,} of {name!r}" for name, number in absurd.items())
        night.warn(f"values of covariates far outside of their usual range are taken as unknown: {listed}")


@dataclass
class _Reader:
    """Sorts the rows of the source into usable and rejected ones, and codes their series and names."""

    night: Night
    owner: Owner
    panel: SalesPanel
    names: dict[str, int] = field(default_factory=dict)
    midnights: Midnights = field(default_factory=Midnights)
    rows: int = 0
    strange: int = 0
    undaily: int = 0

    @property
    def first_day(self) -> int:
        """The first day of the panel."""
        return int(self.panel.calendar.first_day(self.panel.first_ordinal))

    def batches(self, located: LocatedSource) -> Iterator[_Batch]:
        for moments, names, values, *ids in read_batches(self.night.database, located.source, located.columns):
            series = ids[0] if ids else pa.nulls(len(names), pa.string())
            yield self._usable(_texts(series), moments, _texts(names), to_numbers(values))

    def in_order(self, name: NDArray[np.int32]) -> tuple[list[str], NDArray[np.int32]]:
        """The names in alphabetical order, whatever the order of the rows, and the codes in this order."""
        ordered = sorted(self.names)
        place = np.empty(len(ordered), dtype=np.int32)
        place[[self.names[title] for title in ordered]] = np.arange(len(ordered))
        return ordered, place[name]

    def _usable(self, ids: pa.Array, moments: pa.Array, names: pa.Array, values: Numbers) -> _Batch:
        """Its own rows with a name, a known series, and a date on the panel or after it; values may be unknown."""
        question = self.night.question
        days = to_local_days(moments, question.timezone, question.timezone, question.clock)
        code = self.owner.codes(ids)
        own = ~self.owner.of_others(ids, code)
        nameless, unreadable = (np.asarray(pc.equal(names, nothing)) & own for nothing in ("", UNREADABLE))
        named = own & ~nameless & ~unreadable
        undated = named & days.unreadable
        strange = named & ~undated & (code < EVERY_SERIES)
        usable = named & ~undated & ~strange
        self.rows, self.strange = self.rows + int(own.sum()), self.strange + int(strange.sum())
        self.undaily += int(np.count_nonzero(~own & (code == EVERY_SERIES)))
        examples = (names, ids, moments)
        self._reject(nameless, "no name", *examples)
        self._reject(unreadable, unreadable_identifier("name"), *examples)
        self._reject(undated, NO_DATE, *examples)
        self._reject(strange, f"a series without {self.owner.noun}", *examples)
        self._reject(usable & values.unreadable, f"value {NO_NUMBER}", *examples)
        keep = usable & (days.day >= self.first_day - 1)  # the next midnight may be meant
        return _Batch(
            code[keep],
            days.day[keep],
            self._coded(names.filter(pa.array(usable)))[keep[usable]],
            values.value[keep],
            self.midnights.late(days, keep),
        )

    def _coded(self, names: pa.Array) -> NDArray[np.int32]:
        encoded = names.dictionary_encode()
        for name in encoded.dictionary.to_pylist():
            self.names.setdefault(name, len(self.names))
        if len(self.names) > MOST_NAMES:
            raise _too_many(self.night.sections.source.covariates)
        codes = np.array([self.names[name] for name in encoded.dictionary.to_pylist()], dtype=np.int32)
        coded: NDArray[np.int32] = codes[np.asarray(encoded.indices)]
        return coded

    def _reject(self, mask: NDArray[np.bool_], reason: str, names: pa.Array, ids: pa.Array, moments: pa.Array) -> None:
        if mask.any():
            first = int(np.flatnonzero(mask)[0])
            moment = moments.slice(first, 1).cast(pa.string())[0].as_py()
            example = (
                f"{names[first].as_py() or 'null'}, series {masked(ids[first].as_py()) or 'null'}, {moment or 'null'}"
            )
            self.night.rejections.add(_SOURCE, reason, int(mask.sum()), example)


def _too_many(source: CovariateSource) -> InputError:
    return InputError(
        f"The column {source.columns.name!r} of [source.covariates] has more than {MOST_NAMES} different names.",
        "Set [source.covariates] columns so that name is the column of names, or select fewer names with a query.",
    )


def _texts(texts: pa.Array) -> pa.Array:
    return texts.cast(pa.string()).fill_null("")


def _joined(batches: Iterator[_Batch]) -> _Batch:
    nothing = np.empty(0, dtype=np.int32)
    rows = [_Batch(nothing, nothing, nothing, np.empty(0), np.empty(0, dtype=np.bool_)), *batches]
    return _Batch(*(np.concatenate([getattr(batch, one.name) for batch in rows]) for one in fields(_Batch)))
