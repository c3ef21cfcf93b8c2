"""Covariates: what is known ahead of the sales, such as promotions, prices, events and public holidays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.common.arrays import Floats, Integers, Singles
from models.sales.data.calendar import Calendar


@dataclass(frozen=True)
class Grid:
    """The series and periods that covariates are laid out on.

    Attributes:
        calendar: The periods' calendar.
        first_ordinal: The period of column 0.
        length: T, the periods before the as-of.
        horizon: H, the periods ahead.
        series_count: S.
    """

    calendar: Calendar
    first_ordinal: int
    length: int
    horizon: int
    series_count: int

    @property
    def width(self) -> int:
        """T + H, the number of columns."""
        return self.length + self.horizon


@dataclass(frozen=True, eq=False)
class Covariates:
    """C shared and D own covariates on the T periods of a panel and H ahead.

    A covariate is either the same for every series (`shared`) or differs by series (`own`).

    Attributes:
        names: The C shared covariates, public holidays last, then the D own ones.
        shared: Values that hold for every series, (T + H, C).
        own: Values that differ by series, (S, T + H, D): 4 bytes for each.
        centre: The mean that was subtracted from each covariate, (C + D,); 0 for holidays.
        spread: The standard deviation that each was divided by, (C + D,); 1 for holidays.
        first_ordinal: The period of column 0, the panel's.
        horizon: H.
        unknown_ahead: Covariates that are left out, since none of their values after the panel's last period is known.
        off_calendar: Rows left out since no period covers their date: weekends, where periods are business days.
    """

    names: tuple[str, ...]
    shared: Singles
    own: Singles
    centre: Floats
    spread: Floats
    first_ordinal: int
    horizon: int
    unknown_ahead: tuple[str, ...]
    off_calendar: int

    @property
    def length(self) -> int:
        """T + H, the number of columns."""
        return len(self.shared)

    def before(self, ordinal: int) -> Covariates:
        """The covariates of `SalesPanel.before(ordinal)`: up to its horizon, scaled as they are; no copy."""
        columns = int(np.clip(ordinal - self.first_ordinal, 0, self.length - self.horizon)) + self.horizon
        return replace(self, shared=self.shared[:columns], own=self.own[:, :columns])

    def take(self, series: Integers) -> Covariates:
        """The covariates of some series."""
        return replace(self, own=self.own[series])

    def window(self, series: Integers, column: Integers, back: int, ahead: int) -> Singles:
        """The covariates around origins, (n, back + ahead, C + D), in the order of `names`; zeros outside.

        Args:
            series: Which series each window is of, (n,).
            column: The column of its step 1, (n,); it lies at `back` in the window.
            back: Periods before the origin.
            ahead: Periods from the origin on.
        """
        columns = column[:, None] + np.arange(-back, ahead)
        inside = (columns >= 0) & (columns < self.length)
        place = np.clip(columns, 0, self.length - 1)
        window = np.empty((*columns.shape, len(self.names)), np.float32)
        count = self.shared.shape[1]
        window[:, :, :count] = self.shared[place]
        window[:, :, count:] = self.own[series[:, None], place]
        window[~inside] = 0
        return window
