"""What a night costs by its rows, customers and bins: a linear model, fitted to measured nights by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.scale.nights import LOADED, MeasuredNight, Project

FEW_BINS, MANY_BINS = 5, 12
MANY_EDGES = (3, 7, 10, 14, 21, 28, 35, 42, 49, 56, 70)
MILLION = 1_000_000


@dataclass(frozen=True)
class SizedNight:
    """A measured night, and what it had to do."""

    rows: int
    customers: int
    bins: int
    seconds: float


@dataclass(frozen=True)
class CostModel:
    """Seconds of a night with a loaded champion: to start, for a million rows, customers, and customers' bins."""

    start: float
    rows: float
    customers: float
    bins: float

    @classmethod
    def fit(cls, nights: Sequence[SizedNight]) -> CostModel:
        """By least squares of the relative errors, so that small nights count as much as large ones."""
        sizes = np.array([[1.0, one.rows, one.customers, one.customers * one.bins] for one in nights])
        sizes[:, 1:] /= MILLION
        seconds = np.array([one.seconds for one in nights])
        best = np.linalg.lstsq(sizes / seconds[:, None], np.ones(len(nights)), rcond=None)[0]
        return cls(*(float(one) for one in best))

    def seconds(self, rows: int, customers: int, bins: int) -> float:
        """The seconds of a night of this size in one process."""
        millions = np.array([rows, customers, customers * bins]) / MILLION
        return self.start + float(millions @ np.array([self.rows, self.customers, self.bins]))

    @property
    def figures(self) -> dict[str, float]:
        """The parameters by the names of their figures."""
        return {
            "cost_start_seconds": self.start,
            "cost_seconds_per_million_rows": self.rows,
            "cost_seconds_per_million_customers": self.customers,
            "cost_seconds_per_million_customers_and_bin": self.bins,
        }


def with_many_bins(project: Project, sample: str, table: str) -> MeasuredNight:
    """A loaded night with as many bins as there may be, after a training on a sample."""
    settings = LOADED.replace("[next_visit]\n", f"[next_visit]\nbin_edges_days = {list(MANY_EDGES)}\n")
    project.night(sample, 2, "--retrain", "always", settings=settings)
    return project.night(table, 3, settings=settings)
