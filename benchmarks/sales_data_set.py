"""The held-out parts of one source, and the forecasts of every model for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.sales_scoring import Forecast, naive_scale, scores
from benchmarks.sales_sets import USUAL, UsualSet
from benchmarks.sales_source import Integers, Numbers, Source


@dataclass(eq=False)
class DataSet:
    """The n cases of one source, each a series at one origin, with every model's forecasts.

    Attributes:
        series, column, number: the series of each case, the column of its origin, and the number of the rolling origin.
        history: (n, L), the values before the origin, the last period in the last column.
        actual: (n, H), the observed values.
        seconds: by model, training and forecasting in the slowest night.
    """

    name: str
    source: Source
    horizon: int
    season: int
    series: Integers
    column: Integers
    number: Integers
    history: Numbers
    actual: Numbers
    forecasts: dict[str, Forecast] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    decisions: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, source: Source, horizon: int, season: int, origins: int = 1) -> DataSet:
        """Hold out the last horizons; a series without a known value before an origin is left out there."""
        number, series = (part.ravel() for part in np.indices((origins, len(source.grid))))
        column = source.end[series] + 1 - horizon * (number + 1)
        known = ~np.isnan(source.grid)
        usable = (column > known.argmax(axis=1)[series]) & np.asarray(known.any(axis=1))[series]
        series, column, number = series[usable], column[usable], number[usable]
        width = int(column.max(initial=0))
        back = column[:, None] + np.arange(-width, 0)
        history = np.where(back >= 0, source.grid[series[:, None], np.maximum(back, 0)], np.nan)
        actual = source.grid[series[:, None], column[:, None] + np.arange(horizon)]
        return cls(name, source, horizon, season, series, column, number, history, actual)

    @property
    def usual(self) -> UsualSet | None:
        """The protocol of the published figures and the goals, if this is it."""
        usual = USUAL.get(self.name)
        return usual if usual and (usual.horizon, usual.season) == (self.horizon, self.season) else None

    @property
    def origins(self) -> int:
        """The number of rolling origins."""
        return len(np.unique(self.number))

    @property
    def last(self) -> DataSet:
        """The cases of the last origin, with their forecasts."""
        cases = self.number == 0
        own = {name: getattr(self, name)[cases] for name in ("series", "column", "number", "history", "actual")}
        forecasts = {name: Forecast(one.mean[cases], one.quantiles[cases]) for name, one in self.forecasts.items()}
        return replace(self, **own, forecasts=forecasts)

    @property
    def scale(self) -> Numbers:
        """Seasonal naive's mean absolute error inside each history, (n,)."""
        return naive_scale(self.history, self.season)

    def nights(self) -> Iterator[tuple[int, Integers]]:
        """The column of each origin, and its cases."""
        for column in np.unique(self.column):
            yield int(column), np.flatnonzero(self.column == column)

    def scores(self, model: str) -> dict[str, float]:
        """The figures of one model, and its seconds."""
        figures = scores(self.actual, self.forecasts[model], self.scale)
        return figures | {"seconds": self.seconds.get(model, float("nan"))}

    def scores_by_origin(self, model: str) -> list[dict[str, float]]:
        """The figures of one model at each rolling origin, the last one first."""
        by_origin, forecast = [], self.forecasts[model]
        for number in np.unique(self.number):
            cases = self.number == number
            part = Forecast(forecast.mean[cases], forecast.quantiles[cases])
            by_origin.append(scores(self.actual[cases], part, self.scale[cases]))
        return by_origin
