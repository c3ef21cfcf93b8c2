"""A table of what came of customers who looked alike: by elapsed time, visit days, and elapsed over mean interval.

Each cell holds the shares of the bins over past landmarks. A finer cell counts as many rows of the coarser cell around
it as `COARSER_ROWS`: the three columns come in one after the other, so that a cell that hardly anybody fell into says
what those with the same elapsed time and visit days did, or with the same elapsed time, or everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.selection import Progress, no_progress
from models.next_visit.data.intervals import Rows, known_rows
from models.next_visit.data.landmarks import came_true, landmark_days, landmark_rows
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.artifact import attempt, malformed, write_description
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins

RECIPE = "count_table"
ELAPSED = np.array([4, 8, 15, 29, 57, 92, 183, 365])
VISIT_DAYS = np.array([2, 3, 5, 9, 17])
OVER_MEAN = np.array([0.3, 0.7, 1.2, 2.0, 4.0])
SHAPE = (ELAPSED.size + 1, VISIT_DAYS.size + 1, OVER_MEAN.size + 2)
"""The last column is of customers with one visit day, who have no mean interval."""

COARSER_ROWS = 20.0
SPACING = 14


@dataclass(frozen=True, eq=False)
class CountTableModel:
    """The table as a model of next visits.

    Attributes:
        bins: the bins.
        shares: float64 (cells, K); rows sum to 1, and every share is above 0.
    """

    bins: Bins
    shares: NDArray[np.float64]
    recipe: str = RECIPE

    def probabilities(self, history: VisitHistory, as_of: int) -> NDArray[np.float64]:
        """Probability of each bin for every customer (n, K); see `models.next_visit.recipes.model.NextVisitModel`."""
        rows = known_rows(history, as_of)
        result = np.full((history.customers, self.bins.count), 1.0 / self.bins.count)
        result[rows.customer] = self.shares[cells(history, rows)]
        return result

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is made where it is missing."""
        write_description(folder, RECIPE, self.bins, {"shares": self.shares.tolist()})


def cells(history: VisitHistory, rows: Rows) -> NDArray[np.int64]:
    """The cell of each row: (r,)."""
    elapsed, visit_days = rows.elapsed(history), rows.visit_days(history)
    span = history.day[rows.end - 1] - history.day[history.offsets[rows.customer]]
    over_mean = elapsed * np.maximum(visit_days - 1, 1) / np.maximum(span, 1)
    column = np.where(visit_days > 1, np.searchsorted(OVER_MEAN, over_mean, side="right"), OVER_MEAN.size + 1)
    places = (np.searchsorted(ELAPSED, elapsed, "right"), np.searchsorted(VISIT_DAYS, visit_days, "right"), column)
    return np.ravel_multi_index(places, SHAPE).astype(np.int64)


def fit_count_table(
    history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int, progress: Progress = no_progress
) -> CountTableModel:
    """The table of all landmarks, a fortnight apart, that were seen whole at `as_of`; defined for any history."""
    known, bins = history.before(as_of), settings.bins
    days = landmark_days(known.first, as_of, bins.horizon, SPACING)
    rows = landmark_rows(known, days, settings.landmark_rows, seed)
    cell, label = cells(known, rows), came_true(known, rows, bins)
    size = int(np.prod(SHAPE))
    counts = np.bincount(cell * bins.count + label, minlength=size * bins.count).reshape(*SHAPE, bins.count)
    progress(1.0)
    return CountTableModel(bins, _shrunk(counts.astype(np.float64)).reshape(size, bins.count))


def _shrunk(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    bins = counts.shape[-1]
    everybody = counts.sum(axis=(0, 1, 2)) + 1.0
    shares = np.broadcast_to(everybody / everybody.sum(), (1, 1, 1, bins))
    for finer in (counts.sum(axis=(1, 2), keepdims=True), counts.sum(axis=2, keepdims=True), counts):
        shares = (finer + COARSER_ROWS * shares) / (finer.sum(axis=-1, keepdims=True) + COARSER_ROWS)
    return shares


def load(folder: Path, description: dict[str, Any], bins: Bins) -> CountTableModel:
    """The model that `CountTableModel.save` wrote.

    Raises:
        InputError: if its shares are missing or no shares.
    """
    shape = (int(np.prod(SHAPE)), bins.count)
    shares = attempt(lambda: np.asarray(description["shares"], dtype=np.float64).reshape(shape), "the table")
    if not ((shares > 0).all() and np.allclose(shares.sum(axis=1), 1.0)):
        raise malformed("the table holds values that are no shares")
    return CountTableModel(bins, shares)
