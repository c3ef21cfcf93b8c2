"""What a network learns from: windows drawn from everything that is known at an origin, and what came after them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats, Singles
from models.sales.data.panel import SalesPanel
from models.sales.features.inputs import Inputs, inputs_of
from models.sales.features.scaling import curve, levels, ratios
from models.sales.features.successions import succession
from models.sales.features.windows import cut, eligible_from, hide_tails, sample_windows
from models.sales.recipes.networks.trainer import Batches
from models.sales.settings import SalesSettings

LATE_SHARE = 0.05
"""The share of windows whose last values are hidden, so that the network knows late series."""


class NothingToLearnError(ValueError):
    """No window of a panel has enough known values before it, not all zero, and a known one in it."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """What the network learns from.

    Attributes:
        inputs: Of n windows.
        target: What came, (n, H, 3).
        first: Where windows are in an order that matters: batches before which carried state is forgotten.
    """

    inputs: Inputs
    target: Singles
    first: Flags | None = None

    def batches(self, size: int, steps: int, generator: np.random.Generator) -> Batches:
        """What each training step learns from."""
        if self.first is None:
            return Batches.drawn(len(self.target), size, steps, generator)
        return Batches.in_order(self.first, size, steps)


def draw_lessons(panel: SalesPanel, settings: SalesSettings, yearly: bool, generator: np.random.Generator) -> Lessons:
    """Windows of all series, at most ``maximum_windows`` of them.

    Raises:
        NothingToLearnError: if there is none.
    """
    lengths = panel.lengths
    series, origin = sample_windows(
        panel.values, lengths.minimum_observations, _latest_origin(panel), settings.maximum_windows, generator
    )
    window = cut(panel.values, series, origin, lengths.reach, lengths.horizon)
    hide_tails(window, lengths.reach, lengths.season, LATE_SHARE, generator)
    useful = levels(window[:, : lengths.reach], lengths.look_back) > 0
    useful &= ~np.isnan(window[:, lengths.reach :]).all(axis=1)
    if not useful.any():
        raise NothingToLearnError
    history, future = window[useful, : lengths.reach], window[useful, lengths.reach :]
    inputs = inputs_of(panel, lengths, history, series[useful], origin[useful], yearly)
    return Lessons(inputs, _target(future, inputs.level))


def draw_succession(
    panel: SalesPanel, settings: SalesSettings, yearly: bool, generator: np.random.Generator
) -> Lessons:
    """Windows of as many series as ``maximum_windows`` allows, each series' one after the other.

    Windows without anything to learn stay in their place, and count nothing.

    Raises:
        NothingToLearnError: if no series has enough known values.
    """
    lengths, size, last = panel.lengths, settings.batch_size, _latest_origin(panel)
    usable = generator.permutation(np.flatnonzero(eligible_from(panel.values, lengths.minimum_observations) <= last))
    if not len(usable):
        raise NothingToLearnError
    windows = -(-last // lengths.look_back)
    found = succession(usable[: max(settings.maximum_windows // windows, size)], last, lengths.look_back, size)
    series, origin = found.series.ravel(), found.origin.ravel()
    window = cut(panel.values, series, origin, lengths.reach, lengths.horizon)
    history, future = window[:, : lengths.reach], window[:, lengths.reach :]
    inputs = inputs_of(panel, lengths, history, series, origin, yearly)
    future[inputs.level == 0] = np.nan
    return Lessons(inputs, _target(future, inputs.level), found.first)


def _target(future: Floats, level: Floats) -> Singles:
    known = ~np.isnan(future)
    ratio = np.where(known, ratios(future, level), 0.0)
    return np.stack([curve(ratio), ratio, known], axis=2).astype(np.float32)


def _latest_origin(panel: SalesPanel) -> int:
    """The last column whose target is worth learning from: a quarter of the horizon has been seen."""
    known = panel.source_end - panel.first_ordinal
    return known - -(-panel.lengths.horizon // 4)
