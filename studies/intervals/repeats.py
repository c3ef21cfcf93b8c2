"""The networks of a configuration: trained for every repeat, at a look-back that is given or validated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.common.arrays import Floats, Integers
from models.common.lstm_bank.bank import Weights
from models.common.selection import Progress, part_of
from studies.intervals.measure import Outcome, joined, of_networks
from studies.intervals.network import Network
from studies.intervals.settings import NetworkConfiguration
from studies.intervals.training import Lesson, train
from studies.intervals.windows import Intervals, Splits

VALIDATION_SHARE = 0.8
"""Of the time, spent on comparing candidates."""


@dataclass(frozen=True, eq=False)
class _Task:
    """One configuration on one study's intervals."""

    configuration: NetworkConfiguration
    intervals: Intervals
    seed: int

    def network(self, look_back: int) -> Network:
        one, classifies = self.configuration, self.configuration.model == "interval_classifier"
        return Network(
            look_back=look_back,
            outputs=self.intervals.classes.classes if classifies else 1,
            loss="cross_entropy" if classifies else "mse",
            units=one.units,
            dense_units=one.dense_units,
            dropout=one.dropout,
            epochs=one.epochs,
            batch_size=one.batch_size,
            learning_rate=one.learning_rate,
        )

    def scale(self, train: Integers) -> tuple[Floats, Floats]:
        """Mean and spread (R,) of the training days of each repeat; 0 and 1 for bins."""
        if self.configuration.model == "interval_classifier":
            return np.zeros(len(train)), np.ones(len(train))
        days = self.intervals.days[train]
        spread = days.std(axis=1)
        return days.mean(axis=1), np.where(spread > 0, spread, 1.0)

    def trained(self, network: Network, splits: Splits, members: Integers, progress: Progress) -> tuple[Weights, float]:
        classifies = network.loss == "cross_entropy"
        targets = self.intervals.one_hot if classifies else self.intervals.days[:, None].astype(np.float32)
        lesson = Lesson(self.intervals.inputs(network.look_back), targets, splits.train, *self.scale(splits.train))
        return train(network, lesson, members, network.fresh_weights(len(splits.train), self.seed), self.seed, progress)

    def measured(self, network: Network, weights: Weights, splits: Splits) -> Outcome:
        return of_networks(network, weights, self.scale(splits.train), self.intervals, splits)


def repeat_networks(
    configuration: NetworkConfiguration, intervals: Intervals, splits: Splits, seed: int, progress: Progress
) -> Outcome:
    """What the networks of a configuration lead to, one for each repeat.

    A validated look-back is chosen in each repeat by the loss on the last part of its training windows, of networks
    that learned from the others; then a network of that look-back learns from all of them.

    Args:
        configuration: Of networks.
        intervals: All.
        splits: Of the repeats.
        seed: Of weights, orders and dropout.
        progress: Told how much is done.
    """
    task, repeats = _Task(configuration, intervals, seed), len(splits.train)
    if configuration.look_back != "validated":
        network = task.network(configuration.look_back)
        weights, compiling = task.trained(network, splits, np.arange(repeats), progress)
        return replace(task.measured(network, weights, splits), compile_seconds=compiling)
    losses, compiling = _validation_losses(task, splits, part_of(progress, 0, VALIDATION_SHARE))
    chosen = np.array(configuration.look_backs)[np.argmin(list(losses.values()), axis=0)]
    outcome, again = _by_look_back(task, splits, chosen, part_of(progress, VALIDATION_SHARE, 1))
    return replace(outcome, compile_seconds=compiling + again, chosen=chosen, validation=losses)


def _validation_losses(task: _Task, splits: Splits, progress: Progress) -> tuple[dict[int, Floats], float]:
    """The loss of each candidate in each repeat, and the seconds of compiling."""
    inner, candidates = splits.within(task.configuration.validation_share), task.configuration.look_backs
    metric = "test_log_loss" if task.configuration.model == "interval_classifier" else "test_mae"
    losses, compiling = {}, 0.0
    for number, look_back in enumerate(candidates):
        network, part = (
            task.network(look_back),
            part_of(progress, number / len(candidates), (number + 1) / len(candidates)),
        )
        weights, seconds = task.trained(network, inner, np.arange(len(inner.train)), part)
        losses[look_back] = task.measured(network, weights, inner).scores[metric]
        compiling += seconds
    return losses, compiling


def _by_look_back(task: _Task, splits: Splits, chosen: Integers, progress: Progress) -> tuple[Outcome, float]:
    """Each repeat at its own look-back, and the seconds of compiling."""
    order, parts, compiling, done = np.argsort(chosen, kind="stable"), [], 0.0, 0
    for look_back in np.unique(chosen):
        members = np.flatnonzero(chosen == look_back)
        told = part_of(progress, done / chosen.size, (done + members.size) / chosen.size)
        network = task.network(int(look_back))
        weights, seconds = task.trained(network, splits, members, told)
        parts.append(task.measured(network, weights, splits.part(members)))
        compiling, done = compiling + seconds, done + members.size
    outcome = joined(parts)
    scores = {metric: values[np.argsort(order)] for metric, values in outcome.scores.items()}
    return replace(outcome, scores=scores), compiling
