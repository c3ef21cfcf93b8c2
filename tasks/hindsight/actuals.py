"""Keeping what came, so that readers can lay it beside the forecasts without the sources."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.values import to_date, to_day
from sql.hindsight.actuals import add_actuals, change_actuals, forecast_spans, remove_actuals, stored_actuals
from sql.ledger.withdrawal import readers_see
from sql.writing import nulls_for_nan
from tasks.forecast import dates
from tasks.hindsight.interface import HindsightSteps, Outcomes
from tasks.night import Known, Model, Night, Prepared


def keep_actuals(night: Night, product: HindsightSteps[Known, Model], prepared: Prepared[Known]) -> None:
    """Write what came or has changed, for the periods that stored runs forecast; remove what no stored run needs.

    A night of an earlier as-of than the newest published one writes nothing: it knows less.
    """
    outcomes, newest = product.outcomes(prepared), readers_see(night.database, night.product)
    if outcomes is None or newest is None or night.question.as_of < newest:
        return
    wanted = _wanted(night, outcomes)
    if not wanted.size:
        return
    kept = _Kept(outcomes.period[wanted], outcomes.value[:, wanted])
    stored = _stored(night, outcomes, kept, prepared.ids)
    now = datetime.datetime.now(datetime.UTC)
    add_actuals(night.database, outcomes.actuals, kept.rows(prepared.ids, stored.is_missing(kept)), now)
    change_actuals(night.database, outcomes.actuals, kept.rows(prepared.ids, stored.differs(kept)), now)
    remove_actuals(night.database, outcomes.actuals, to_date(int(kept.period[0])))


@dataclass(frozen=True, eq=False)
class _Kept:
    """The periods that are kept, (P,) days since 1970-01-01, and their values, (S, P), NaN where unknown."""

    period: NDArray[np.int64]
    value: NDArray[np.float64]

    def rows(self, ids: pa.Array, chosen: NDArray[np.bool_]) -> pa.Table:
        """The chosen values, (S, P), as rows."""
        series, column = np.nonzero(chosen)
        columns = {"series_id": ids.take(pa.array(series)), "period": dates(self.period[column])}
        return nulls_for_nan(pa.table({**columns, "value": self.value[series, column]}))


@dataclass(frozen=True, eq=False)
class _Stored:
    """What is stored: values, (S, P), and where there is a row, (S, P)."""

    value: NDArray[np.float64]
    has_row: NDArray[np.bool_]

    def is_missing(self, kept: _Kept) -> NDArray[np.bool_]:
        """Known values without a row, (S, P)."""
        return ~self.has_row & ~np.isnan(kept.value)

    def differs(self, kept: _Kept) -> NDArray[np.bool_]:
        """Rows whose value is another one now, or is no longer known, (S, P)."""
        is_same = (self.value == kept.value) | (np.isnan(self.value) & np.isnan(kept.value))
        return np.asarray(self.has_row & ~is_same)


def _wanted(night: Night, outcomes: Outcomes) -> NDArray[np.int64]:
    """The columns of the periods that are kept, in order."""
    wanted = outcomes.period >= night.question.day - outcomes.days_back
    for first, last in set(forecast_spans(night.database, night.product, outcomes.forecasts)):
        wanted |= (outcomes.period >= to_day(first)) & (outcomes.period <= to_day(last))
    return np.flatnonzero(wanted)


def _stored(night: Night, outcomes: Outcomes, kept: _Kept, ids: pa.Array) -> _Stored:
    stored = _Stored(np.full(kept.value.shape, np.nan), np.zeros(kept.value.shape, np.bool_))
    since = to_date(int(kept.period[0]))
    for names, days, values in stored_actuals(night.database, outcomes.actuals, since):
        series = np.asarray(pc.index_in(names, value_set=ids).fill_null(-1).cast(pa.int64()))
        column = np.minimum(np.searchsorted(kept.period, days), len(kept.period) - 1)
        # A series may have left the source, and a period may be over no longer for a night with less data.
        is_kept = (series >= 0) & (kept.period[column] == days)
        place = (series[is_kept], column[is_kept])
        stored.value[place], stored.has_row[place] = values[is_kept], True
    return stored
