"""Training the network on windows drawn from everything that is known at an origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models import keras_runtime
from models.sales import network
from models.sales.arrays import Floats, Singles
from models.sales.features import Inputs, build_inputs
from models.sales.lstm import LstmModel
from models.sales.panel import SalesPanel
from models.sales.scaling import curve, levels, ratios
from models.sales.settings import SalesSettings
from models.sales.trainer import Trainer
from models.sales.windows import cut, hide_tails, sample_windows
from models.selection import Progress, no_progress

YEARLY_DAYS = 550
"""Days of history from which on days and weeks know their place in the year."""

LATE_SHARE = 0.05
"""The share of windows whose last values are hidden, so that the network knows late series."""


class NothingToLearnError(ValueError):
    """No window of a panel has enough known values before it, not all zero, and a known one in it."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """What the network learns from: inputs of n windows, and what came, (n, H, 3)."""

    inputs: Inputs
    target: Singles


def fit_lstm(
    panel: SalesPanel,
    settings: SalesSettings,
    seed: int,
    progress: Progress = no_progress,
    start: LstmModel | None = None,
) -> LstmModel:
    """Train a network on what the panel knows.

    Args:
        panel: What is known.
        settings: The network's size and training.
        seed: Of the sample, the order and the weights.
        progress: Told the share that is done.
        start: The model fitted at an earlier origin of the same night; its own network goes on with ``refit_steps``
            more steps, so that `start` itself is used up.

    Raises:
        NothingToLearnError: if no window can be learned from.
    """
    generator = np.random.default_rng(seed)
    yearly = _days_known(panel) >= YEARLY_DAYS if start is None else start.yearly
    lessons = draw_lessons(panel, settings, yearly, generator)
    trainer = _new_trainer(lessons, settings, seed) if start is None or start.trainer is None else start.trainer
    steps = settings.steps if start is None else settings.refit_steps
    trainer.train(lessons.inputs.arrays, lessons.target, steps, settings, generator, progress)
    return LstmModel(trainer.network, panel.lengths, panel.calendar.frequency, yearly, trainer)


def _new_trainer(lessons: Lessons, settings: SalesSettings, seed: int) -> Trainer:
    keras = keras_runtime.start(seed)
    (patches, columns), (horizon, described) = lessons.inputs.past.shape[1:], lessons.inputs.steps.shape[1:]
    return Trainer(keras, network.build(keras, patches, columns, horizon, described, settings.units))


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
    inputs = build_inputs(history, panel.first_ordinal + origin[useful], panel.calendar, lengths, yearly)
    return Lessons(inputs, _target(future, inputs.level))


def _target(future: Floats, level: Floats) -> Singles:
    known = ~np.isnan(future)
    ratio = np.where(known, ratios(future, level), 0.0)
    return np.stack([curve(ratio), ratio, known], axis=2).astype(np.float32)


def _latest_origin(panel: SalesPanel) -> int:
    """The last column whose target is worth learning from: a quarter of the horizon has been seen."""
    known = panel.source_end - panel.first_ordinal
    return known - -(-panel.lengths.horizon // 4)


def _days_known(panel: SalesPanel) -> int:
    return int(panel.calendar.first_day(panel.source_end) - panel.calendar.first_day(panel.first_ordinal))
