"""Covariates: what is known beside the sales, some of it ahead, such as promotions, prices, events and holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from models.common.arrays import Integers, Singles
from models.sales.data.calendar import Calendar
from models.sales.data.covariate_values import Mark

USUAL = 365
"""Periods whose median is the usual value of a covariate."""

SERIES_AT_ONCE = 1_024


@dataclass(frozen=True)
class Grid:
    """The series and periods that covariates are laid out on.

    Attributes:
        calendar: The periods' calendar.
        first_ordinal: The period of column 0.
        length: T, the periods before the as-of.
        horizon: H, the periods ahead.
        series_count: S.
        later: Periods from the as-of on whose sales the source already has, which is so where a night is run for a past
            as-of. What covariates were then was not known at the as-of: they reach from there on.
    """

    calendar: Calendar
    first_ordinal: int
    length: int
    horizon: int
    series_count: int
    later: int = 0

    @property
    def width(self) -> int:
        """T + H, the number of columns."""
        return self.length + self.horizon


@dataclass(frozen=True, eq=False)
class Covariates:
    """C shared and D own covariates on the T periods of a panel and H ahead, as the source has them.

    A covariate is either the same for every series (`shared`) or differs by series (`own`). It is known only so many
    periods ahead: its reach. What it was later than that is in the arrays for past origins, too, where no night there
    would have known it: read `window`, which hides it.

    Attributes:
        names: The C shared covariates, public holidays last, then the D own ones.
        shared: Values that hold for every series, NaN where unknown, (T + H, C).
        own: Values that differ by series, NaN where unknown, (S, T + H, D): 4 bytes for each.
        shared_reach: Steps ahead of tonight that are known, 0 to H, (C,).
        own_reach: The same for each series, (S, D).
        holidays: How many of the shared ones are public holidays.
        first_ordinal: The period of column 0, the panel's.
        horizon: H.
        off_calendar: Rows left out since no period covers their date: weekends, where periods are business days.
        differing: By covariate, the series and days whose rows have different values, of which the greatest counts.
        marks: Numbers such as -999 that stood for "unknown", and are unknown here.
    """

    names: tuple[str, ...]
    shared: Singles
    own: Singles
    shared_reach: Integers
    own_reach: Integers
    holidays: int
    first_ordinal: int
    horizon: int
    off_calendar: int
    differing: Mapping[str, int] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()

    @property
    def length(self) -> int:
        """T + H, the number of columns."""
        return len(self.shared)

    @property
    def holiday_names(self) -> tuple[str, ...]:
        """Those of the public holidays."""
        count = self.shared.shape[1]
        return self.names[count - self.holidays : count]

    @property
    def unknown_ahead(self) -> tuple[str, ...]:
        """Covariates without a known value after the panel's last period."""
        own = self.own_reach.max(axis=0, initial=0)
        reach = [*self.shared_reach, *own]
        return tuple(name for name, known in zip(self.names, reach, strict=True) if known == 0)

    def before(self, ordinal: int) -> Covariates:
        """The covariates of `SalesPanel.before(ordinal)`, with the reach that they have tonight; no copy."""
        columns = int(np.clip(ordinal - self.first_ordinal, 0, self.length - self.horizon)) + self.horizon
        return replace(self, shared=self.shared[:columns], own=self.own[:, :columns])

    def take(self, series: Integers) -> Covariates:
        """The covariates of some series."""
        return replace(self, own=self.own[series], own_reach=self.own_reach[series])

    def as_usual_ahead(self) -> Covariates:
        """The same with no public holiday ahead, and all else ahead as it usually was.

        The usual value is the median of those known in the last `USUAL` periods; what is unknown stays unknown.
        """
        known = self.length - self.horizon
        shared, own = self.shared.copy(), self.own.copy()
        recent = slice(max(known - USUAL, 0), known)
        usual = _median(self.shared[None, recent])[0]
        usual[len(usual) - self.holidays :] = 0.0
        _replace(shared[None, known:], usual[None])
        for start in range(0, len(own), SERIES_AT_ONCE):
            some = own[start : start + SERIES_AT_ONCE]
            _replace(some[:, known:], _median(some[:, recent]))
        return replace(self, shared=shared, own=own)

    def reach(self, series: Integers) -> Integers:
        """Steps ahead that are known of each series (n,), in the order of `names`, (n, C + D)."""
        shared = np.broadcast_to(self.shared_reach, (len(series), len(self.shared_reach)))
        return np.concatenate([shared, self.own_reach[series]], axis=1)

    def window(
        self, series: Integers, column: Integers, back: int, ahead: int, reach: Integers | None = None
    ) -> Singles:
        """The covariates around origins, (n, back + ahead, C + D), in the order of `names`; NaN where unknown.

        Args:
            series: Which series each window is of, (n,).
            column: The column of its step 1, (n,); it lies at `back` in the window.
            back: Periods before the origin.
            ahead: Periods from the origin on.
            reach: Steps ahead that are known, (n, C + D); tonight's unless given.
        """
        columns = column[:, None] + np.arange(-back, ahead)
        inside = (columns >= 0) & (columns < self.length)
        place = np.clip(columns, 0, self.length - 1)
        window = np.empty((*columns.shape, len(self.names)), np.float32)
        count = self.shared.shape[1]
        window[:, :, :count] = self.shared[place]
        window[:, :, count:] = self.own[series[:, None], place]
        window[~inside] = np.nan
        reach = self.reach(series) if reach is None else reach
        window[:, back:][np.arange(ahead)[:, None] >= reach[:, None]] = np.nan
        return window


def _median(values: Singles) -> Singles:
    """The median of the known values over time, (n, C) of (n, T, C); NaN where none is known."""
    ordered, count = np.sort(values, axis=1), np.count_nonzero(~np.isnan(values), axis=1)  # unknown ones last
    if not values.shape[1]:
        return np.full((len(values), values.shape[2]), np.nan, np.float32)
    place = (np.maximum(count, 1) - 1) // 2
    return np.asarray(np.take_along_axis(ordered, place[:, None], axis=1)[:, 0])


def _replace(ahead: Singles, usual: Singles) -> None:
    """Write the usual values (n, C) over the known ones ahead (n, H, C), where there are any."""
    np.copyto(ahead, usual[:, None], where=~np.isnan(ahead) & ~np.isnan(usual)[:, None])
