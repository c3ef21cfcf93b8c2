"""LSTMs in all the settings of a study: the repeats of a configuration are trained together, as one bank."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.common.arrays import Floats
from models.common.lstm_bank.bank import BankShape, Learning, State, Weights, forecast, fresh_weights, train
from nightcast.errors import InputError
from studies.series.framing import Framed, Samples, frame
from studies.series.settings import LstmConfiguration
from studies.series.walk import Part, Walk

LARGEST_BANK = 50_000_000
"""Numbers that networks trained together keep, their forecasts among them; more repeats come one bank after another."""


@dataclass(frozen=True, eq=False)
class Networks:
    """Trained networks, one for each repeat.

    Attributes:
        shape: Of each.
        framed: The series as they were trained on it.
        weights: Theirs.
        state: What the training left in them; None where it was forgotten.
        compile_seconds: What compiling the training took.
    """

    shape: BankShape
    framed: Framed
    weights: Weights
    state: State | None
    compile_seconds: float


def train_networks(
    values: Floats,
    known: int,
    configuration: LstmConfiguration,
    repeats: int,
    seed: int,
    weights: Weights | None = None,
) -> Networks:
    """Train a configuration's networks on the training part.

    Args:
        values: The series, (n,).
        known: How many of its values are the training part.
        configuration: How they are trained.
        repeats: How many networks.
        seed: Of their first weights and of the order of samples.
        weights: To begin with, of all repeats; drawn with the seed when left out.

    Raises:
        InputError: if the series is too short for the configuration, or its samples do not fill whole batches.
    """
    framed = _framed(values, known, configuration)
    learned, held = _held_out(framed.train, configuration)
    for samples in (learned, held):
        _check_whole(len(samples), configuration.batch_size, configuration)
    shape = _shape(configuration)
    trained = train(
        shape,
        _learning(configuration),
        fresh_weights(shape, repeats, seed) if weights is None else weights,
        learned.inputs,
        learned.targets,
        seed=seed,
        validation=None if configuration.validation is None else (held.inputs, held.targets),
    )
    state = trained.state if configuration.reset == "never" else None
    return Networks(shape, framed, trained.weights, state, trained.compile_seconds)


def walk(networks: Networks, configuration: LstmConfiguration) -> Walk:
    """Forecast both parts, each value from the true values before it.

    Args:
        networks: That this configuration trained, or another one with the same training.
        configuration: How to forecast.

    Raises:
        InputError: if the samples of a part do not fill whole batches of a stateful forecast.
    """
    train, state = _part(networks, networks.framed.train, configuration, networks.state)
    test, _ = _part(
        networks, networks.framed.test, configuration, state if configuration.seed_state else networks.state
    )
    return Walk(train, test)


def most_repeats(values: Floats, configuration: LstmConfiguration) -> int:
    """Repeats that are trained together at most."""
    parameters = sum(int(np.prod(sizes)) for sizes in _shape(configuration).weights)
    return max(1, LARGEST_BANK // (4 * parameters + 4 * len(values)))


def _framed(values: Floats, known: int, configuration: LstmConfiguration) -> Framed:
    framed, wanted = frame(values, known, configuration), configuration.train_last
    if wanted is None:
        return framed
    if wanted > len(framed.train):
        raise InputError(
            f"{configuration.name!r} is to train on the last {wanted} samples, but there are only {len(framed.train)}.",
            "Give train_last a smaller number, or leave it out.",
        )
    return replace(framed, train=framed.train.last(wanted))


def _held_out(samples: Samples, configuration: LstmConfiguration) -> tuple[Samples, Samples]:
    """Samples to learn from, and the last ones that only stop the training early."""
    wanted = configuration.validation or 0
    held = wanted if isinstance(wanted, int) else int(len(samples) * wanted)
    if held >= len(samples) or (configuration.validation is not None and held == 0):
        raise InputError(
            f"{configuration.name!r} holds {held} of {len(samples)} training samples out for validation.",
            "Change validation so that some are held out, and some are left to learn from.",
        )
    return samples.parted(len(samples) - held)


def _check_whole(count: int, size: int, configuration: LstmConfiguration) -> None:
    if configuration.stateful and count % size:
        raise InputError(
            f"{configuration.name!r} carries its state from batch to batch, but {count} samples are no whole batches "
            f"of {size}.",
            "Set train_last, validation, batch_size or forecast_batch_size so that they are.",
        )


def _shape(configuration: LstmConfiguration) -> BankShape:
    look_back, window = configuration.look_back, configuration.framing == "window"
    return BankShape(1 if window else look_back, look_back if window else 1, configuration.units)


def _learning(configuration: LstmConfiguration) -> Learning:
    return Learning(
        epochs=configuration.epochs,
        batch_size=configuration.batch_size,
        stateful=configuration.stateful,
        reset=configuration.reset,
        shuffle=configuration.shuffle,
        optimiser=configuration.optimiser,
        learning_rate=configuration.learning_rate,
        loss=configuration.loss,
        patience=configuration.patience,
    )


def _part(
    networks: Networks, samples: Samples, configuration: LstmConfiguration, state: State | None
) -> tuple[Part, State]:
    """Forecasts of one part, and the state that they leave."""
    size = configuration.forecast_batch_size or configuration.batch_size
    _check_whole(len(samples), size, configuration)
    outputs, left = forecast(
        networks.shape,
        networks.weights,
        samples.inputs,
        batch_size=size,
        stateful=configuration.stateful,
        reset_each=configuration.forecast_reset,
        state=state,
    )
    forecasts = networks.framed.restore(outputs[:, :, 0], samples.places)
    return Part(samples.places, forecasts), left
