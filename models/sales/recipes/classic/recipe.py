"""Fitting and forecasting by the classic networks, on prepared series, with a carried state where `stateful` is set."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.common.arrays import Floats
from models.sales.data.panel import SalesPanel
from models.sales.features.covariate_scales import CovariateScales
from models.sales.features.successions import forget, succession
from models.sales.features.training_windows import BATCH_SIZE, TrainingWindows, sample_succession, sample_windows
from models.sales.recipes.classic import lstm, seq2seq, seq2seq_luong
from models.sales.recipes.classic.preparation.names import build
from models.sales.recipes.classic.preparation.part import FittedPart
from models.sales.recipes.model import SalesModel, SalesTraining
from models.sales.recipes.networks.fit import NetworkRecipe
from models.sales.recipes.networks.model import NetworkModel, load_network
from models.sales.recipes.networks.network import NetworkShape
from models.sales.settings import SalesSettings

LSTM = "lstm"
"""The recipe that has framings, layers and a carried state."""


@dataclass(frozen=True, eq=False)
class ClassicModel(NetworkModel):
    """A trained classic network.

    Args:
        preparation: How series are transformed before it reads them, see
            `models.sales.recipes.classic.preparation.names.build`.
    """

    preparation: tuple[str, ...] = ()

    def forecast_all(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, Q) of all series of a panel, on their own scale."""
        prepared_panel, chain = prepared(panel, self.preparation)
        mean, quantiles = super().forecast_all(prepared_panel)
        return chain.invert(mean), chain.invert(quantiles)

    def outputs(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """The network's outputs for all series of a panel, (S, H, members, Q + 1), and their levels, (S,).

        A stateful network reads all windows of a series in turn; the last one counts.
        """
        size = self.network.inputs[0].shape[0]
        if size is None:
            return super().outputs(panel)
        every = np.arange(panel.series_count)
        batches, last = succession(every, panel.length, self.reading.lengths.look_back, size), []
        for series, origin, first in zip(batches.series, batches.origin, batches.first, strict=True):
            if first:
                forget(self.network)
            output = self.read(panel, series, origin)
            if origin[0] == panel.length:
                last.append(output)
        outputs, levels = (np.concatenate(arrays)[: len(every)] for arrays in zip(*last, strict=True))
        return outputs, levels

    @property
    def description(self) -> dict[str, Any]:
        """What `ClassicRecipe.load` needs besides the network."""
        return {**super().description, "preparation": self.preparation}


@dataclass(frozen=True)
class ClassicRecipe(NetworkRecipe):
    """A classic network for all series together."""

    def fit(self, known: SalesPanel, training: SalesTraining) -> ClassicModel:
        """Train the network on prepared series, see `NetworkRecipe.fit`."""
        preparation = training.settings.classic.preparation
        fitted = super().fit(prepared(known, preparation)[0], training)
        return _classic(fitted, preparation)

    def sample(
        self,
        known: SalesPanel,
        settings: SalesSettings,
        yearly: bool,
        scales: CovariateScales,
        generator: np.random.Generator,
    ) -> TrainingWindows:
        """Windows to train a member on; successive ones if the state is carried."""
        return (sample_succession if self._is_stateful(settings) else sample_windows)(known, yearly, scales, generator)

    def shape(self, windows: TrainingWindows, settings: SalesSettings) -> NetworkShape:
        """The sizes of a network that reads these windows."""
        classic = settings.classic
        return replace(
            super().shape(windows, settings),
            layers=classic.layers,
            framing=classic.framing,
            stateful=BATCH_SIZE if self._is_stateful(settings) else None,
        )

    def load(self, folder: Path, description: dict[str, Any]) -> SalesModel:
        """Read the artifact that `ClassicModel.save` wrote.

        Raises:
            InputError: if a file is missing or damaged.
        """
        preparation = tuple(str(name) for name in description["preparation"])
        build(preparation, 1)
        return _classic(load_network(folder, description), preparation)

    def _is_stateful(self, settings: SalesSettings) -> bool:
        return settings.classic.stateful and self.name == LSTM


def prepared(panel: SalesPanel, names: tuple[str, ...]) -> tuple[SalesPanel, FittedPart]:
    """The panel as the network reads it, and the part that brings forecasts back to the series' own scale."""
    chain = build(names, panel.lengths.season).fit(panel.values)
    return replace(panel, values=chain.transform(), negative="allow") if names else panel, chain


def _classic(model: NetworkModel, preparation: tuple[str, ...]) -> ClassicModel:
    return ClassicModel(**{field.name: getattr(model, field.name) for field in fields(model)}, preparation=preparation)


CLASSIC_RECIPES = (
    ClassicRecipe(LSTM, lstm.output),
    ClassicRecipe("seq2seq", seq2seq.output),
    ClassicRecipe("seq2seq_luong", seq2seq_luong.output),
)
