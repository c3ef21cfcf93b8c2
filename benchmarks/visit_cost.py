"""The cost of next visits at scale: building landmarks, training on a bounded number of rows, and forecasting.

A shop of Pareto/NBD's kind is generated. Each step is timed, and the peak memory of the process is read after it.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from benchmarks.figures import Figure, Goal
from models.common.recipe import Training
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.landmarks import observed_bin
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.training_rows import training_rows
from models.next_visit.recipes.hazard_lstm.model import HazardLstmRecipe
from models.next_visit.settings import NextVisitSettings

DAYS = 730
CUSTOMERS, VISITS_EACH = 1_000_000, 20
LANDMARK_SECONDS, LANDMARK_GIB, FORECAST_A_SECOND = 20.0, 4.0, 100_000.0
SECONDS: dict[str, float] = {}


def shop(customers: int, seed: int = 0) -> VisitHistory:
    """Customers with gamma distributed rates and a mean of twenty visits over two years."""
    random = np.random.default_rng(seed)
    visits = np.maximum(random.poisson(random.gamma(0.7, VISITS_EACH / 0.7, customers)), 1)
    first = random.integers(0, DAYS - 130, customers)
    customer = np.repeat(np.arange(customers, dtype=np.int32), visits)
    day = first[customer] + (random.random(customer.size, dtype=np.float32) * (DAYS - first[customer])).astype(np.int32)
    return VisitHistory.from_rows(customer, day, random.gamma(2, 20, customer.size), customers)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Measure the duration of a step."""
    begin = time.perf_counter()
    yield
    SECONDS[name] = time.perf_counter() - begin
    print(f"{name:<24}{SECONDS[name]:>8.1f} s   peak so far {peak_gib():.2f} GiB", flush=True)


def peak_gib() -> float:
    """The peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def figures(customers: int, landmark_gib: float) -> Iterator[Figure]:
    """The figures of all steps."""
    yield Figure("landmark_seconds", SECONDS["landmarks"], Goal("<=", LANDMARK_SECONDS))
    yield Figure("landmark_peak_gib", landmark_gib, Goal("<=", LANDMARK_GIB))
    yield Figure("training_seconds", SECONDS["training"])
    yield Figure("customers_forecast_a_second", customers / SECONDS["forecasting"], Goal(">=", FORECAST_A_SECOND))
    yield Figure("peak_gib", peak_gib())


def main(arguments: Sequence[str]) -> int:
    """Measure, and end with one line per figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.visit_cost", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help=f"number of customers ({CUSTOMERS:,})")
    customers = parser.parse_args(arguments).customers
    settings = NextVisitSettings()
    with timed("generating"):
        history = shop(customers)
    print(f"{customers:,} customers, {history.day.size:,} visit days")
    base = CustomerBase.at(history, DAYS)
    with timed("landmarks"):
        rows = training_rows(base, settings.bins, settings.look_back, 1)
        observed_bin(history, rows, settings.bins)
    landmark_gib = peak_gib()
    with timed("training"):
        model = HazardLstmRecipe().fit(base, Training(settings, 1))
    model.probabilities(base.slice(0, min(customers, 20_000)))  # compiles
    with timed("forecasting"):
        model.probabilities(base)
    print("\n".join(figure.line for figure in figures(customers, landmark_gib)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
