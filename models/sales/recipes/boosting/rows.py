"""The rows that the trees read: one for each step of each window, as differences to the mean of its last seasons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.common.arrays import Floats, Integers, Singles
from models.sales.data.lengths import Lengths
from models.sales.data.panel import SalesPanel
from models.sales.features.covariate_scales import CovariateScales
from models.sales.features.inputs import LATEST, Inputs, inputs_of
from models.sales.features.same_weeks import season_anchor
from models.sales.features.training_windows import knows_years
from models.sales.features.windows import cut

REFERENCE = LATEST
"""The place of the candidate that a row is compared with: the mean at its position of the last seasons."""


@dataclass(frozen=True, eq=False)
class Reading:
    """How windows are read, which is kept with the trees.

    Attributes:
        lengths: Lengths of the training.
        frequency: Frequency of the calendar.
        yearly: See `models.sales.features.inputs.build_inputs`.
        scales: The covariates that are read, with the scales of the training.
        anchor: See `models.sales.features.same_weeks.season_anchor`.
    """

    lengths: Lengths
    frequency: str
    yearly: bool
    scales: CovariateScales
    anchor: int

    @classmethod
    def of(cls, known: SalesPanel) -> Reading:
        """What suits a panel."""
        scales = CovariateScales.fitted(known.covariates)
        return cls(known.lengths, known.calendar.frequency, knows_years(known), scales, season_anchor(known))

    @property
    def covariates(self) -> int:
        """Columns of the covariates."""
        return int(self.scales.columns(np.zeros((1, 1, 0), np.float32), (), 1).shape[2])

    def inputs(self, panel: SalesPanel) -> Inputs:
        """The inputs of all series at the end of a panel."""
        series, origin = np.arange(panel.series_count), np.full(panel.series_count, panel.length)
        history = cut(panel.values, series, origin, self.lengths.reach, 0)
        return inputs_of(panel, self.lengths, history, series, origin, self.yearly, self.scales, self.anchor)

    def rows(self, inputs: Inputs, window: Integers, step: Integers) -> Singles:
        """See `row_values`."""
        return row_values(inputs, self.lengths, self.covariates, window, step)

    @property
    def description(self) -> dict[str, Any]:
        """What `from_description` needs."""
        return {
            "frequency": self.frequency,
            "yearly": self.yearly,
            "lengths": asdict(self.lengths),
            "covariates": self.scales.description,
            "anchor": self.anchor,
        }

    @classmethod
    def from_description(cls, described: dict[str, Any]) -> Reading:
        """What `description` gave."""
        lengths = Lengths(**{name: int(value) for name, value in described["lengths"].items()})
        scales, anchor = CovariateScales.from_description(described["covariates"]), int(described["anchor"])
        return cls(lengths, str(described["frequency"]), bool(described["yearly"]), scales, anchor)


def reference_of(inputs: Inputs) -> Singles:
    """What each step is compared with, on the curved scale, (n, H)."""
    return inputs.candidates[:, :, REFERENCE]


def row_values(inputs: Inputs, lengths: Lengths, covariates: int, window: Integers, step: Integers) -> Singles:
    """The values of rows, (r, columns).

    They are the candidates, the calendar, the covariates, the distance and the spread, as networks read them; means of
    the recent past; and what the covariates were at the same position of the last seasons.

    Args:
        inputs: Of n windows.
        lengths: Lengths of the panel.
        covariates: The last columns of the past that are of covariates.
        window: The window of each row, (r,).
        step: The step of each row, from 0, (r,).
    """
    candidates, reference = inputs.candidates[window, step], reference_of(inputs)[window, step, None]
    past = inputs.past.reshape(len(inputs.past), lengths.look_back, -1)
    recent, seasonal = _recent(past, lengths.season)[window], _seasonal(past, lengths, covariates)
    recent[:, :3] -= reference
    parts = [candidates - reference, reference, recent, inputs.steps[window, step]]
    return np.concatenate([*parts, seasonal[window, step % seasonal.shape[1]]], axis=1)


def _recent(past: Singles, season: int) -> Singles:
    """Means over the last season, half of the look-back and all of it; the known share; the spread, (n, 5)."""
    value, known, back = past[:, :, 0], past[:, :, 1], past.shape[1]
    means = [_mean(value[:, -length:], known[:, -length:]) for length in (season, -(-back // 2), back)]
    return np.stack([*means, known.mean(axis=1), (value * known).std(axis=1)], axis=1)


def _mean(value: Singles, known: Singles) -> Floats:
    return np.asarray((value * known).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def _seasonal(past: Singles, lengths: Lengths, covariates: int) -> Singles:
    """The mean of each covariate at each position of the last `LATEST` seasons, (n, season or 1, covariates)."""
    columns = past[:, :, past.shape[2] - covariates :]
    seasons = min(LATEST, lengths.look_back // lengths.season)
    if not seasons:
        return np.asarray(columns.mean(axis=1, keepdims=True))
    recent = columns[:, -seasons * lengths.season :]
    return np.asarray(recent.reshape(len(past), seasons, lengths.season, covariates).mean(axis=1))
