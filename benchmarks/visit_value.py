"""Expected visits and amounts compared with what came and with other methods, on visits in files.

The protocol: windows of 28 and 365 days; the last as-of has exactly its whole window in the data, and three more lie
before it, 28 days apart; every customer known at the as-of counts. No method sees anything from the as-of on. All of
them forecast expectations, so that sums over customers can be compared as well as single customers.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, Goal
from benchmarks.next_visit import APART, PEERS_PYTHON, SEED, SERVED, known_at, read_history
from benchmarks.real_night import DEFAULT_DATA
from models.common.recipe import Training
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.forecast import forecast
from models.next_visit.gate.select import select
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.recipes.registry import RECIPES
from models.next_visit.settings import NextVisitSettings

FILES = ("online_retail_2", "cdnow")
WINDOWS = (28, 365)
AS_OFS = 4
SUM_GOAL = 0.10
MEASURES = ("visits", "amount")
Floats = NDArray[np.float64]


@dataclass
class Window:
    """One data set and length of window, with what every method expected and what came, for each as-of.

    Attributes:
        as_ofs: newest first.
        realised: by measure and as-of, (n,) over the customers known then.
        expected: by method, measure and as-of, (n,).
        ours: the program's own method: the served one, or a recipe alone.
    """

    name: str
    days: int
    as_ofs: list[int]
    ours: str = SERVED
    realised: dict[tuple[str, int], Floats] = field(default_factory=dict)
    expected: dict[tuple[str, str, int], Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, history: VisitHistory, days: int, count: int, ours: str = SERVED) -> Window:
        """The last as-of has exactly the window in the data."""
        last = (history.data_through or 0) - days + 1
        window = cls(name, days, [last - APART * number for number in range(count)], ours)
        for as_of in window.as_ofs:
            for measure, values in zip(MEASURES, came(history, as_of, days), strict=True):
                window.realised[measure, as_of] = values[known_at(history, as_of)]
        return window

    @property
    def methods(self) -> list[str]:
        """In the order of their forecasts."""
        return list(dict.fromkeys(method for method, _, _ in self.expected))

    def ratio(self, method: str, measure: str, as_ofs: Sequence[int] | None = None) -> float:
        """Expected over realised, summed over customers and as-ofs."""
        chosen = as_ofs or self.as_ofs
        expected = sum(float(self.expected[method, measure, as_of].sum()) for as_of in chosen)
        return expected / sum(float(self.realised[measure, as_of].sum()) for as_of in chosen)

    def error(self, method: str, measure: str) -> float:
        """Mean absolute error of single customers, the mean over the as-ofs."""
        each = [
            float(np.abs(self.expected[method, measure, as_of] - self.realised[measure, as_of]).mean())
            for as_of in self.as_ofs
        ]
        return sum(each) / len(each)


def came(history: VisitHistory, as_of: int, days: int) -> tuple[Floats, Floats]:
    """Visit days and known amounts of all customers within the window: (n,) each."""
    inside = (history.day >= as_of) & (history.day < as_of + days)
    customer = np.repeat(np.arange(history.customers), history.visit_days)[inside]
    visits = np.bincount(customer, minlength=history.customers)
    amount = np.bincount(customer, np.nan_to_num(history.amount[inside]), minlength=history.customers)
    return visits.astype(np.float64), amount.astype(np.float64)


def forecast_ours(window: Window, history: VisitHistory, recipe: str | None) -> None:
    """What a night expects, with the recipe that the gate chooses, or the given one."""
    for as_of in window.as_ofs:
        base, known = CustomerBase.at(history, as_of), known_at(history, as_of)
        value = forecast(_model(base, recipe), base).value
        visits = value.visits_28 if window.days == WINDOWS[0] else value.visits_365
        window.expected[window.ours, "visits", as_of] = visits[known]
        if window.days == WINDOWS[1]:
            window.expected[window.ours, "amount", as_of] = value.amount_365[known]


def _model(base: CustomerBase, recipe: str | None) -> NextVisitModel:
    settings = NextVisitSettings()
    if recipe is None:
        return select(base, settings, SEED).model
    return RECIPES[recipe].fit(base, Training(settings, SEED))


def forecast_peers(window: Window, history: VisitHistory) -> None:
    """The forecasts of ``value_peers``, in their own environment."""
    with tempfile.TemporaryDirectory(prefix="nc-peers-") as folder:
        source, target = Path(folder, "visits.npz"), Path(folder, "peers.npz")
        np.savez(
            source,
            offsets=history.offsets,
            day=history.day,
            amount=history.amount,
            as_ofs=window.as_ofs,
            window=window.days,
        )
        command = [PEERS_PYTHON, Path(__file__).with_name("value_peers.py"), source, target]
        # Several threads of gradient boosting wait for each other on a busy machine.
        subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        with np.load(target, allow_pickle=False) as forecasts:
            for key in forecasts.files:
                method, measure, as_of = key.split("/")
                window.expected[method, measure, int(as_of)] = forecasts[key]


def tables(window: Window) -> str:
    """Expected over realised at each as-of and together, and the error of single customers, of every method."""
    heads = "".join(f"{np.datetime64(as_of, 'D')!s:>12}" for as_of in window.as_ofs)
    lines = []
    for measure in MEASURES:
        methods = [method for method in window.methods if (method, measure, window.as_ofs[0]) in window.expected]
        title = f"{window.name}, {window.days} days: {measure}"
        lines.append(f"{title:<40}{heads}    together  mean abs. error")
        for method in methods:
            each = "".join(f"{window.ratio(method, measure, [as_of]):>12.3f}" for as_of in window.as_ofs)
            both = f"{window.ratio(method, measure):>12.3f}{window.error(method, measure):>17.4f}"
            lines.append(f"  {method:<38}{each}{both}")
        lines.append("")
    return "\n".join(lines)


def figures(window: Window) -> Iterator[Figure]:
    """The errors of sums, and those of single customers beside the best peer's."""
    for measure in MEASURES:
        if (window.ours, measure, window.as_ofs[0]) not in window.expected:
            continue
        name = f"{window.name}_{measure}_{window.days}"
        yield Figure(f"{name}_error_of_the_sum", abs(window.ratio(window.ours, measure) - 1.0), Goal("<=", SUM_GOAL))
        peers = [method for method in window.methods if method != window.ours]
        best = min((window.error(peer, measure) for peer in peers), default=None)
        yield Figure(f"{name}_mae", window.error(window.ours, measure), None if best is None else Goal("<=", best))


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.visit_value", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("paths", nargs="*", type=Path, help="CSV files of customer, time, amount (those of BENCH_DATA)")
    parser.add_argument("--as-ofs", type=int, default=AS_OFS, help=f"number of as-ofs, {APART} days apart ({AS_OFS})")
    parser.add_argument("--windows", nargs="*", type=int, default=WINDOWS, choices=WINDOWS, help="days (28 and 365)")
    parser.add_argument("--recipe", choices=list(RECIPES), help="instead of the one that the gate chooses")
    parser.add_argument("--without-peers", action="store_true", help="only the program's own forecast")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measure, print tables, and end with one line per figure."""
    chosen = options(arguments)
    folder = Path(os.environ.get("BENCH_DATA", DEFAULT_DATA)) / "visits"
    lines: list[Figure] = []
    for path in chosen.paths or [folder / f"{name}.csv.gz" for name in FILES]:
        history = read_history(path)
        for days in chosen.windows:
            window = Window.of(path.name.split(".")[0], history, days, chosen.as_ofs, chosen.recipe or SERVED)
            forecast_ours(window, history, chosen.recipe)
            if not chosen.without_peers:
                forecast_peers(window, history)
            print(tables(window), flush=True)
            lines += figures(window)
    print("\n".join(figure.line for figure in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
