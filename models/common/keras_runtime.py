"""Starts TensorFlow and Keras, once, quietly and reproducibly.

TensorFlow takes seconds to import, so no module imports it at its top: whoever needs Keras calls `start`.
"""

from __future__ import annotations

import gc
import logging
import os
import random
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from models.common.description import attempt, require_bounded


@cache
def tensorflow() -> Any:
    """Import TensorFlow with its start-up chatter off and bit-for-bit reproducible operations."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # oneDNN sums in an order that differs between runs
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import tensorflow

    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    tensorflow.config.experimental.enable_op_determinism()
    return tensorflow


@cache
def _keras() -> Any:
    """Import Keras, and take what the imports made out of garbage collection.

    Keras collects garbage whenever it clears its session. Without this, each time walks through half a million objects
    of modules, which takes a third of a second and longer than building a network.
    """
    tensorflow()
    import keras

    gc.freeze()
    return keras


def start(seed: int) -> Any:
    """The `keras` module, after seeding the generators of Python, NumPy and TensorFlow, and dropping old graphs.

    Call it before each network is built: then the same seed and data give the same weights, whatever was trained
    earlier in the process, and memory does not grow over many trainings.
    """
    keras = _keras()
    _drop_custom_gradients()
    keras.backend.clear_session()
    draw_from(seed)
    return keras


def draw_from(seed: int) -> None:
    """Seed the generators of Python, NumPy and TensorFlow, and that of the first weights of Keras' layers.

    Keras takes the seeds of layers from Python's shared generator, from which other threads draw too, Prefect's among
    them: one draw between the seeding and the building of a network gives other first weights. So it gets its own.
    """
    from keras.src.random import seed_generator

    _keras().utils.set_random_seed(seed)
    seed_generator.python_random = random.Random(seed)  # noqa: S311 - first weights are no secret


def save_network(network: Any, path: Path) -> None:
    """Write a network into a ``.keras`` file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras copies TensorFlow variables the NumPy 1 way
        network.save(path)


def load_network(path: Path) -> Any:
    """The network of a ``.keras`` file; nothing in the file is executed.

    Raises:
        InputError: if the file is missing or damaged.
    """
    keras = start(0)
    attempt(lambda: require_bounded(path), path.name)
    return attempt(lambda: keras.saving.load_model(path, compile=False, safe_mode=True), path.name)


def _drop_custom_gradients() -> None:
    """Free the graphs that TensorFlow's registry of gradients keeps forever.

    Each time a graph with a custom gradient is traced (``silu`` has one, and so has every optimizer of Keras), its
    closure is registered under a new name and never removed: https://github.com/tensorflow/tensorflow/issues/97697.
    Names are looked up only while a graph is traced; those of finished graphs are never needed again.
    """
    from tensorflow.python.framework.ops import gradient_registry

    names = getattr(gradient_registry, "_registry", {})  # not public; without it, only memory is lost
    for name in [name for name in names if name.startswith("CustomGradient-")]:
        del names[name]
