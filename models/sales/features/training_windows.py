"""The training windows of networks: windows of everything that is known at an origin, and the values after them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats, Integers, Singles
from models.sales.data.panel import SalesPanel
from models.sales.features.covariate_scales import CovariateScales
from models.sales.features.inputs import Inputs, inputs_of
from models.sales.features.same_weeks import season_anchor
from models.sales.features.scaling import curve, levels, ratios
from models.sales.features.successions import succession
from models.sales.features.windows import cut, eligible_from, hide_tails, sample_origins

MAXIMUM_WINDOWS = 16_384
"""Windows of a training: time and memory of a training do not grow with the number of series."""

BATCH_SIZE = 64
"""Windows of a training step: 300 steps, the default, then see most of `MAXIMUM_WINDOWS` once."""

LATE_SHARE = 0.05
"""The share of windows whose last values are hidden, so that the network learns from series with late rows."""

OTHER_REACH = 0.2
"""The share of windows whose covariates are known another time ahead than tonight, from not at all to the horizon.

A covariate may be late on a night on which the network serves.
"""


YEARLY_DAYS = 550
"""Days of history from which on days and weeks have columns for the time of the year."""


class NothingToLearnError(ValueError):
    """No window of a panel has enough known values before it that are not all zero, and a known value in it."""


@dataclass(frozen=True, eq=False)
class TrainingWindows:
    """Windows to learn from.

    Attributes:
        inputs: Inputs of n windows.
        target: The values after each window, (n, H, 3): the curved value, the ratio, and 1 where it is known.
        series: Which row of the panel each window is of, (n,).
        first: Whether a carried state is reset before each batch; None if the order of windows does not matter.
    """

    inputs: Inputs
    target: Singles
    series: Integers
    first: Flags | None = None


def knows_years(panel: SalesPanel) -> bool:
    """Whether the history is long enough for `YEARLY_DAYS`."""
    days = panel.calendar.first_day(panel.source_end) - panel.calendar.first_day(panel.first_ordinal)
    return int(days) >= YEARLY_DAYS


def sample_windows(
    panel: SalesPanel, yearly: bool, scales: CovariateScales, generator: np.random.Generator
) -> TrainingWindows:
    """Windows of all series, at most `MAXIMUM_WINDOWS`.

    Raises:
        NothingToLearnError: if there is none.
    """
    lengths = panel.lengths
    series, origin = sample_origins(
        panel.values, lengths.minimum_observations, _latest_origin(panel), MAXIMUM_WINDOWS, generator
    )
    window = cut(panel.values, series, origin, lengths.reach, lengths.horizon)
    hide_tails(window, lengths.reach, lengths.season, LATE_SHARE, generator)
    useful = levels(window[:, : lengths.reach], lengths.look_back) > 0
    useful &= ~np.isnan(window[:, lengths.reach :]).all(axis=1)
    if not useful.any():
        raise NothingToLearnError
    history, future = window[useful, : lengths.reach], window[useful, lengths.reach :]
    series, origin = series[useful], origin[useful]
    anchor, reach = season_anchor(panel), _drawn_reach(panel, series, generator)
    inputs = inputs_of(panel, lengths, history, series, origin, yearly, scales, anchor, reach)
    return TrainingWindows(inputs, _target(future, inputs.level), series)


def sample_succession(
    panel: SalesPanel, yearly: bool, scales: CovariateScales, generator: np.random.Generator
) -> TrainingWindows:
    """Successive windows of each series, of as many series as `MAXIMUM_WINDOWS` allows.

    Windows without anything to learn stay in their place, and have no weight.

    Raises:
        NothingToLearnError: if no series has enough known values.
    """
    lengths, last = panel.lengths, _latest_origin(panel)
    usable = generator.permutation(np.flatnonzero(eligible_from(panel.values, lengths.minimum_observations) <= last))
    if not len(usable):
        raise NothingToLearnError
    windows = -(-last // lengths.look_back)
    batches = succession(usable[: max(MAXIMUM_WINDOWS // windows, BATCH_SIZE)], last, lengths.look_back, BATCH_SIZE)
    series, origin = batches.series.ravel(), batches.origin.ravel()
    window = cut(panel.values, series, origin, lengths.reach, lengths.horizon)
    history, future = window[:, : lengths.reach], window[:, lengths.reach :]
    anchor, reach = season_anchor(panel), _drawn_reach(panel, series, generator)
    inputs = inputs_of(panel, lengths, history, series, origin, yearly, scales, anchor, reach)
    future[inputs.level == 0] = np.nan
    return TrainingWindows(inputs, _target(future, inputs.level), series, batches.first)


def _target(future: Floats, level: Floats) -> Singles:
    known = ~np.isnan(future)
    ratio = np.where(known, ratios(future, level), 0.0)
    return np.stack([curve(ratio), ratio, known], axis=2).astype(np.float32)


def _drawn_reach(panel: SalesPanel, series: Integers, generator: np.random.Generator) -> Integers | None:
    """How far ahead each window (n,) knows its covariates, (n, C): most as far as tonight, holidays always."""
    if panel.covariates is None:
        return None
    tonight, horizon = panel.covariates.reach(series), panel.covariates.horizon
    holidays = np.isin(panel.covariates.names, panel.covariates.holiday_names)
    other = (generator.random(len(series)) < OTHER_REACH)[:, None] & ~holidays
    return np.where(other, generator.integers(0, horizon + 1, tonight.shape), tonight)


def _latest_origin(panel: SalesPanel) -> int:
    """The last column with enough of a target to learn from: a quarter of the horizon."""
    known = panel.source_end - panel.first_ordinal
    return known - -(-panel.lengths.horizon // 4)
