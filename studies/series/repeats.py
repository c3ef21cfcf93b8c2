"""All repeats of a configuration, and what they come to."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats
from models.common.selection import Progress
from studies.results import ConfigurationResult
from studies.series import lstm
from studies.series.settings import LstmConfiguration, SeriesConfiguration
from studies.series.walk import Walk


@dataclass(frozen=True, eq=False)
class Outcome:
    """How one configuration did.

    Attributes:
        result: Of all repeats.
        walk: Forecasts of the repeats, or of the first of them where they are too many to keep.
    """

    result: ConfigurationResult
    walk: Walk


def without_chance(
    configuration: SeriesConfiguration, walk: Callable[[], Walk], truth: Floats, repeats: int
) -> Outcome:
    """The outcome of a configuration that comes to the same in every repeat, so that one is enough.

    Args:
        configuration: Which.
        walk: Its forecasts.
        truth: What they are scored against, (n,).
        repeats: How many.
    """
    begin = time.perf_counter()
    found = walk()
    scores = {metric: np.repeat(values, repeats) for metric, values in found.scores(truth).items()}
    return Outcome(ConfigurationResult(configuration.name, scores, time.perf_counter() - begin), found)


def with_networks(
    members: Sequence[LstmConfiguration],
    values: Floats,
    truth: Floats,
    known: int,
    repeats: int,
    seed: int,
    progress: Progress,
) -> list[Outcome]:
    """The outcomes of configurations that forecast with the same networks.

    Args:
        members: The one that trains them first; it bears the time of the training.
        values: The series, (n,).
        truth: What its forecasts are scored against, (n,).
        known: How many of its values are the training part.
        repeats: Networks.
        seed: Of the study; networks begin otherwise for each name of a configuration that trains them.
        progress: Is told the share that is done.

    Raises:
        InputError: see `studies.series.lstm.train_networks`.
    """
    owner, tallies = members[0], [_Tally(member.name) for member in members]
    banks = -(-repeats // lstm.most_repeats(values, owner))
    size = -(-repeats // banks)  # all of one size, so that the program is compiled once
    for bank in range(banks):
        begin = time.perf_counter()
        networks = lstm.train_networks(values, known, owner, size, _seed(seed, owner.name, bank))
        tallies[0].add_time(time.perf_counter() - begin, networks.compile_seconds)
        for member, tally in zip(members, tallies, strict=True):
            begin = time.perf_counter()
            tally.add(lstm.walk(networks, member), truth)
            tally.add_time(time.perf_counter() - begin)
        progress((bank + 1) / banks)
    return [tally.outcome(repeats) for tally in tallies]


def _seed(seed: int, name: str, bank: int) -> int:
    """A seed below 2^31: by name, so that a configuration's figures do not hang on which others there are."""
    return int(np.random.SeedSequence([seed, zlib.crc32(name.encode()), bank]).generate_state(1)[0] >> 1)


class _Tally:
    """What a configuration has come to so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.scores: list[dict[str, Floats]] = []
        self.walks: list[Walk] = []
        self.seconds = self.compile_seconds = 0.0

    def add(self, walk: Walk, truth: Floats) -> None:
        self.scores.append(walk.scores(truth))
        self.walks = [*self.walks, walk][:1]

    def add_time(self, seconds: float, compile_seconds: float = 0.0) -> None:
        self.seconds += seconds
        self.compile_seconds += compile_seconds

    def outcome(self, repeats: int) -> Outcome:
        scores = {metric: np.concatenate([part[metric] for part in self.scores])[:repeats] for metric in self.scores[0]}
        return Outcome(ConfigurationResult(self.name, scores, self.seconds, self.compile_seconds), self.walks[0])
