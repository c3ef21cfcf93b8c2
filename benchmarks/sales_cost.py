"""The cost of sales forecasts at scale: a night with a loaded champion, training nights, and trainings in a row.

A shop of daily series over two years is generated. Each measurement runs in its own process, so that peaks of memory
are separate, on at most two processor cores. Trainings have the default budget of seconds.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, Goal
from models.common import keras_runtime
from models.common.arrays import Floats, Integers
from models.common.settings import ModelSettings
from models.sales.data.build import build_panel
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate.select import select
from models.sales.recipes.networks.fit import NetworkRecipe
from models.sales.recipes.registry import load_model
from models.sales.settings import NetworkSettings, SalesSettings

START = int(np.datetime64("2024-01-01", "D").astype(int))
DAYS = 730
SERIES, RETRAININGS = 30_000, 10
SMALL_PANEL = 24
"""Series of the trainings in a row."""

AT_ONCE = 1_000
"""Series generated at once."""

CORES = 2
BUDGET_SECONDS = ModelSettings().budget_seconds
"""The default of ``[model] budget_seconds``, and the goal of a training night."""

NIGHT_SECONDS, NIGHT_GIB, GROWTH_MIB, LEARNING_RATIO = 60.0, 4.0, 50.0, 1.5
SETTINGS = SalesSettings()
QUICK = SalesSettings(network=NetworkSettings(steps=50))
"""Fewer training steps than by default: the memory that remains does not depend on them."""

Given = ParamSpec("Given")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Rows:
    """The rows of a shop, as the step `read` returns them.

    Attributes:
        series: Codes, ascending, (m,).
        day: Days since 1970-01-01, (m,).
        value: (m,).
    """

    series: NDArray[np.int32]
    day: NDArray[np.int32]
    value: Floats

    def save(self, folder: Path) -> None:
        """Write one file for each column."""
        for name, column in vars(self).items():
            np.save(folder / f"{name}.npy", column)

    @classmethod
    def load(cls, folder: Path, series: int) -> Rows:
        """Read the rows of the first series."""
        columns = [np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("series", "day", "value")]
        rows = int(np.searchsorted(columns[0], series))
        return cls(*(np.array(column[:rows]) for column in columns))

    def panel(self, series: int, settings: SalesSettings) -> SalesPanel:
        """The panel of these rows, with the day after the last one as the as-of."""
        return build_panel(self.series, self.day, self.value, series, START + DAYS, settings=settings)


@dataclass(frozen=True)
class Night:
    """The cost of a night with a loaded champion: seconds of its steps, and memory."""

    load: float
    panel: float
    forecast: float
    processor: float
    peak_gib: float

    @property
    def seconds(self) -> float:
        """The duration of all steps."""
        return self.load + self.panel + self.forecast


@dataclass(frozen=True)
class Training:
    """The cost of a training night: seconds of training networks, seconds of the whole selection, and memory."""

    series: int
    learning: float
    selection: float
    peak_gib: float


@dataclass(frozen=True)
class Resident:
    """Memory of a process in MiB.

    Attributes:
        with_free: Including free pages that the allocator keeps, which vary by about a hundred.
        held: Without them.
    """

    with_free: float
    held: float


def shop(series: int, seed: int = 0) -> Rows:
    """Daily sales over two years: level, weekly rhythm, trend and noise; rows in the order of series and day.

    One series in three is intermittent, without a row where nothing was sold. Of twenty, one has ended, one is new, and
    one has returns, which are negative.
    """
    parts = [_some(np.arange(first, min(first + AT_ONCE, series)), seed) for first in range(0, series, AT_ONCE)]
    return Rows(*(np.concatenate([getattr(rows, name) for rows in parts]) for name in ("series", "day", "value")))


def _some(code: Integers, seed: int) -> Rows:
    """The rows of series with consecutive codes, at most `AT_ONCE`."""
    random, count = np.random.default_rng((seed, int(code[0]))), len(code)
    day, every_third, of_twenty = np.arange(DAYS), code % 3 == 0, code % 20
    level = 10 ** random.uniform(0, 3, (count, 1)) * (1 + random.uniform(-0.4, 0.8, (count, 1)) * day / DAYS)
    value = level * random.gamma(4, 0.25, (count, 7))[:, day % 7] * random.gamma(9, 1 / 9, (count, DAYS))
    returned = (of_twenty == 3)[:, None] & (random.random((count, DAYS)) < 0.1)
    value = np.where(returned, -value, value)
    sold = random.random((count, DAYS)) < np.where(every_third, random.uniform(0.05, 0.6, count), 0.99)[:, None]
    sold &= (of_twenty != 1)[:, None] | (day < DAYS - random.integers(100, 400, (count, 1)))
    sold &= (of_twenty != 2)[:, None] | (day >= DAYS - random.integers(5, 60, (count, 1)))
    row, column = np.nonzero(sold)
    return Rows(code[row].astype(np.int32), (START + column).astype(np.int32), np.round(value[row, column], 2))


def in_own_process(task: Callable[Given, Found], *arguments: Given.args, **named: Given.kwargs) -> Found:
    """The result of a task that runs in its own process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _two_cores) as pool:
        return pool.submit(task, *arguments, **named).result()


def _two_cores() -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def prepare(folder: Path, series: int) -> int:
    """Generate the shop and write it; returns the number of rows."""
    rows = shop(series)
    rows.save(folder)
    return len(rows.value)


def train(folder: Path, series: int, settings: SalesSettings) -> Training:
    """A training night on the first series of the shop; the champion is saved in the folder."""
    panel = Rows.load(folder, series).panel(series, settings)
    keras_runtime.start(0)  # imports TensorFlow
    learning = Stopwatch()
    begin = time.perf_counter()
    with patch.object(NetworkRecipe, "fit", learning.around(NetworkRecipe.fit)):
        model = select(panel.without_outliers(), settings, 1, budget_seconds=BUDGET_SECONDS).model
    cost = Training(series, learning.seconds, time.perf_counter() - begin, peak_gib())
    model.save(folder / f"champion_{series}")
    return cost


def one_night(folder: Path, champion: Path, series: int, settings: SalesSettings) -> Night:
    """A night with a saved champion, from source rows to forecasts."""
    rows, steps = Rows.load(folder, series), [Stopwatch() for _ in range(3)]
    begin = time.process_time()
    with steps[0].running():
        model = load_model(champion)
    with steps[1].running():
        panel = rows.panel(series, settings)
    del rows
    with steps[2].running():
        forecast(model, panel.without_outliers())
    load, prepare, forecasting = (step.seconds for step in steps)
    return Night(load, prepare, forecasting, time.process_time() - begin, peak_gib())


def retrain(trainings: int, settings: SalesSettings) -> list[Resident]:
    """The memory of the process after each of several training nights of a small panel."""
    panel, resident = shop(SMALL_PANEL).panel(SMALL_PANEL, settings).without_outliers(), []
    for number in range(trainings):
        select(panel, settings, number)
        gc.collect()
        before = resident_mib()
        _give_back()
        resident.append(Resident(before, resident_mib()))
    return resident


def _give_back() -> None:
    """Have the allocator of the C library return free pages, where it supports that."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class Stopwatch:
    """Adds up seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Add the duration of the block."""
        begin = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - begin

    def around(self, task: Callable[Given, Found]) -> Callable[Given, Found]:
        """The task, timed."""

        def timed(*arguments: Given.args, **named: Given.kwargs) -> Found:
            with self.running():
                return task(*arguments, **named)

        return timed


def peak_gib() -> float:
    """The peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def resident_mib() -> float:
    """The present memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def figures(night: Night, trainings: Sequence[Training], resident: Sequence[Resident]) -> Iterator[Figure]:
    """The figures of all measurements."""
    yield Figure("night_seconds", night.seconds, Goal("<=", NIGHT_SECONDS))
    yield Figure("night_panel_seconds", night.panel)
    yield Figure("night_forecast_seconds", night.forecast)
    yield Figure("night_processor_seconds", night.processor)
    yield Figure("night_peak_gib", night.peak_gib, Goal("<=", NIGHT_GIB))
    for cost in trainings:
        yield Figure(f"learning_seconds_{cost.series}", cost.learning)
        yield Figure(f"training_night_seconds_{cost.series}", cost.selection, Goal("<=", BUDGET_SECONDS))
        yield Figure(f"training_night_peak_gib_{cost.series}", cost.peak_gib)
    yield Figure("learning_ratio", trainings[-1].learning / trainings[0].learning, Goal("<=", LEARNING_RATIO))
    second, last = resident[1], resident[-1]
    yield Figure("retraining_growth_mib", last.held - second.held, Goal("<=", GROWTH_MIB))
    yield Figure("retraining_growth_with_free_mib", last.with_free - second.with_free)


def main(arguments: Sequence[str]) -> int:
    """Measure, and end with one line per figure."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.series < 1 or chosen.retrainings < 2:
        parser.error("--series has to be at least 1, --retrainings at least 2.")
    sizes = sorted({max(chosen.series // 100, 1), chosen.series})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = in_own_process(prepare, folder, chosen.series)
        print(f"{chosen.series:,} series of {DAYS} days, {rows:,} rows", flush=True)
        trainings = []
        for size in sizes:
            trainings.append(in_own_process(train, folder, size, SETTINGS))
            print(_described(trainings[-1]), flush=True)
        night = in_own_process(one_night, folder, folder / f"champion_{sizes[0]}", chosen.series, SETTINGS)
    resident = in_own_process(retrain, chosen.retrainings, QUICK)
    held = ", ".join(f"{one.held:.0f} ({one.with_free:.0f})" for one in resident)
    print(f"MiB held after each training in a row (with free pages): {held}")
    print("\n".join(figure.line for figure in figures(night, trainings, resident)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sales_cost", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--series", type=int, default=SERIES, help=f"number of series ({SERIES:,})")
    parser.add_argument(
        "--retrainings", type=int, default=RETRAININGS, help=f"trainings in a row, at least 2 ({RETRAININGS})"
    )
    return parser


def _described(cost: Training) -> str:
    return (
        f"training night of {cost.series:>7,} series: {cost.selection:7.1f} s, of which training networks "
        f"{cost.learning:7.1f} s; peak {cost.peak_gib:.2f} GiB"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
