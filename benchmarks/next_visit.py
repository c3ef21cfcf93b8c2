"""Next-visit forecasts compared with what was observed and with other methods, on visits in files.

The protocol: visit days; the last as-of has exactly its whole horizon in the data, and three more lie before it, 28
days apart; every customer known at the as-of counts. No model sees anything from the as-of on. ``served`` is the recipe
that the gate chose at the newest origin whose horizon had been seen; other rows without ``peer_`` are single recipes.
Dates are measured at these as-ofs, and at one half a year before the end of the data where as much lies before it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.figures import Figure, Goal
from benchmarks.real_night import DEFAULT_DATA
from benchmarks.visit_dates import Dated, dates_figures, dates_table
from benchmarks.visit_scoring import (
    Difference,
    bootstrap,
    briers,
    calibrated_errors,
    calibration_errors,
    losses,
    predicted_over_realised,
    return_auc,
)
from benchmarks.visit_shops import KINDS, generated
from models.common.recipe import Training
from models.next_visit.curve.curve import Curve
from models.next_visit.curve.shared import Shared
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.select import select
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.recipes.registry import RECIPES
from models.next_visit.settings import NextVisitSettings

EDGES = (7, 14, 28, 56)
LABELS = ("1-7", "8-14", "15-28", "29-56", "later")
APART = 28
HALF_A_YEAR = 182
SEED = 20_240_229
FILES = ("online_retail_2", "cdnow", "wifi_E")
PEERS_PYTHON = Path(".venv-peers", "bin", "python")
PARETO_NBD = "peer_pareto_nbd"
SERVED, NETWORK = "served", "hazard_lstm"

GOALS: dict[str, dict[str, float]] = {
    "online_retail_2": {"log_loss_last": 0.945, "log_loss_mean": 0.854, "seconds": 60},
    "cdnow": {"log_loss_last": 0.366, "seconds": 90},
    "wifi_E": {"log_loss_last": 0.625, "seconds": 90},
}
EXCESS_GOAL, RETURNERS_GOAL = 0.005, 0.10


@dataclass
class DataSet:
    """One data set with the forecasts of every model at every as-of.

    Attributes:
        as_ofs: newest first.
        probabilities: by model and as-of, (n, K) over the customers known then.
        seconds: by model and as-of, fitting and forecasting.
        observed: by as-of, (n,), the bins that were observed, from 0 on.
        dated: by as-of, the dates of the served forecast.
    """

    name: str
    as_ofs: list[int]
    observed: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    probabilities: dict[tuple[str, int], NDArray[np.float64]] = field(default_factory=dict)
    seconds: dict[tuple[str, int], float] = field(default_factory=dict)
    decisions: list[str] = field(default_factory=list)
    dated: dict[int, Dated] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, history: VisitHistory, count: int) -> DataSet:
        """A data set with `count` as-ofs, the last one with exactly its horizon in the data."""
        last = (history.data_through or 0) - EDGES[-1] + 1
        return cls(name, [last - APART * number for number in range(count)])

    @property
    def models(self) -> list[str]:
        """Names of the models, in the order of their forecasts."""
        return list(dict.fromkeys(name for name, _ in self.probabilities))

    def loss(self, model: str, as_of: int) -> float:
        """Mean log loss."""
        return float(losses(self.probabilities[model, as_of], self.observed[as_of]).mean())

    def mean_loss(self, model: str) -> float:
        """Mean over the as-ofs."""
        return sum(self.loss(model, as_of) for as_of in self.as_ofs) / len(self.as_ofs)

    def difference(self, model: str, as_of: int) -> Difference:
        """The loss of the served forecast less that of `model`, per customer."""
        ours = losses(self.probabilities[SERVED, as_of], self.observed[as_of])
        return bootstrap(ours - losses(self.probabilities[model, as_of], self.observed[as_of]))

    def pooled(self, model: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The rows of all as-ofs, one below the other."""
        rows = np.concatenate([self.probabilities[model, as_of] for as_of in self.as_ofs])
        return rows, np.concatenate([self.observed[as_of] for as_of in self.as_ofs])


def read_history(path: Path) -> VisitHistory:
    """Visit days from a CSV file of customer, time and, where there is a third column, amount."""
    frame = pd.read_csv(path, dtype={0: str})
    customer, codes = pd.factorize(frame.iloc[:, 0])
    moment = pd.to_datetime(frame.iloc[:, 1], format="ISO8601")
    day = (moment.dt.normalize() - pd.Timestamp(0)).dt.days.to_numpy()
    amount = frame.iloc[:, 2].to_numpy(np.float64) if frame.shape[1] > 2 else np.full(len(frame), np.nan)
    return VisitHistory.from_rows(customer, day, amount, len(codes))


def known_at(history: VisitHistory, as_of: int) -> NDArray[np.bool_]:
    """The customers with a visit day before `as_of`."""
    return history.known & (history.first_day < as_of)


def observed_bins(history: VisitHistory, as_of: int) -> NDArray[np.int64]:
    """The bin of each customer's first visit day from `as_of` on, day 1 being the as-of; from 0 on."""
    customer = np.repeat(np.arange(history.customers), history.visit_days)
    ahead = history.day >= as_of
    first = np.full(history.customers, as_of + EDGES[-1])
    np.minimum.at(first, customer[ahead], history.day[ahead])
    return np.searchsorted(EDGES, first - as_of + 1).astype(np.int64)


def forecast_ours(data_set: DataSet, history: VisitHistory, recipes: Sequence[str], served: str | None) -> None:
    """The served forecast, by the gate's choice or by the given recipe, and each recipe alone."""
    settings = NextVisitSettings()
    for as_of in data_set.as_ofs:
        customers = known_at(history, as_of)
        data_set.observed[as_of] = observed_bins(history, as_of)[customers]
        begin = time.perf_counter()
        base = CustomerBase.at(history, as_of)
        model, decision = serving(base, settings, served)
        data_set.probabilities[SERVED, as_of] = model.probabilities(base)[customers]
        data_set.seconds[SERVED, as_of] = time.perf_counter() - begin
        data_set.decisions.append(decision)
        data_set.dated[as_of] = dated_of(model, base, history)
        for recipe in recipes:
            begin = time.perf_counter()
            alone = CustomerBase.at(history, as_of)
            fitted = RECIPES[recipe].fit(alone, Training(settings, SEED))
            data_set.probabilities[recipe, as_of] = fitted.probabilities(alone)[customers]
            data_set.seconds[recipe, as_of] = time.perf_counter() - begin

    early = (history.data_through or 0) - HALF_A_YEAR + 1
    if early - (history.first or 0) >= HALF_A_YEAR:
        base = CustomerBase.at(history, early)
        data_set.dated[early] = dated_of(serving(base, settings, served)[0], base, history)


def serving(base: CustomerBase, settings: NextVisitSettings, recipe: str | None) -> tuple[NextVisitModel, str]:
    """The model that the gate chooses, and why; or one of the given recipe."""
    if recipe is not None:
        return RECIPES[recipe].fit(base, Training(settings, SEED)), f"{recipe} by request"
    selection = select(base, settings, SEED)
    return selection.model, selection.decision


def dated_of(model: NextVisitModel, base: CustomerBase, history: VisitHistory) -> Dated:
    """The dates of a forecast, with what was observed."""
    rows = base.rows
    probabilities = model.probabilities(base)[rows.customer]
    return Dated.of(Curve.of(Shared.of(model, base), base.history, rows, probabilities), base, history)


def forecast_peers(data_set: DataSet, history: VisitHistory) -> None:
    """The forecasts of ``visit_peers``, in their own environment."""
    with tempfile.TemporaryDirectory(prefix="nc-peers-") as folder:
        source, target = Path(folder, "visits.npz"), Path(folder, "peers.npz")
        np.savez(source, offsets=history.offsets, day=history.day, as_ofs=data_set.as_ofs, edges=EDGES)
        script = Path(__file__).with_name("visit_peers.py")
        subprocess.run([PEERS_PYTHON, script, source, target], check=True)
        with np.load(target, allow_pickle=False) as forecasts:
            for key in (key for key in forecasts.files if key.count("/") == 1):
                model, as_of = key.split("/")
                data_set.probabilities[model, int(as_of)] = forecasts[key]
                data_set.seconds[model, int(as_of)] = float(forecasts[f"{key}/seconds"])


def loss_table(data_set: DataSet) -> str:
    """Log loss of every model at every as-of, the best mean first, and the seconds at the last one."""
    heads = [str(np.datetime64(as_of, "D")) for as_of in data_set.as_ofs]
    lines = [
        f"{data_set.name}: log loss".ljust(28) + "".join(f"{head:>12}" for head in heads) + "        mean  seconds"
    ]
    for model in sorted(data_set.models, key=data_set.mean_loss):
        cells = "".join(f"{data_set.loss(model, as_of):>12.4f}" for as_of in data_set.as_ofs)
        seconds = data_set.seconds[model, data_set.as_ofs[0]]
        lines.append(f"  {model:<26}{cells}{data_set.mean_loss(model):>12.4f}{seconds:>9.1f}")
    return "\n".join([*lines, "", f"  At the last as-of: {data_set.decisions[0]}."])


def detail_table(data_set: DataSet) -> str:
    """The other figures at the last as-of, and the served forecast's difference to each model."""
    last = data_set.as_ofs[0]
    names = ["rps", *(f"brier {edge}" for edge in EDGES), "auc"]
    lines = [
        f"{data_set.name}: last as-of".ljust(28) + "".join(f"{name:>10}" for name in names) + "  served minus this"
    ]
    for model in sorted(data_set.models, key=lambda name: data_set.loss(name, last)):
        rows, observed = data_set.probabilities[model, last], data_set.observed[last]
        squares = briers(rows, observed)
        values = [float(squares.mean()), *squares, return_auc(rows, observed)]
        cells = "".join(f"{value:>10.4f}" for value in values)
        gap = "" if model == SERVED else _interval(data_set.difference(model, last))
        lines.append(f"  {model:<26}{cells}  {gap}".rstrip())
    return "\n".join(lines)


def _interval(difference: Difference) -> str:
    return f"{difference.mean:+.4f} ({difference.low:+.4f} to {difference.high:+.4f})"


def calibration_table(data_set: DataSet, model: str = SERVED) -> str:
    """Calibration and returners of the served forecast, all as-ofs together."""
    rows, observed = data_set.pooled(model)
    error, floor = calibration_errors(rows, observed), calibrated_errors(rows)
    realised = np.bincount(observed, minlength=len(LABELS))
    lines = [
        f"{data_set.name}: {model}, all as-ofs".ljust(40) + "".join(f"{label:>10}" for label in LABELS),
        "  expected calibration error".ljust(40) + "".join(f"{value:>10.4f}" for value in error),
        "  of perfectly calibrated forecasts".ljust(40) + "".join(f"{value:>10.4f}" for value in floor),
        "  predicted".ljust(40) + "".join(f"{value:>10.0f}" for value in rows.sum(axis=0)),
        "  realised".ljust(40) + "".join(f"{value:>10d}" for value in realised),
        "  predicted over realised".ljust(40) + _ratios(rows, observed),
    ]
    for as_of in data_set.as_ofs:
        ratios = _ratios(data_set.probabilities[model, as_of], data_set.observed[as_of])
        lines.append(f"    at {np.datetime64(as_of, 'D')}".ljust(40) + ratios)
    return "\n".join(lines)


def _ratios(rows: NDArray[np.float64], observed: NDArray[np.int64]) -> str:
    return "".join(f"{ratio:>10.3f}" for ratio in predicted_over_realised(rows, observed))


def figures(data_set: DataSet) -> Iterator[Figure]:
    """The figures of one data set, with their goals."""
    last, goals = data_set.as_ofs[0], GOALS.get(data_set.name, {})
    values = {
        "log_loss_last": data_set.loss(SERVED, last),
        "log_loss_mean": data_set.mean_loss(SERVED),
        "seconds_with_the_gate": max(data_set.seconds[SERVED, as_of] for as_of in data_set.as_ofs),
    }
    if NETWORK in data_set.models:
        values["seconds"] = max(data_set.seconds[NETWORK, as_of] for as_of in data_set.as_ofs)
    for name, value in values.items():
        yield Figure(f"{data_set.name}_{name}", value, Goal("<=", goals[name]) if name in goals else None)
    rows, observed = data_set.pooled(SERVED)
    excess = float((calibration_errors(rows, observed) - calibrated_errors(rows)).max())
    yield Figure(f"{data_set.name}_largest_excess_of_calibration_error", excess, Goal("<=", EXCESS_GOAL))
    errors = np.abs(predicted_over_realised(rows, observed)[:-1] - 1.0)
    for label, error in zip(LABELS, errors, strict=False):
        name = f"{data_set.name}_error_of_returners_{label.replace('-', '_')}"
        yield Figure(name, float(error), Goal("<=", RETURNERS_GOAL))
    if PARETO_NBD in data_set.models:
        worst = max(data_set.loss(SERVED, as_of) - data_set.loss(PARETO_NBD, as_of) for as_of in data_set.as_ofs)
        yield Figure(f"{data_set.name}_worst_difference_to_pareto_nbd", worst, Goal("<=", 0.0))


def best_peer(data_set: DataSet) -> Difference:
    """The difference to the best peer at the last as-of."""
    last = data_set.as_ofs[0]
    peers = [model for model in data_set.models if model.startswith("peer_")]
    return data_set.difference(min(peers, key=lambda name: data_set.loss(name, last)), last)


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.next_visit", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, help="CSV files of customer, time, amount (those of BENCH_DATA)")
    parser.add_argument("--generated", nargs="*", default=[], choices=list(KINDS), help="shops to generate instead")
    parser.add_argument("--as-ofs", type=int, default=4, help="number of as-ofs, 28 days apart (4)")
    parser.add_argument("--without-peers", action="store_true", help="only the program's own models")
    parser.add_argument("--recipes", nargs="*", default=list(RECIPES), help="recipes to measure alone as well (all)")
    by_gate = "serve this recipe instead of the one that the gate chooses, which takes minutes for each as-of"
    parser.add_argument("--served", choices=list(RECIPES), help=by_gate)
    return parser.parse_args(arguments)


def histories(chosen: argparse.Namespace) -> Iterator[tuple[str, VisitHistory]]:
    """The data by name: the given files, the generated shops, or else the files of BENCH_DATA."""
    folder = Path(os.environ.get("BENCH_DATA", DEFAULT_DATA)) / "visits"
    usual = [] if chosen.paths or chosen.generated else [folder / f"{name}.csv.gz" for name in FILES]
    for path in [*chosen.paths, *usual]:
        yield path.name.split(".")[0], read_history(path)
    for kind in chosen.generated:
        yield kind, generated(kind)


def main(arguments: Sequence[str]) -> int:
    """Measure, print tables, and end with one line per figure."""
    chosen = options(arguments)
    lines, differences = [], []
    for name, history in histories(chosen):
        data_set = DataSet.of(name, history, chosen.as_ofs)
        forecast_ours(data_set, history, chosen.recipes, chosen.served)
        if not chosen.without_peers:
            forecast_peers(data_set, history)
            differences.append(best_peer(data_set))
        dated = list(data_set.dated.values())
        tables = [loss_table, detail_table, calibration_table]
        shown = [*(table(data_set) for table in tables), dates_table(name, dated, list(data_set.dated)), ""]
        print("\n\n".join(shown), flush=True)
        lines += [*figures(data_set), *dates_figures(name, dated)]
    if differences:
        lines.append(
            Figure("best_upper_end_of_difference_to_best_peer", min(one.high for one in differences), Goal("<=", 0.0))
        )
    print("\n".join(figure.line for figure in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
