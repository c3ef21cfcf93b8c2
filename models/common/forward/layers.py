"""The layers and operations of Keras that our networks have, by NumPy in single precision.

Each maker takes the configuration of a layer and its weights, and gives a function of arrays. It raises
`UnknownLayerError` where a configuration asks for more than is known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from models.common.arrays import Singles
from models.common.forward.lstm import LstmWeights

Function = Callable[..., Any]
Maker = Callable[[dict[str, Any], Any], Function]


class UnknownLayerError(Exception):
    """A network has a layer, or an option of one, that is not known here."""


def sigmoid(values: Singles) -> Singles:
    """The logistic function."""
    return np.asarray(0.5 * np.tanh(0.5 * values) + 0.5)


ERF_SLOPE = 0.3275911
ERF_FACTORS = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)


def gelu(values: Singles) -> Singles:
    """The Gaussian error linear unit (Hendrycks and Gimpel, 2016).

    The error function is that of Abramowitz and Stegun (1964), 7.1.26, good to 1.5e-7: SciPy's takes ten times longer.
    """
    size = np.abs(values) * np.float32(np.sqrt(0.5))
    inverse = 1.0 / (1.0 + ERF_SLOPE * size)
    polynomial = np.zeros_like(inverse)
    for factor in ERF_FACTORS:
        polynomial += factor
        polynomial *= inverse
    outside = 0.5 * polynomial * np.exp(-size * size)  # of the normal distribution, beyond |x|
    return np.asarray(values * np.where(values < 0, outside, 1.0 - outside))


def softmax(values: Singles, axis: int = -1) -> Singles:
    """Shares that sum to 1 along an axis."""
    powers = np.exp(values - values.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def softplus(values: Singles) -> Singles:
    """The smooth ramp log(1 + exp(x))."""
    return np.asarray(np.logaddexp(values, np.float32(0.0)))


ACTIVATIONS: dict[str, Callable[[Singles], Singles]] = {
    "linear": lambda values: values,
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "gelu": gelu,
    "silu": lambda values: values * sigmoid(values),
    "relu": lambda values: np.maximum(values, 0.0),
    "softmax": softmax,
    "softplus": softplus,
}


def _dense(config: dict[str, Any], weights: Any) -> Function:
    activation = ACTIVATIONS.get(config["activation"])
    if activation is None or not config["use_bias"]:
        raise UnknownLayerError(config["name"])
    kernel, bias = weights

    def dense(values: Singles) -> Singles:
        flat = values.reshape(-1, values.shape[-1]) @ kernel
        flat += bias
        return activation(flat).reshape(*values.shape[:-1], len(bias))

    return dense


LSTM_OPTIONS = {"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True, "go_backwards": False}
LSTM_OPTIONS |= {"stateful": False, "return_sequences": None, "return_state": None}


def _lstm(config: dict[str, Any], weights: Any) -> Function:
    if any(wanted is not None and config[name] != wanted for name, wanted in LSTM_OPTIONS.items()):
        raise UnknownLayerError(config["name"])
    lstm, all_steps, with_state = LstmWeights.of(*weights), config["return_sequences"], config["return_state"]

    def run(sequences: Singles, initial_state: list[Singles] | None = None) -> Any:
        initial = None if initial_state is None else (initial_state[0].T, initial_state[1].T)
        every = np.empty((*sequences.shape[:2], lstm.units), np.float32) if all_steps else None
        output, memory = lstm.states(sequences, initial, every)
        result = output.T if every is None else every
        return [result, output.T, memory.T] if with_state else result

    return run


def _along_axis(function: Callable[..., Any]) -> Maker:
    """The maker of an operation along an axis."""
    return lambda config, _: lambda values: function(values, axis=config["axis"])


def _plain(function: Function) -> Maker:
    """The maker of an operation without options."""
    return lambda _, __: function


MAKERS: dict[str, Maker] = {
    "Dense": _dense,
    "LSTM": _lstm,
    "Dropout": _plain(lambda values: values),
    "Concatenate": lambda config, _: lambda parts: np.concatenate(parts, axis=config["axis"]),
    "Reshape": lambda config, _: lambda values: values.reshape(len(values), *config["target_shape"]),
    "GetItem": _plain(lambda values, key: values[tuple(key)]),
    "Softmax": _along_axis(softmax),
    "Cumsum": _along_axis(np.cumsum),
    "Flip": _along_axis(np.flip),
    "Sum": lambda config, _: lambda values: values.sum(axis=config["axis"], keepdims=config["keepdims"]),
    "Clip": lambda config, _: lambda values: np.clip(values, config["x_min"], config["x_max"]),
    "Add": lambda _, __: lambda *parts: sum(parts[0][1:], parts[0][0]) if len(parts) == 1 else parts[0] + parts[1],
    "Subtract": _plain(lambda one, other: one - other),
    "Multiply": _plain(lambda one, other: one * other),
    "TrueDivide": _plain(lambda one, other: one / other),
    "Negative": _plain(np.negative),
    "Sinh": _plain(np.sinh),
    "Exp": _plain(np.exp),
    "Tanh": _plain(np.tanh),
    "Softplus": _plain(softplus),
    "ZerosLike": _plain(np.zeros_like),
}
"""By the class name in a network's configuration; ``Add`` is a layer of a list, or an operation of two."""
