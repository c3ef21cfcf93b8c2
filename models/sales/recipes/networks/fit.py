"""Training networks on what is known at an origin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.common import keras_runtime
from models.common.selection import part_of
from models.sales.data.panel import SalesPanel
from models.sales.features.covariate_scales import CovariateScales
from models.sales.features.reading import Reading
from models.sales.features.training_windows import BATCH_SIZE, TrainingWindows, sample_windows
from models.sales.recipes.model import SalesModel, SalesTraining
from models.sales.recipes.networks.model import NetworkModel, load_network
from models.sales.recipes.networks.network import Build, NetworkShape, join, members_of
from models.sales.recipes.networks.trainer import Batches, Trainer
from models.sales.settings import SalesSettings

REFIT_STEPS = 100
"""Further steps on what has become known since the earlier origin, a third of the default number of steps."""


@dataclass(frozen=True)
class NetworkRecipe:
    """A network for all series together.

    Args:
        name: Name of the recipe.
        output: Makes the network's output.
    """

    name: str
    output: Build

    def fit(self, known: SalesPanel, training: SalesTraining) -> NetworkModel:
        """Train the members one after the other, each on windows of its own.

        Args:
            known: What is known.
            training: The network's size and training. The members of a model fitted at an earlier origin of the same
                night take `REFIT_STEPS` more steps.

        Raises:
            NothingToLearnError: if no window can be learned from.
        """
        settings, network = training.settings, training.settings.network
        start = training.earlier if isinstance(training.earlier, NetworkModel) else None
        reading = Reading.of(known, None if start is None else start.reading)
        generators = [np.random.default_rng((training.seed, number)) for number in range(network.members)]
        windows = self.sample(known, settings, reading.yearly, reading.scales, generators[0])
        trainer, weights, steps = self._start(windows, settings, training.seed, start)
        for number, generator in enumerate(generators):
            if number:
                windows = self.sample(known, settings, reading.yearly, reading.scales, generator)
            share = part_of(training.progress, number / len(weights), (number + 1) / len(weights))
            inputs, batches = windows.inputs.arrays, _batches(windows, steps, generator)
            weights[number] = trainer.train(
                weights[number], inputs, windows.target, batches, network.learning_rate, share
            )
        joined = join(trainer.keras, self.output, trainer.shape, weights)
        return NetworkModel(reading, self.name, joined, trainer)

    def sample(
        self,
        known: SalesPanel,
        settings: SalesSettings,
        yearly: bool,
        scales: CovariateScales,
        generator: np.random.Generator,
    ) -> TrainingWindows:
        """Windows to train a member on."""
        return sample_windows(known, yearly, scales, generator)

    def shape(self, windows: TrainingWindows, settings: SalesSettings) -> NetworkShape:
        """The sizes of a network that reads these windows."""
        (patches, columns), (horizon, described) = windows.inputs.past.shape[1:], windows.inputs.steps.shape[1:]
        return NetworkShape(patches, columns, horizon, described, settings.network.units)

    def load(self, folder: Path, description: dict[str, Any]) -> SalesModel:
        """Read the artifact that `NetworkModel.save` wrote.

        Raises:
            InputError: if a file is missing or damaged.
        """
        return load_network(folder, description)

    def _start(
        self, windows: TrainingWindows, settings: SalesSettings, seed: int, start: NetworkModel | None
    ) -> tuple[Trainer, list[list[Any]], int]:
        """The trainer, the first weights of each member, and the number of steps."""
        steps = settings.network.steps
        if start is not None and start.trainer is not None:
            members = members_of(start.trainer.keras, start.network)
            return start.trainer, [member.get_weights() for member in members], min(REFIT_STEPS, steps)
        trainer = Trainer(keras_runtime.start(seed), self.output, self.shape(windows, settings))
        return trainer, [trainer.fresh_weights() for _ in range(settings.network.members)], steps


def _batches(windows: TrainingWindows, steps: int, generator: np.random.Generator) -> Batches:
    """The windows of each training step."""
    if windows.first is None:
        return Batches.drawn(len(windows.target), BATCH_SIZE, steps, generator)
    return Batches.in_order(windows.first, BATCH_SIZE, steps)
