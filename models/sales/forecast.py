"""The forecast of a night: all steps, and a status, for every series with a known value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.arrays import Days, Flags, Floats, Integers
from models.sales.data.outliers import FAR
from models.sales.data.panel import NO_ROW, SalesPanel
from models.sales.features.seasonal_articles import seasonal_articles
from models.sales.jumps import JUMP, find_jumps, follow_jumps
from models.sales.known_effect import known_effect
from models.sales.recipes.model import Forecast, SalesModel, forecast_of
from models.sales.recipes.seasonal_naive import RECIPE as SEASONAL_NAIVE
from nightcast.errors import InputError
from nightcast.values import counted

FORECAST, FALLBACK, SKIPPED = "forecast", "fallback", "skipped"
DEAD = "dead"


@dataclass(frozen=True, eq=False)
class SalesForecast:
    """Forecasts of S series over H steps.

    Attributes:
        period_day: Labels of the steps, days since 1970-01-01, (H,).
        mean: (S, H); NaN for skipped series.
        quantiles: (S, H, Q), in order; NaN for skipped series.
        status: ``forecast``, ``fallback`` or ``skipped``, (S,) of str.
        model: The recipe that forecast each series, ``ensemble``, ``dead`` or "", (S,) of str.
        reason: Why another model than the serving one forecast a series, or how many of its values were ignored; else
            "", (S,) of str.
        observations: Known values before the as-of, (S,).
        last_day: Label of the last row before the as-of, (S,); -1 when there is none.
        skill: Skill against seasonal naive on past origins, (S,); NaN where it was not measured.
        known_effect: What inputs that are known ahead add to the mean, (S, H); NaN where none is read.
        notes: How many series have a stand-in, in sentences.
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
    known_effect: Floats
    notes: list[str]


@dataclass(frozen=True, eq=False)
class _Kinds:
    """How each series is forecast, (S,) each.

    Attributes:
        usable: Whether it has a known value before the as-of.
        dead: Whether it has ended, and is forecast as zero.
        covered: Whether the model's recipe forecasts it, not a stand-in.
        failed: By recipe that counts, the series on which it failed.
        beyond: By recipe that counts, the series that are too short for it.
        jumped: Sales since a jump that the model does not follow; 0 for other series.
    """

    usable: Flags
    dead: Flags
    covered: Flags
    failed: Mapping[str, Flags]
    beyond: Mapping[str, Flags]
    jumped: Integers

    @property
    def without(self) -> Flags:
        """Series that any recipe that counts did not forecast, (S,)."""
        parts = [*self.failed.values(), *self.beyond.values()]
        return np.asarray(np.any([~self.covered, *parts], axis=0))

    def notes(self, recipe: str) -> list[str]:
        """The numbers of series with a stand-in, in sentences for the ledger."""
        alive = self.usable & ~self.dead
        failed = np.any([np.zeros(len(alive), bool), *self.failed.values()], axis=0)
        places = {f"{name} failed on": flags for name, flags in self.failed.items()}
        places |= {f"{name} cannot forecast": flags for name, flags in self.beyond.items()}
        places[f"{recipe} cannot forecast"] = ~self.covered & ~failed
        places[f"{recipe} does not follow the jump of"] = self.jumped > 0
        counts = {what: int((flags & alive).sum()) for what, flags in places.items()}
        return [
            f"{what} {number:,} series; series_status names what stands in, and why"
            for what, number in counts.items()
            if number
        ]


def forecast(
    model: SalesModel, known: SalesPanel, skill: Floats | None = None, steps: int | None = None
) -> SalesForecast:
    """Forecast all series of a panel.

    Args:
        model: The serving model.
        known: What is known at the as-of, without outliers.
        skill: The skill of the model on each series, as measured at its training, (S,); None if it was not.
        steps: The first steps of the model's horizon that are wanted; None: all.

    Raises:
        InputError: if the model was fitted for another frequency or horizon.
    """
    _check(model, known)
    own = forecast_of(model, known)
    effect = known_effect(model, known, own)
    skill = np.full(known.series_count, np.nan) if skill is None else skill
    usable, dead = known.observations > 0, dead_series(known)
    # A series whose known values all lie before the panel's first column has ended for every model.
    dead |= usable & np.isnan(own.mean).any(axis=1)
    own.mean[dead], own.quantiles[dead] = 0.0, 0.0
    effect[dead] = np.nan
    own.mean[~usable], own.quantiles[~usable] = np.nan, np.nan
    kinds = _Kinds(usable, dead, own.covered, own.failed, own.beyond, _jumped(own, known, usable & ~dead))
    fallback = dead | kinds.without | (kinds.jumped > 0)
    return SalesForecast(
        period_day=known.step_days[:steps],
        mean=own.mean[:, :steps],
        quantiles=own.quantiles[:, :steps],
        status=np.select([~usable, fallback], [SKIPPED, FALLBACK], FORECAST).astype(object),
        model=_names(model, kinds),
        reason=_reasons(model, known, kinds),
        observations=known.observations,
        last_day=known.last_day,
        skill=np.where(usable & ~dead & own.covered, skill, np.nan),
        known_effect=effect[:, :steps],
        notes=kinds.notes(model.recipe),
    )


def _jumped(own: Forecast, known: SalesPanel, alive: Flags) -> Integers:
    """Let the new level stand in where sales have jumped; returns the sales since, 0 for other series, (S,)."""
    jumps = find_jumps(known)
    jumps = follow_jumps(own, known, jumps.where(alive[jumps.series]))
    sales = np.zeros(known.series_count, np.int64)
    sales[jumps.series] = jumps.sales
    return sales


def dead_series(known: SalesPanel) -> Flags:
    """Series that have ended: some values are known, but no row for ``dead_after`` periods while others go on, (S,).

    A seasonal article has not ended between its seasons.
    """
    silent = known.source_end - 1 - known.last_row
    ended = np.asarray((known.observations > 0) & (silent >= known.lengths.dead_after))
    return ended & ~seasonal_articles(known) if ended.any() else ended


def _check(model: SalesModel, known: SalesPanel) -> None:
    theirs, ours = (model.frequency, model.horizon), (known.calendar.frequency, known.lengths.horizon)
    if theirs != ours:
        raise InputError(
            f"The sales model forecasts {theirs[1]} periods of {theirs[0]}, but {ours[1]} of {ours[0]} are needed.",
            "Train again with `nightcast run --retrain always`.",
        )


def _names(model: SalesModel, kinds: _Kinds) -> NDArray[Any]:
    """The name of the model that forecast each series, (S,)."""
    name = np.full(len(kinds.usable), model.recipe, dtype=object)
    for recipe, without in [*kinds.failed.items(), *kinds.beyond.items()]:
        name[without] += f" without {recipe}"
    name[~kinds.covered], name[kinds.dead], name[~kinds.usable] = SEASONAL_NAIVE, DEAD, ""
    return name


def _reasons(model: SalesModel, known: SalesPanel, kinds: _Kinds) -> NDArray[Any]:
    """Why the serving model did not forecast a series, or what was ignored; later reasons replace earlier ones."""
    reason = np.full(known.series_count, "", dtype=object)
    silent = known.source_end - 1 - np.where(known.last_row > NO_ROW, known.last_row, 0)
    _explain(reason, known.misdated > 0, known.misdated, partial(_why_left_out, known.calendar.frequency))
    _explain(reason, known.outlier_count > 0, known.outlier_count, _why_outlier)
    reason[~kinds.usable & (known.misdated == 0)] = "no known value before the as-of"
    _explain(reason, kinds.dead, silent, lambda periods: f"no row for {periods} periods while other series went on")
    alive = kinds.usable & ~kinds.dead
    for recipe, beyond in [*kinds.beyond.items(), (model.recipe, ~kinds.covered)]:
        _explain(reason, alive & beyond, known.observations, partial(_why_short, recipe, known))
    reason[alive & ~kinds.covered & seasonal_articles(known)] = "it sells in a season: what came a year ago"
    _explain(reason, kinds.jumped > 0, kinds.jumped, _why_jumped)
    for recipe, failed in kinds.failed.items():
        reason[failed & ~kinds.dead] = f"{recipe} failed on this series"
    return reason


def _explain(reason: NDArray[Any], where: Flags, number: Integers, sentence: Callable[[int], str]) -> None:
    """Write the sentence about each series' number, built once for each different number."""
    different, which = np.unique(number[where], return_inverse=True)
    reason[where] = np.array([sentence(int(one)) for one in different], dtype=object)[which]


def _why_left_out(frequency: str, rows: int) -> str:
    return f"{counted(rows, 'row')} ignored: not dated as a period of {frequency}"


def _why_outlier(outliers: int) -> str:
    return f"{counted(outliers, 'outlier')} ignored: more than {FAR:.0f} times the median sale"


def _why_jumped(sales: int) -> str:
    return f"the last {sales} sales are all {JUMP:.0f} times above or below all earlier ones: their level, with doubt"


def _why_short(recipe: str, known: SalesPanel, observations: int) -> str:
    if recipe == SEASONAL_NAIVE:
        return f"less than a season of {known.lengths.season} periods is known"
    needed = known.lengths.minimum_observations
    if observations < needed:
        return f"{counted(observations, 'known value')}, {recipe} needs {needed}"
    return f"no known value in the last {known.lengths.look_back} periods, or too few different ones"
