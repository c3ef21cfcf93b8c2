"""The forecast of a night: every series with a known value gets all its steps, and a status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.arrays import Days, Flags, Floats, Integers
from models.sales.data.outliers import FAR, without_outliers
from models.sales.data.panel import NO_ROW, SalesPanel
from models.sales.gate.record import TOGETHER, SeriesRecord
from models.sales.recipes.model import SalesModel
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.settings import SalesSettings
from nightcast.errors import InputError

FORECAST, FALLBACK, SKIPPED = "forecast", "fallback", "skipped"
DEAD = "dead"


@dataclass(frozen=True, eq=False)
class SalesForecast:
    """Forecasts of S series over H steps.

    Attributes:
        period_day: Labels of the steps, days since 1970-01-01, (H,).
        mean: (S, H); NaN for skipped series.
        quantiles: (S, H, 5), in order; NaN for skipped series.
        status: ``forecast``, ``fallback`` or ``skipped``, (S,) of str.
        model: What forecast the series: a recipe, ``ensemble``, ``dead`` or "", (S,) of str.
        reason: Why a series was not forecast by what serves, or how many of its rows were left out, in plain words,
            else "", (S,) of str.
        observations: Known values before the as-of, (S,).
        last_day: Label of the last row before the as-of, (S,); -1 when there is none.
        skill: Of what forecast the series, against seasonal naive on past origins, (S,); NaN where it was not measured.
    """

    period_day: Days
    mean: Floats
    quantiles: Floats
    status: NDArray[Any]
    model: NDArray[Any]
    reason: NDArray[Any]
    observations: Integers
    last_day: Days
    skill: Floats


def forecast(
    model: SalesModel, panel: SalesPanel, settings: SalesSettings, record: SeriesRecord | None = None
) -> SalesForecast:
    """Forecast all series of a panel.

    Args:
        model: What serves.
        panel: What is known at the as-of.
        settings: The night's settings; those of length are already in the panel.
        record: What was measured of each series when the model was trained; None: nothing.

    Raises:
        InputError: if the model was made for another frequency or horizon.
    """
    _check(model, panel)
    panel, outliers = without_outliers(panel)
    mean, quantiles = model.predict(panel)
    usable, dead, covered = panel.observations > 0, dead_series(panel), model.covers(panel)
    record = SeriesRecord.unknown(panel.series_count) if record is None else record
    share = np.where(usable & ~dead & covered & (model.recipe != SeasonalNaive.recipe), record.naive_share, 0.0)
    _mix_in_naive(mean, quantiles, share, model, panel)
    mean[dead], quantiles[dead] = 0.0, 0.0
    # A series whose known values all lie before the panel's first column has ended for every model.
    lost = usable & ~dead & np.isnan(mean).any(axis=1)
    mean[lost], quantiles[lost] = 0.0, 0.0
    mean[~usable], quantiles[~usable] = np.nan, np.nan
    dead |= lost
    return SalesForecast(
        period_day=panel.step_days,
        mean=mean,
        quantiles=quantiles,
        status=np.select([~usable, dead | ~covered], [SKIPPED, FALLBACK], FORECAST).astype(object),
        model=np.select(
            [~usable, dead, ~covered | (share == 1), share > 0],
            ["", DEAD, SeasonalNaive.recipe, TOGETHER.format(model.recipe)],
            model.recipe,
        ).astype(object),
        reason=_reasons(model, panel, usable, dead, covered, share, outliers),
        observations=panel.observations,
        last_day=panel.last_day,
        skill=np.where(usable & ~dead & covered, record.skill, np.nan),
    )


def dead_series(panel: SalesPanel) -> Flags:
    """Series that ended: a known value once, and no row for ``dead_after`` periods while the source went on, (S,)."""
    silent = panel.source_end - 1 - panel.last_row
    return np.asarray((panel.observations > 0) & (silent >= panel.lengths.dead_after))


def _mix_in_naive(mean: Floats, quantiles: Floats, share: Floats, model: SalesModel, panel: SalesPanel) -> None:
    """Let seasonal naive have its share (S,) of forecasts (S, H) and (S, H, 5), in place."""
    some = share > 0
    if some.any():
        baseline = SeasonalNaive(model.horizon, panel.lengths.season, panel.calendar.frequency)
        for ours, theirs in zip((mean, quantiles), baseline.predict_some(panel, some), strict=True):
            part = share[some].reshape(-1, *(1,) * (ours.ndim - 1))
            ours[some] = ours[some] * (1 - part) + theirs[some] * part


def _check(model: SalesModel, panel: SalesPanel) -> None:
    theirs, ours = (model.frequency, model.horizon), (panel.calendar.frequency, panel.lengths.horizon)
    if theirs != ours:
        raise InputError(
            f"The sales model forecasts {theirs[1]} periods of {theirs[0]}, but {ours[1]} of {ours[0]} are asked for.",
            "Train again: --retrain always.",
        )


def _reasons(
    model: SalesModel,
    panel: SalesPanel,
    usable: Flags,
    dead: Flags,
    covered: Flags,
    share: Floats,
    outliers: Integers,
) -> NDArray[Any]:
    reason = np.full(panel.series_count, "", dtype=object)
    silent = panel.source_end - 1 - np.where(panel.last_row > NO_ROW, panel.last_row, 0)
    _say(reason, panel.misdated > 0, panel.misdated, partial(_why_left_out, panel.calendar.frequency))
    _say(reason, outliers > 0, outliers, _why_unbelieved)
    reason[~usable & (panel.misdated == 0)] = "no known value before the as-of"
    reason[share > 0] = f"{model.recipe} alone was no better than seasonal naive on the series' past origins"
    _say(reason, dead, silent, lambda periods: f"no row for {periods} periods while the source went on")
    _say(reason, usable & ~dead & ~covered, panel.observations, partial(_why_short, model, panel))
    return reason


def _say(reason: NDArray[Any], where: Flags, number: Integers, sentence: Callable[[int], str]) -> None:
    """Write the sentence about each series' number, made once for each different number."""
    different, which = np.unique(number[where], return_inverse=True)
    reason[where] = np.array([sentence(int(one)) for one in different], dtype=object)[which]


def _why_left_out(frequency: str, rows: int) -> str:
    return f"{rows} row{' is' if rows == 1 else 's are'} not dated as a period of {frequency}: left out"


def _why_unbelieved(outliers: int) -> str:
    values = "1 value is" if outliers == 1 else f"{outliers} values are"
    return f"{values} more than {FAR:.0f} times the median sale, and alone in that: taken as unknown"


def _why_short(model: SalesModel, panel: SalesPanel, observations: int) -> str:
    if model.recipe == SeasonalNaive.recipe:
        return f"less than a season of {panel.lengths.season} periods is known"
    needed = panel.lengths.minimum_observations
    known = f"{observations} known value{'' if observations == 1 else 's'}"
    if observations < needed:
        return f"{known}, {model.recipe} needs {needed}"
    return f"no known value in the last {panel.lengths.look_back} periods, or too few different ones"
