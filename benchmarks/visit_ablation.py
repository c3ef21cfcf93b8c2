"""The contribution of each part of the next-visit network: one part at a time is replaced by one without information.

The protocol is that of ``benchmarks.next_visit``; the figures are mean log losses.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from benchmarks.next_visit import SEED, DataSet, histories, known_at, observed_bins
from benchmarks.visit_shops import KINDS
from models.common.recipe import Training
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.landmarks import seen_whole
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.customers import SUMMARY, Features, customer_features
from models.next_visit.features.level import Level
from models.next_visit.recipes.hazard_lstm.model import HazardLstmRecipe
from models.next_visit.settings import NetworkSettings, NextVisitSettings
from nightcast.values import Bins

WHOLE = "the network"


LEVEL = "models.next_visit.features.background.Level"
SEEN_WHOLE = "models.next_visit.recipes.hazard_lstm.model.seen_whole"
FEATURES = (
    "models.next_visit.features.customers.customer_features",
    "models.next_visit.recipes.feature_model.customer_features",
)
"""Where the features of training and of forecasting are computed."""


@dataclass(frozen=True)
class Variant:
    """The network with replaced parts, by their full names, or with other settings or data."""

    name: str
    parts: dict[str, Any] = field(default_factory=dict)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    data: Callable[[VisitHistory], VisitHistory] = lambda history: history


class FlatLevel:
    """A level that is 0 at all times."""

    @staticmethod
    def fit(history: VisitHistory, as_of: int, bins: Bins, model: Any) -> Level:
        """A level without landmarks."""
        return Level.flat(as_of, bins)


def _changed(change: Callable[[Features], Features]) -> dict[str, Any]:
    """Parts with which networks read changed features."""

    def changed(*arguments: Any) -> Features:
        return change(customer_features(*arguments))

    return dict.fromkeys(FEATURES, changed)


def _without_sequence(rows: Features) -> Features:
    return replace(rows, sequence=np.zeros_like(rows.sequence))


def _without_summary(rows: Features) -> Features:
    summary = rows.summary.copy()
    summary[:, : len(SUMMARY)] = 0.0
    return replace(rows, summary=summary)


def _without_pareto_nbd(rows: Features) -> Features:
    summary, hazards = rows.summary.copy(), rows.offset.shape[1]
    summary[:, -hazards:] = 0.0
    return Features(rows.sequence, summary, np.zeros_like(rows.offset))


def _all_or_nothing(day: NDArray[np.int64], as_of: int, bins: Bins) -> NDArray[np.bool_]:
    seen = seen_whole(day, as_of, bins)
    result: NDArray[np.bool_] = np.tile(seen[:, -1:], seen.shape[1])
    return result


def _without_amounts(history: VisitHistory) -> VisitHistory:
    return replace(history, amount=np.full_like(history.amount, np.nan))


VARIANTS = (
    Variant(WHOLE),
    Variant("without the level", {LEVEL: FlatLevel}),
    Variant("without Pareto/NBD", _changed(_without_pareto_nbd)),
    Variant("without the summary", _changed(_without_summary)),
    Variant("without the LSTM's sequence", _changed(_without_sequence)),
    Variant("without amounts", data=_without_amounts),
    Variant("only landmarks seen whole", {SEEN_WHOLE: _all_or_nothing}),
    Variant("one member", network=NetworkSettings(members=1)),
)


@contextmanager
def with_parts(parts: dict[str, Any]) -> Iterator[None]:
    """Replace parts of the network during the block."""
    with ExitStack() as stack:
        for name, part in parts.items():
            stack.enter_context(patch(name, part))
        yield


def measure(data_set: DataSet, history: VisitHistory, variant: Variant) -> None:
    """Fit a variant at every as-of, and keep its forecasts."""
    data, settings = variant.data(history), NextVisitSettings(network=variant.network)
    for as_of in data_set.as_ofs:
        customers = known_at(history, as_of)
        data_set.observed[as_of] = observed_bins(history, as_of)[customers]
        with with_parts(variant.parts):
            base = CustomerBase.at(data, as_of)
            model = HazardLstmRecipe().fit(base, Training(settings, SEED))
            data_set.probabilities[variant.name, as_of] = model.probabilities(base)[customers]


def table(data_set: DataSet) -> str:
    """Log loss of every variant, and its difference to that of the whole network."""
    heads = [str(np.datetime64(as_of, "D")) for as_of in data_set.as_ofs]
    lines = [f"{data_set.name}: log loss".ljust(32) + "".join(f"{head:>12}" for head in heads) + "        mean    more"]
    for model in data_set.models:
        cells = "".join(f"{data_set.loss(model, as_of):>12.4f}" for as_of in data_set.as_ofs)
        mean = data_set.mean_loss(model)
        lines.append(f"  {model:<30}{cells}{mean:>12.4f}{mean - data_set.mean_loss(WHOLE):>+8.4f}")
    return "\n".join(lines)


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.visit_ablation", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("paths", nargs="*", type=Path, help="CSV files of customer, time, amount (those of BENCH_DATA)")
    parser.add_argument("--generated", nargs="*", default=[], choices=list(KINDS), help="shops to generate instead")
    parser.add_argument("--as-ofs", type=int, default=4, help="number of as-ofs, 28 days apart (4)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measure, and print a table for each data set."""
    chosen = options(arguments)
    for name, history in histories(chosen):
        data_set = DataSet.of(name, history, chosen.as_ofs)
        for variant in VARIANTS:
            measure(data_set, history, variant)
        print(table(data_set), end="\n\n", flush=True)
        for model in data_set.models:
            print(f"figure {name}_{model.replace(' ', '_').replace('/', '_')} {data_set.mean_loss(model):.6g}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
