"""How a model reads windows of a panel: what is kept with it, so that it reads every later panel alike."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.common.arrays import Flags, Integers
from models.sales.data.lengths import Lengths
from models.sales.data.panel import SalesPanel
from models.sales.features.covariate_scales import CovariateScales
from models.sales.features.inputs import Inputs, inputs_of
from models.sales.features.same_weeks import season_anchor
from models.sales.features.training_windows import knows_years
from models.sales.features.windows import cut, learnable


@dataclass(frozen=True, eq=False)
class Reading:
    """How windows are read.

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
    def of(cls, known: SalesPanel, earlier: Reading | None = None) -> Reading:
        """What suits a panel.

        Args:
            known: The panel.
            earlier: The reading of a model that is trained further: it keeps its columns and scales.
        """
        scales = CovariateScales.fitted(known.covariates)
        scales = scales if earlier is None else earlier.scales.completed(scales)
        yearly = knows_years(known) if earlier is None else earlier.yearly
        return cls(known.lengths, known.calendar.frequency, yearly, scales, season_anchor(known))

    @property
    def covariates(self) -> int:
        """Columns of the covariates."""
        return int(self.scales.columns(np.zeros((1, 1, 0), np.float32), (), 1).shape[2])

    def learnable(self, panel: SalesPanel) -> Flags:
        """See `models.sales.features.windows.learnable`, (S,)."""
        return learnable(panel.values, self.lengths)

    def inputs(self, panel: SalesPanel) -> Inputs:
        """The inputs of all series at the end of a panel."""
        return self.inputs_at(panel, np.arange(panel.series_count), np.full(panel.series_count, panel.length))

    def inputs_at(self, panel: SalesPanel, series: Integers, origin: Integers) -> Inputs:
        """The inputs of windows: the series (n,) and the column of step 1 (n,) of each."""
        history = cut(panel.values, series, origin, self.lengths.reach, 0)
        return inputs_of(panel, self.lengths, history, series, origin, self.yearly, self.scales, self.anchor)

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
