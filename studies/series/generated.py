"""Series made by formulas."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Floats

STEPS = 10
"""Steps of the integration in a unit of time."""

SETTLING = 300
"""Units of time that are dropped, so that a series does not depend on its start."""

START = 1.2
"""The constant past from which a series starts."""


def noisy_sine(length: int, step: float, noise: float, seed: int) -> Floats:
    """A sine with normal noise, (n,).

    The expected root mean squared error of a forecast is never below the noise's standard deviation.

    Args:
        length: n.
        step: Radians between two values; the first is at 0.
        noise: Standard deviation.
        seed: Seed of the noise, drawn by NumPy's legacy generator, as tutorials do.
    """
    return np.asarray(np.sin(np.arange(length) * step) + _noise(length, noise, seed))


def mackey_glass(length: int, step: int, delay: int, noise: float, seed: int) -> Floats:
    """The chaotic series of Mackey and Glass (1977), dx/dt = 0.2 x(t - delay) / (1 + x(t - delay)^10) - 0.1 x(t), (n,).

    Integrated by Heun's method with `STEPS` steps in a unit of time.

    Args:
        length: n.
        step: Units of time between two values.
        delay: Units of time; chaotic from 17 on.
        noise: Standard deviation of normal noise that is added to the values, not to the dynamics.
        seed: Seed of the noise.
    """
    lag, size = delay * STEPS, 1.0 / STEPS
    taken = (SETTLING + np.arange(length) * step) * STEPS
    past = [START] * (lag + 1)
    for place in range(int(taken[-1])):
        # The delayed values at both ends of a step are known; only x itself is integrated.
        now, growth, later = past[-1], _growth(past[place]), _growth(past[place + 1])
        guess = now + size * (growth - 0.1 * now)
        past.append(now + size / 2 * (growth - 0.1 * now + later - 0.1 * guess))
    return np.asarray(np.array(past)[lag + taken] + _noise(length, noise, seed))


def _growth(delayed: float) -> float:
    return 0.2 * delayed / (1 + delayed**10)


def _noise(length: int, noise: float, seed: int) -> Floats:
    return np.asarray(np.random.RandomState(seed).normal(scale=noise, size=length))
