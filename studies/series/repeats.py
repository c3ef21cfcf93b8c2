"""All repeats of a configuration: their scores, and the forecasts that are shown."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats
from models.common.selection import Progress
from studies.results import ConfigurationResult
from studies.series import training
from studies.series.measure import Walk
from studies.series.settings import LstmConfiguration, SeriesConfiguration


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outcome of all repeats of one configuration.

    Attributes:
        result: Result of all repeats.
        walk: Forecasts of the repeats, or of the first bank of them where there are several.
    """

    result: ConfigurationResult
    walk: Walk


def repeat_baseline(
    configuration: SeriesConfiguration, forecast: Callable[[], Walk], actual: Floats, repeats: int
) -> Outcome:
    """The outcome of a deterministic configuration, which is run once.

    Args:
        configuration: Configuration of a baseline.
        forecast: Makes its forecasts.
        actual: The observed values that forecasts are compared with, (n,).
        repeats: The number of repeats; all have the same scores.
    """
    begin = time.perf_counter()
    walk = forecast()
    scores = {metric: np.repeat(values, repeats) for metric, values in walk.scores(actual).items()}
    return Outcome(ConfigurationResult(configuration.name, scores, time.perf_counter() - begin), walk)


def repeat_networks(
    members: Sequence[LstmConfiguration],
    values: Floats,
    actual: Floats,
    known: int,
    repeats: int,
    seed: int,
    progress: Progress,
) -> list[Outcome]:
    """The outcomes of configurations that forecast with the same networks.

    Args:
        members: The first one trains the networks, and its seconds include the training.
        values: The series, (n,).
        actual: The observed values that forecasts are compared with, (n,).
        known: The length of the training part.
        repeats: The number of networks.
        seed: Seed of the study; first weights also depend on the name of the configuration that trains.
        progress: Called with the share that is done.

    Raises:
        InputError: see `studies.series.training.train_networks`.
    """
    owner, tallies = members[0], [_Tally(member.name) for member in members]
    banks = -(-repeats // training.most_repeats(values, owner))
    size = -(-repeats // banks)  # all of one size, so that the program is compiled once
    for bank in range(banks):
        begin = time.perf_counter()
        networks = training.train_networks(values, known, owner, size, _seed(seed, owner.name, bank))
        tallies[0].add_time(time.perf_counter() - begin, networks.compile_seconds)
        for member, tally in zip(members, tallies, strict=True):
            begin = time.perf_counter()
            tally.add(training.walk(networks, member), actual)
            tally.add_time(time.perf_counter() - begin)
        progress((bank + 1) / banks)
    return [tally.outcome(repeats) for tally in tallies]


def _seed(seed: int, name: str, bank: int) -> int:
    """A seed below 2^31. It depends on the name, so that other configurations in the file do not change the scores."""
    return int(np.random.SeedSequence([seed, zlib.crc32(name.encode()), bank]).generate_state(1)[0] >> 1)


class _Tally:
    """The scores and seconds of a configuration, bank by bank."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.scores: list[dict[str, Floats]] = []
        self.walks: list[Walk] = []
        self.seconds = self.compile_seconds = 0.0

    def add(self, walk: Walk, actual: Floats) -> None:
        self.scores.append(walk.scores(actual))
        self.walks = [*self.walks, walk][:1]  # forecasts of all banks would not fit into memory

    def add_time(self, seconds: float, compile_seconds: float = 0.0) -> None:
        self.seconds += seconds
        self.compile_seconds += compile_seconds

    def outcome(self, repeats: int) -> Outcome:
        scores = {metric: np.concatenate([part[metric] for part in self.scores])[:repeats] for metric in self.scores[0]}
        return Outcome(ConfigurationResult(self.name, scores, self.seconds, self.compile_seconds), self.walks[0])
