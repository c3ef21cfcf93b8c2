"""Repeats of the stateful shampoo experiment: the usual loop over ``fit`` compared with the bank of LSTMs.

The usual loop fits one epoch and resets the state, a thousand times for each repeat. The bank trains all repeats as one
program. Three comparisons show that both train the same networks: the scores of both from the same first weights, one
by one; the distributions of many scores of the bank from first weights of Keras and of the bank; and the few scores of
the loop with the latter distribution.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import mannwhitneyu

from benchmarks.figures import Figure, Goal, table
from models.common import keras_runtime
from models.common.arrays import Floats, Singles
from models.common.lstm_bank.bank import Weights
from studies.series.data import read_file
from studies.series.measure import Part, Walk
from studies.series.settings import ONLY, LstmConfiguration, Settings
from studies.series.sources import FileSource
from studies.series.training import train_networks, walk
from studies.series.windows import Framed, frame

STUDY = Path(__file__).parent / "published" / "shampoo_sales.toml"
CONFIGURATION = "stateful"
REPEATS = (1, 10, 1_000)
LOOPS = 2

FASTER, FASTER_WITH_COMPILING = 10_000, 300
"""Goals for ten repeats: how many times faster than in the usual loop a repeat is."""

SAME_SCORE = 0.01
"""Allowed difference of the scores of bank and loop from the same first weights: rounding errors add up over thousands
of steps."""

SURPRISING = 0.01
"""Significance level below which two sets of scores count as differently distributed."""


@dataclass(frozen=True, eq=False)
class Timed:
    """Timed repeats.

    Attributes:
        seconds: Duration of all repeats, without compiling.
        compile_seconds: Duration of compiling.
        scores: Test RMSE of each repeat, (repeats,).
    """

    seconds: float
    compile_seconds: float
    scores: Floats

    @property
    def each(self) -> float:
        """Seconds for each repeat."""
        return self.seconds / len(self.scores)

    @property
    def each_with_compiling(self) -> float:
        """Seconds for each repeat, including its share of compiling."""
        return (self.seconds + self.compile_seconds) / len(self.scores)


@dataclass(frozen=True, eq=False)
class Experiment:
    """The series, and how it is forecast.

    Attributes:
        values: The series, (n,).
        known: Length of the training part.
        configuration: The network and its training.
    """

    values: Floats
    known: int
    configuration: LstmConfiguration

    @classmethod
    def published(cls) -> Experiment:
        """The experiment of the study file."""
        settings = Settings.model_validate(tomllib.loads(STUDY.read_text(encoding="utf-8")))
        source = settings.series[ONLY]
        assert isinstance(source, FileSource)  # noqa: S101 - so in the study file
        values = read_file(STUDY.parent / source.file, source.period, {ONLY: source.value}).values[:, 0]
        configuration = next(each for each in settings.configurations if each.name == CONFIGURATION)
        assert isinstance(configuration, LstmConfiguration)  # noqa: S101 - so in the study file
        return cls(values, settings.split.count(len(values)), configuration)

    def by_bank(self, repeats: int, seed: int, weights: Weights | None = None) -> Timed:
        """All repeats as one program, from first weights that are given or drawn with the seed."""
        begin = time.perf_counter()
        networks = train_networks(self.values, self.known, self.configuration, repeats, seed, weights)
        seconds = time.perf_counter() - begin - networks.compile_seconds
        return Timed(
            seconds, networks.compile_seconds, walk(networks, self.configuration).scores(self.values)["test_rmse"]
        )

    def by_loop(self, repeats: int) -> Timed:
        """One repeat after the other, as tutorials do it."""
        framed, scores = frame(self.values, self.known, self.configuration), []
        begin = time.perf_counter()
        for repeat in range(repeats):
            network = _new_network(framed, self.configuration, repeat)
            _fit(network, framed, self.configuration)
            scores.append(self._score(framed, network))
        return Timed(time.perf_counter() - begin, 0.0, np.array(scores))

    def first_weights(self, repeats: int) -> Weights:
        """The first weights of this number of repeats of the loop."""
        framed = frame(self.values, self.known, self.configuration)
        drawn = [_new_network(framed, self.configuration, repeat).get_weights() for repeat in range(repeats)]
        return [np.stack(parts) for parts in zip(*drawn, strict=True)]

    def _score(self, framed: Framed, network: Any) -> float:
        parts = []
        for samples in (framed.train, framed.test):
            network.layers[0].reset_state()
            outputs: Singles = network.predict(samples.inputs, batch_size=self.configuration.batch_size, verbose=0)
            parts.append(Part(samples.places, framed.restore(outputs[:, 0][None], samples.places)))
        return float(Walk(*parts).scores(self.values)["test_rmse"][0])


def _new_network(framed: Framed, configuration: LstmConfiguration, seed: int) -> Any:
    keras = keras_runtime.start(seed)
    return keras.Sequential(
        [
            keras.Input(framed.train.inputs.shape[1:], batch_size=configuration.batch_size),
            keras.layers.LSTM(configuration.units[0], stateful=True),
            keras.layers.Dense(1),
        ]
    )


def _fit(network: Any, framed: Framed, configuration: LstmConfiguration) -> None:
    """The usual loop: fit one epoch and reset the state, for every epoch."""
    inputs, targets, size = framed.train.inputs, framed.train.targets, configuration.batch_size
    network.compile(loss=configuration.loss, optimizer=configuration.optimiser)
    for _ in range(configuration.epochs):
        network.fit(inputs, targets, epochs=1, batch_size=size, verbose=0, shuffle=False)
        network.layers[0].reset_state()


def figures(loop: Timed, banks: dict[int, Timed], alike: Timed) -> list[Figure]:
    """The figures of the repeats.

    Args:
        loop: Repeats of the usual loop.
        banks: Repeats of the bank, by their number.
        alike: Repeats of the bank, the first ones from the first weights of the loop, the others from weights drawn by
            Keras.
    """
    many, ten = banks[max(banks)], banks[10]
    measured = [Figure("loop_seconds_a_repeat", loop.each)]
    for repeats, bank in banks.items():
        measured += [
            Figure(f"bank_of_{repeats}_seconds", bank.seconds),
            Figure(f"bank_of_{repeats}_compile_seconds", bank.compile_seconds),
            Figure(f"bank_of_{repeats}_times_faster", loop.each / bank.each),
        ]
    return [
        *measured,
        Figure("ten_repeats_times_faster", loop.each / ten.each, Goal(">=", FASTER)),
        Figure(
            "ten_repeats_times_faster_with_compiling",
            loop.each / ten.each_with_compiling,
            Goal(">=", FASTER_WITH_COMPILING),
        ),
        Figure("loop_mean_test_rmse", float(loop.scores.mean())),
        Figure("bank_mean_test_rmse", float(many.scores.mean())),
        Figure(
            "largest_difference_of_scores_begun_alike",
            float(np.abs(loop.scores - alike.scores[: len(loop.scores)]).max()),
            Goal("<=", SAME_SCORE),
        ),
        Figure("same_distribution_probability", _same(alike.scores, many.scores), Goal(">=", SURPRISING)),
        Figure("same_distribution_probability_of_the_loop", _same(loop.scores, many.scores), Goal(">=", SURPRISING)),
    ]


def _same(ours: Floats, theirs: Floats) -> float:
    """The probability of ranks as different as these if both have the same distribution (Mann and Whitney, 1947)."""
    return float(mannwhitneyu(ours, theirs).pvalue)


def main(arguments: Sequence[str]) -> int:
    """Measure, print a table, and end with one line per figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bank", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--loops", type=int, default=LOOPS, help=f"repeats of the usual loop, minutes each ({LOOPS})")
    loops = parser.parse_args(arguments).loops
    if loops < 1:
        parser.error("--loops has to be at least 1.")
    experiment = Experiment.published()
    keras_runtime.start(0)
    banks = {repeats: experiment.by_bank(repeats, seed=repeats) for repeats in REPEATS}
    loop, alike = experiment.by_loop(loops), experiment.by_bank(max(REPEATS), 0, experiment.first_weights(max(REPEATS)))
    measured = figures(loop, banks, alike)
    for name, timed in (("the usual loop", loop), ("the bank from the same first weights", alike)):
        print(f"test RMSE of {name}: {', '.join(f'{score:.3f}' for score in timed.scores[:loops])}")
    print()
    print(table(measured, f"{experiment.configuration.epochs:,} epochs, batch 1"), end="\n\n")
    print("\n".join(figure.line for figure in measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
