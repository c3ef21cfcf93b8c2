"""The cost of next visits at scale: building landmarks, training on a bounded number of rows, and forecasting.

A shop of Pareto/NBD's kind is generated. Each step is timed, and the peak memory of the process is read after it. The
answers are dates, values and reasons: a night's forecast with them is compared with one of the bins alone, `PART`
customers at a time as in a night. A training night also has landmarks and training; what it reads and writes is not
counted, so that its share is rather too large.
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
from models.next_visit.curve.shared import Shared
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.landmarks import observed_bin
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.background import Background
from models.next_visit.features.training_rows import training_rows
from models.next_visit.forecast import bin_probabilities, forecast
from models.next_visit.recipes.hazard_lstm.model import HazardLstmRecipe
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.settings import NextVisitSettings
from models.next_visit.value.value import Shop

DAYS = 730
CUSTOMERS, VISITS_EACH = 1_000_000, 20
LANDMARK_SECONDS, LANDMARK_GIB, FORECAST_A_SECOND = 20.0, 4.0, 100_000.0
PART = 20_000
ANSWERS_SHARE = 0.25
"""At most so much more of a night than without answers."""

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
    without = sum(SECONDS[name] for name in ("background", "landmarks", "training", "bins alone"))
    answers = SECONDS["with answers"] + SECONDS["shared by all"] - SECONDS["bins alone"]
    yield Figure("seconds_of_bins_alone", SECONDS["bins alone"])
    yield Figure("seconds_of_answers", answers)
    yield Figure("answers_share_of_a_training_night", answers / without, Goal("<=", ANSWERS_SHARE))
    yield Figure("answers_share_of_a_forecast", answers / SECONDS["bins alone"])
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
    with timed("background"):
        Background.of(base, settings.bins)
    with timed("landmarks"):
        rows = training_rows(base, settings.bins, settings.look_back, 1)
        observed_bin(history, rows, settings.bins)
    landmark_gib = peak_gib()
    with timed("training"):
        model = HazardLstmRecipe().fit(base, Training(settings, 1))
    model.probabilities(base.slice(0, min(customers, 20_000)))  # compiles
    with timed("forecasting"):
        model.probabilities(base)
    forecast_parts(model, base)
    print("\n".join(figure.line for figure in figures(customers, landmark_gib)))
    return 0


def forecast_parts(model: NextVisitModel, base: CustomerBase) -> None:
    """Forecast as a night does, the bins alone and then with all answers."""
    parts = [base.slice(start, min(start + PART, base.customers)) for start in range(0, base.customers, PART)]
    with timed("bins alone"):
        for part in parts:
            bin_probabilities(model, part)
    with timed("shared by all"):
        shared, shop_of_all = Shared.of(model, base), Shop.of(base)
    with timed("with answers"):
        for part in parts:
            forecast(model, part, shared, shop_of_all)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
