"""LSTMs of studies: the repeats of a configuration are trained together, as one bank."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from models.common.arrays import Floats
from models.common.lstm_bank.bank import BankShape, Learning, State, Weights, forecast, fresh_weights, train
from nightcast.errors import InputError
from studies.series.measure import Part, Walk
from studies.series.settings import LstmConfiguration
from studies.series.windows import Framed, Samples, frame

LARGEST_BANK = 50_000_000
"""Numbers that one bank keeps in memory, its forecasts included; more repeats are trained in several banks."""


@dataclass(frozen=True, eq=False)
class Networks:
    """Trained networks, one for each repeat.

    Attributes:
        shape: Shape of each.
        framed: The series as they were trained on it.
        weights: Weights of all networks.
        state: After training; None where forecasts start from zeros.
        compile_seconds: The seconds that compiling the training took.
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
        known: The length of the training part.
        configuration: Their layers and training.
        repeats: The number of networks.
        seed: Seed of their first weights and of the order of samples.
        weights: First weights of all repeats; drawn with the seed when left out.

    Raises:
        InputError: if the series is too short for the configuration, or its samples do not fill whole batches.
    """
    framed = _framed(values, known, configuration)
    training, validation = _parts(framed.train, configuration)
    for samples in (training, validation):
        _check_whole(len(samples), configuration.batch_size, configuration)
    shape = _shape(configuration)
    trained = train(
        shape,
        _learning(configuration),
        fresh_weights(shape, repeats, seed) if weights is None else weights,
        training.inputs,
        training.targets,
        seed=seed,
        validation=None if configuration.validation is None else (validation.inputs, validation.targets),
    )
    state = trained.state if configuration.reset == "never" else None
    return Networks(shape, framed, trained.weights, state, trained.compile_seconds)


def walk(networks: Networks, configuration: LstmConfiguration) -> Walk:
    """Forecast both parts, each value from the true values before it.

    Args:
        networks: Trained by this configuration, or by another with the same training.
        configuration: Its settings of forecasts.

    Raises:
        InputError: if the samples of a part do not fill whole batches of a stateful forecast.
    """
    train, state = _part(networks, networks.framed.train, configuration, networks.state)
    test, _ = _part(
        networks, networks.framed.test, configuration, state if configuration.seed_state else networks.state
    )
    return Walk(train, test)


def most_repeats(values: Floats, configuration: LstmConfiguration) -> int:
    """The most repeats that are trained together."""
    parameters = sum(int(np.prod(sizes)) for sizes in _shape(configuration).weights)
    return max(1, LARGEST_BANK // (4 * parameters + 4 * len(values)))


def _framed(values: Floats, known: int, configuration: LstmConfiguration) -> Framed:
    framed, count = frame(values, known, configuration), configuration.train_last
    if count is None:
        return framed
    if count > len(framed.train):
        raise InputError(
            f"{configuration.name!r} has train_last = {count}, but the training part has {len(framed.train)} samples.",
            "Give train_last a smaller number, or leave it out.",
        )
    return replace(framed, train=framed.train.last(count))


def _parts(samples: Samples, configuration: LstmConfiguration) -> tuple[Samples, Samples]:
    """Samples to train on, and the last ones, which only stop the training early."""
    share = configuration.validation or 0
    count = share if isinstance(share, int) else int(len(samples) * share)
    if count >= len(samples) or (configuration.validation is not None and count == 0):
        raise InputError(
            f"{configuration.name!r} uses {count} of {len(samples)} training samples for validation.",
            "Change validation, so that there are samples to train on and samples to validate on.",
        )
    return samples.parted(len(samples) - count)


def _check_whole(count: int, size: int, configuration: LstmConfiguration) -> None:
    if configuration.stateful and count % size:
        raise InputError(
            f"{configuration.name!r} is stateful and needs whole batches, but {count} samples are no multiple of "
            f"{size}.",
            "Change train_last, validation, batch_size or forecast_batch_size.",
        )


def _shape(configuration: LstmConfiguration) -> BankShape:
    look_back, window = configuration.look_back, configuration.framing == "window"
    return BankShape(1 if window else look_back, look_back if window else 1, configuration.units)


def _learning(configuration: LstmConfiguration) -> Learning:
    return Learning(**configuration.model_dump(include={field.name for field in fields(Learning)}))


def _part(
    networks: Networks, samples: Samples, configuration: LstmConfiguration, state: State | None
) -> tuple[Part, State]:
    """Forecasts of one part, and the state after them."""
    size = configuration.forecast_batch_size or configuration.batch_size
    _check_whole(len(samples), size, configuration)
    outputs, after = forecast(
        networks.shape,
        networks.weights,
        samples.inputs,
        batch_size=size,
        stateful=configuration.stateful,
        reset_each=configuration.forecast_reset,
        state=state,
    )
    forecasts = networks.framed.restore(outputs[:, :, 0], samples.places)
    return Part(samples.places, forecasts), after
