"""All repeats of a configuration of networks, with a look-back that is given or validated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from models.common.arrays import Floats, Integers
from models.common.lstm_bank.bank import Weights
from models.common.selection import Progress, part_of, with_shares
from studies.intervals.measure import Outcome, joined, of_bins, of_days
from studies.intervals.network import Network
from studies.intervals.settings import NetworkConfiguration
from studies.intervals.training import TrainingWindows, forecast, groups, train
from studies.intervals.windows import Intervals, Splits

VALIDATION_PART = 0.8
"""Share of the time that validating the candidates takes."""


def repeat_networks(
    configuration: NetworkConfiguration, intervals: Intervals, splits: Splits, seed: int, progress: Progress
) -> Outcome:
    """The outcome of the networks of a configuration, one for each repeat.

    A validated look-back is chosen in each repeat by the loss on the last part of its training windows, of networks
    trained on the others. A network with that look-back is then trained on all of them.

    Args:
        configuration: Configuration of networks.
        intervals: All intervals.
        splits: Splits of the repeats.
        seed: Seed of weights, orders and dropout.
        progress: Called with the share that is done.
    """
    networks = _Networks(configuration, intervals, seed)
    if configuration.look_back != "validated":
        return networks.outcome(configuration.look_back, splits, np.arange(len(splits.train)), progress)
    losses, compiling = _validation_losses(networks, splits, part_of(progress, 0, VALIDATION_PART))
    chosen = np.array(configuration.look_backs)[np.argmin(list(losses.values()), axis=0)]
    outcome = _by_look_back(networks, splits, chosen, part_of(progress, VALIDATION_PART, 1))
    seconds = compiling + outcome.compile_seconds
    return replace(outcome, compile_seconds=seconds, chosen=chosen, validation=losses)


def _validation_losses(networks: _Networks, splits: Splits, progress: Progress) -> tuple[dict[int, Floats], float]:
    """The loss of each candidate in each repeat, and the seconds of compiling."""
    inner, candidates = splits.within(networks.configuration.validation_share), networks.configuration.look_backs
    metric = "test_log_loss" if networks.classifies else "test_mae"
    losses, compiling = {}, 0.0
    for look_back, part in with_shares(candidates, progress):
        outcome = networks.outcome(look_back, inner, np.arange(len(inner.train)), part)
        losses[look_back] = outcome.scores[metric]
        compiling += outcome.compile_seconds
    return losses, compiling


def _by_look_back(networks: _Networks, splits: Splits, chosen: Integers, progress: Progress) -> Outcome:
    """The outcome of each repeat at its own look-back."""
    order, parts, done = np.argsort(chosen, kind="stable"), [], 0
    for look_back in np.unique(chosen):
        members = np.flatnonzero(chosen == look_back)
        part = part_of(progress, done / chosen.size, (done + members.size) / chosen.size)
        parts.append(networks.outcome(int(look_back), splits, members, part))
        done += members.size
    outcome = joined(parts)
    scores = {metric: values[np.argsort(order)] for metric, values in outcome.scores.items()}
    return replace(outcome, scores=scores, compile_seconds=sum(part.compile_seconds for part in parts))


@dataclass(frozen=True, eq=False)
class _Networks:
    """The networks of a configuration on the intervals of a study."""

    configuration: NetworkConfiguration
    intervals: Intervals
    seed: int

    @property
    def classifies(self) -> bool:
        return self.configuration.model == "interval_classifier"

    def outcome(self, look_back: int, splits: Splits, members: Integers, progress: Progress) -> Outcome:
        """Train the networks of some repeats (m,) with a look-back, and measure them."""
        network, (centre, spread) = self._network(look_back), self._scale(splits.train)
        targets = self.intervals.one_hot if self.classifies else self.intervals.days[:, None].astype(np.float32)
        windows = TrainingWindows(self.intervals.inputs(look_back), targets, splits.train, centre, spread)
        weights = network.fresh_weights(len(splits.train), self.seed)
        weights, compiling = train(network, windows, members, weights, self.seed, progress)
        outcome = self._measured(network, weights, (centre[members], spread[members]), splits.part(members))
        return replace(outcome, compile_seconds=compiling)

    def _network(self, look_back: int) -> Network:
        outputs = self.intervals.classes.classes if self.classifies else 1
        loss: Literal["cross_entropy", "mse"] = "cross_entropy" if self.classifies else "mse"
        own = {"units", "dense_units", "dropout", "epochs", "batch_size", "learning_rate"}
        return Network(look_back, outputs, loss, **self.configuration.model_dump(include=own))

    def _scale(self, train: Integers) -> tuple[Floats, Floats]:
        """Mean and standard deviation (R,) of the training days of each repeat; 0 and 1 for bins."""
        if self.classifies:
            return np.zeros(len(train)), np.ones(len(train))
        days = self.intervals.days[train]
        spread = days.std(axis=1)
        return days.mean(axis=1), np.where(spread > 0, spread, 1.0)

    def _measured(self, network: Network, weights: Weights, scale: tuple[Floats, Floats], splits: Splits) -> Outcome:
        """The outcome of trained networks (R, ...) on the splits of their R repeats."""
        inputs, parts = self.intervals.inputs(network.look_back), []
        for group in groups(len(splits.train)):
            outputs = forecast(network, [part[group] for part in weights], inputs)
            if self.classifies:
                parts.append(of_bins(outputs, self.intervals, splits.part(group)))
            else:
                days = outputs[:, :, 0] * scale[1][group, None] + scale[0][group, None]
                parts.append(of_days(days, self.intervals, splits.part(group)))
        return joined(parts)
