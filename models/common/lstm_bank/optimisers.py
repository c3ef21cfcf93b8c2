"""The optimisers of a bank of LSTMs, as Keras defines them, with its defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

EPSILON = 1e-7
FIRST_DECAY, SECOND_DECAY = 0.9, 0.999
RMSPROP_DECAY = 0.9


def adam(tensorflow: Any, rate: float, step: Any, weights: Any, gradients: Any, moments: Any) -> Any:
    """One step of Adam (Kingma and Ba, 2015): the weights after it, and both moments.

    Args:
        tensorflow: The module.
        rate: The learning rate.
        step: From 1 on.
        weights: Before the step.
        gradients: One for each.
        moments: First and second moment of each.
    """
    first = [old + (new - old) * (1 - FIRST_DECAY) for old, new in zip(moments[0], gradients, strict=True)]
    second = [
        old + (tensorflow.square(new) - old) * (1 - SECOND_DECAY)
        for old, new in zip(moments[1], gradients, strict=True)
    ]
    scale = rate * tensorflow.sqrt(1 - tensorflow.pow(SECOND_DECAY, step)) / (1 - tensorflow.pow(FIRST_DECAY, step))
    moved = [
        weight - scale * mean / (tensorflow.sqrt(square) + EPSILON)
        for weight, mean, square in zip(weights, first, second, strict=True)
    ]
    return moved, [first, second]


def rmsprop(tensorflow: Any, rate: float, step: Any, weights: Any, gradients: Any, moments: Any) -> Any:
    """One step of RMSprop (Tieleman and Hinton, 2012); arguments as for `adam`."""
    squares = [
        RMSPROP_DECAY * old + (1 - RMSPROP_DECAY) * tensorflow.square(new)
        for old, new in zip(moments[1], gradients, strict=True)
    ]
    moved = [
        weight - rate * new * tensorflow.math.rsqrt(square + EPSILON)
        for weight, new, square in zip(weights, gradients, squares, strict=True)
    ]
    return moved, [moments[0], squares]


OPTIMISERS: dict[str, Callable[..., Any]] = {"adam": adam, "rmsprop": rmsprop}
"""By the name that users give."""
