from __future__ import annotations

import gc
import random
import weakref
from typing import Any

from models.common import keras_runtime


def graph_of_a_gradient(keras: Any) -> weakref.ref[Any]:
    import tensorflow

    dense = keras.layers.Dense(3, activation="silu")  # silu has a gradient of its own

    def gradient(values: Any) -> Any:
        with tensorflow.GradientTape() as tape:
            total = tensorflow.reduce_sum(dense(values))
        return tape.gradient(total, dense.trainable_variables)

    traced = tensorflow.function(gradient).get_concrete_function(tensorflow.TensorSpec((2, 4)))
    return weakref.ref(traced.graph)


def test_graphs_of_finished_trainings_are_let_go() -> None:
    graph = graph_of_a_gradient(keras_runtime.start(1))
    keras_runtime.start(1)
    gc.collect()
    assert graph() is None


def test_the_same_seed_gives_the_same_weights_whatever_came_before() -> None:
    first = keras_runtime.start(7).layers.Dense(3)
    first.build((None, 4))
    keras_runtime.start(8).layers.Dense(5).build((None, 2))
    again = keras_runtime.start(7).layers.Dense(3)
    again.build((None, 4))
    assert (first.get_weights()[0] == again.get_weights()[0]).all()


def test_the_same_seed_gives_the_same_weights_whatever_other_threads_draw() -> None:
    first = keras_runtime.start(7).layers.Dense(3)
    first.build((None, 4))
    keras = keras_runtime.start(7)
    random.seed(99)  # as if another thread had drawn from Python's generator
    again = keras.layers.Dense(3)
    again.build((None, 4))
    assert (first.get_weights()[0] == again.get_weights()[0]).all()
