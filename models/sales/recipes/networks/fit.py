"""Training a network on what is known at an origin."""

from __future__ import annotations

import numpy as np

from models.common import keras_runtime
from models.common.selection import Progress, no_progress, part_of
from models.sales.data.panel import SalesPanel
from models.sales.features.training_windows import Lessons, draw_lessons, draw_succession
from models.sales.recipes.networks.architectures import join, members_of
from models.sales.recipes.networks.model import NetworkModel, prepared
from models.sales.recipes.networks.shape import NetworkShape
from models.sales.recipes.networks.trainer import Trainer
from models.sales.settings import SalesSettings

DEFAULT = "seasonal_lstm"
"""The architecture that serves unless the settings say otherwise; it reads series as they are."""

YEARLY_DAYS = 550
"""Days of history from which on days and weeks know their place in the year."""


def fit_network(
    panel: SalesPanel,
    settings: SalesSettings,
    seed: int,
    progress: Progress = no_progress,
    start: NetworkModel | None = None,
    architecture: str = DEFAULT,
) -> NetworkModel:
    """Train a network on what the panel knows, its members one after the other, each on windows of its own.

    Args:
        panel: What is known.
        settings: The network's size and training.
        seed: Of the samples, the orders and the weights.
        progress: Told the share that is done.
        start: The model fitted at an earlier origin of the same night; its members go on with ``refit_steps`` more
            steps.
        architecture: One of `models.sales.recipes.networks.architectures.ARCHITECTURES`.

    Raises:
        NothingToLearnError: if no window can be learned from.
    """
    preparation = () if architecture == DEFAULT else settings.preparation
    panel = prepared(panel, preparation)[0]
    stateful = settings.stateful and architecture == "lstm"
    draw = draw_succession if stateful else draw_lessons
    trainer = None if start is None else start.trainer
    yearly = _days_known(panel) >= YEARLY_DAYS if start is None else start.yearly
    generators = [np.random.default_rng((seed, number)) for number in range(settings.members)]
    lessons = draw(panel, settings, yearly, generators[0])
    if start is None or trainer is None:
        trainer = _new_trainer(architecture, lessons, settings, stateful, seed)
        weights, steps = [trainer.fresh_weights() for _ in generators], settings.steps
    else:
        weights = [member.get_weights() for member in members_of(trainer.keras, start.network)]
        steps = settings.refit_steps
    for number, generator in enumerate(generators):
        if number:
            lessons = draw(panel, settings, yearly, generator)
        batches = lessons.batches(settings.batch_size, steps, generator)
        share = part_of(progress, number / len(weights), (number + 1) / len(weights))
        arrays = (lessons.inputs.arrays, lessons.target)
        weights[number] = trainer.train(weights[number], *arrays, batches, settings.learning_rate, share)
    network = join(trainer.keras, architecture, trainer.shape, weights)
    frequency = panel.calendar.frequency
    return NetworkModel(architecture, network, panel.lengths, frequency, yearly, preparation, trainer)


def _new_trainer(architecture: str, lessons: Lessons, settings: SalesSettings, stateful: bool, seed: int) -> Trainer:
    (patches, columns), (horizon, described) = lessons.inputs.past.shape[1:], lessons.inputs.steps.shape[1:]
    sizes = (patches, columns, horizon, described, settings.units, settings.layers)
    shape = NetworkShape(*sizes, settings.framing, settings.batch_size if stateful else None)
    return Trainer(keras_runtime.start(seed), architecture, shape)


def _days_known(panel: SalesPanel) -> int:
    return int(panel.calendar.first_day(panel.source_end) - panel.calendar.first_day(panel.first_ordinal))
