"""The programs of a bank of LSTMs: training and forecasting, each one function that XLA compiles."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from models.common import keras_runtime
from models.common.lstm_bank.cells import forward, zero_state
from models.common.lstm_bank.optimisers import OPTIMISERS
from models.common.lstm_bank.shape import BankShape, Learning

PROGRAMS = 32
"""Compiled programs that are kept; one more drops the oldest."""


@lru_cache(PROGRAMS)
def forecasting_program(shape: BankShape, size: int, carried: bool) -> Callable[..., Any]:
    """A function of weights, inputs (G, rows, T, F) and a state; returns outputs (M, rows, O) and the next state.

    Args:
        shape: Shape of the networks.
        size: Rows of a batch.
        carried: Whether each batch starts with the state after the one before; else all but the first start with zeros.
    """
    tensorflow = keras_runtime.tensorflow()

    @tensorflow.function(autograph=False, jit_compile=True)  # type: ignore[untyped-decorator]
    def run(weights: Any, inputs: Any, state: Any) -> Any:
        models, batches = weights[0].shape[0], inputs.shape[1] // size
        outputs = tensorflow.TensorArray(tensorflow.float32, batches, element_shape=(models, size, shape.outputs))

        def one(batch: Any, state: Any, outputs: Any) -> Any:
            output, ended = forward(tensorflow, weights, _rows(tensorflow, inputs, batch, size), state)
            return (
                batch + 1,
                ended if carried else zero_state(tensorflow, shape.units, models, size),
                outputs.write(batch, output),
            )

        _, ended, outputs = tensorflow.while_loop(lambda batch, *_: batch < batches, one, (0, state, outputs))
        by_model = tensorflow.transpose(outputs.stack(), (1, 0, 2, 3))
        return tensorflow.reshape(by_model, (models, batches * size, shape.outputs)), ended

    program: Callable[..., Any] = run
    return program


@lru_cache(PROGRAMS)
def training_program(shape: BankShape, learning: Learning, count: int, validated: bool) -> Callable[..., Any]:
    """A function of weights, samples, a seed and a number of epochs; returns the values of `Trained` in `bank`.

    The number of epochs is no more than ``learning.epochs``: with 0 the program is compiled and nothing happens.

    Args:
        shape: Shape of the networks.
        learning: How they learn.
        count: Samples; further rows fill the last batch.
        validated: Whether there are samples of validation beside those of training.
    """
    tensorflow = keras_runtime.tensorflow()
    program: Callable[..., Any] = tensorflow.function(
        _Training(tensorflow, shape, learning, count, validated).run, autograph=False, jit_compile=True
    )
    return program


def _rows(tensorflow: Any, part: Any, batch: Any, size: int) -> Any:
    """The rows of a batch, of an array (G, rows, ...)."""
    groups, _, *rest = part.shape
    return tensorflow.slice(part, [0, batch * size, *[0] * len(rest)], [groups, size, *rest])


class _Training:
    """The loops of a training, traced by TensorFlow."""

    def __init__(self, tensorflow: Any, shape: BankShape, learning: Learning, count: int, validated: bool) -> None:
        self.tensorflow = tensorflow
        self.shape = shape
        self.learning = learning
        self.count = count
        self.validated = validated
        self.advance = OPTIMISERS[learning.optimiser]

    def run(self, weights: Any, data: Any, seed: Any, epochs: Any) -> Any:
        """All epochs."""
        tf, models = self.tensorflow, weights[0].shape[0]
        nothing = tf.zeros((self.learning.epochs, models))
        moments = [[tf.zeros_like(weight) for weight in weights] for _ in range(2)]
        best = (weights, tf.fill((models,), float("inf")), tf.zeros((models,), tf.int32))
        start = (0, weights, moments, 0.0, self._zeros(models), best, nothing, nothing)

        def one(epoch: Any, weights: Any, moments: Any, steps: Any, state: Any, best: Any, *curves: Any) -> Any:
            losses, validation_losses = curves
            if self.learning.reset == "epoch":
                state = self._zeros(models)
            order = self._order(models, seed, epoch) if self.learning.shuffle else None
            weights, moments, steps, state, loss = self._epoch(weights, moments, steps, state, data[0], order)
            losses = tf.tensor_scatter_nd_update(losses, [[epoch]], [loss])
            if self.validated:
                value = self._validation_loss(weights, state, data[1])
                validation_losses = tf.tensor_scatter_nd_update(validation_losses, [[epoch]], [value])
                best = self._better(best, weights, value, epoch)
            return epoch + 1, weights, moments, steps, state, best, losses, validation_losses

        ended = tf.while_loop(lambda epoch, *_: epoch < epochs, one, start)
        _, weights, _, _, state, best, losses, validation_losses = ended
        if self.learning.patience is None:
            return weights, state, losses, validation_losses, tf.fill((models,), self.learning.epochs - 1)
        return best[0], state, losses, validation_losses, best[2]

    def _epoch(self, weights: Any, moments: Any, steps: Any, state: Any, samples: Any, order: Any) -> Any:
        """Every batch once; the loss is the mean over samples."""
        tf, models, size = self.tensorflow, weights[0].shape[0], self.learning.batch_size
        start = (0, weights, moments, steps, state, tf.zeros((models,)), tf.zeros((models,)))

        def one(batch: Any, weights: Any, moments: Any, steps: Any, state: Any, total: Any, counted: Any) -> Any:
            inputs, targets, counts = self._batch(samples, batch, order)
            with tf.GradientTape() as tape:
                tape.watch(weights)
                output, after = forward(tf, weights, inputs, state)
                weight = tf.reduce_sum(counts, axis=1)
                loss = self._sum_of_losses(output, targets, counts)
                mean = tf.reduce_sum(loss / tf.maximum(weight, 1e-12))
            gradients = tape.gradient(mean, weights)
            weights, moments = self.advance(tf, self.learning.learning_rate, steps + 1, weights, gradients, moments)
            state = after if self.learning.stateful else self._zeros(models)
            return batch + 1, weights, moments, steps + 1, state, total + loss, counted + weight

        batches = -(-self.count // size)
        ended = tf.while_loop(lambda batch, *_: batch < batches, one, start)
        _, weights, moments, steps, state, total, counted = ended
        return weights, moments, steps, state, total / tf.maximum(counted, 1e-12)

    def _validation_loss(self, weights: Any, state: Any, samples: Any) -> Any:
        tf, models, size = self.tensorflow, weights[0].shape[0], self.learning.batch_size
        start = (0, state, tf.zeros((models,)), tf.zeros((models,)))

        def one(batch: Any, state: Any, total: Any, counted: Any) -> Any:
            inputs, targets, counts = self._batch(samples, batch, None)
            output, after = forward(tf, weights, inputs, state)
            state = after if self.learning.stateful else self._zeros(models)
            loss = self._sum_of_losses(output, targets, counts)
            return batch + 1, state, total + loss, counted + tf.reduce_sum(counts, axis=1)

        batches = samples[0].shape[1] // size
        _, _, total, counted = tf.while_loop(lambda batch, *_: batch < batches, one, start)
        return total / tf.maximum(counted, 1e-12)

    def _better(self, best: Any, weights: Any, value: Any, epoch: Any) -> Any:
        """The best weights of each network so far; they no longer change once patience has run out."""
        tf = self.tensorflow
        kept, least, when = best
        patience = self.learning.epochs if self.learning.patience is None else self.learning.patience
        better = (value < least) & (epoch - when <= patience)

        def chosen(new: Any, old: Any) -> Any:
            return tf.where(tf.reshape(better, (-1, *(1,) * (len(new.shape) - 1))), new, old)

        return (
            [chosen(*pair) for pair in zip(weights, kept, strict=True)],
            chosen(value, least),
            chosen(tf.fill(when.shape, epoch), when),
        )

    def _batch(self, samples: Any, batch: Any, order: Any) -> list[Any]:
        """Inputs (G, size, T, F), targets (G, size, O) and weights (G, size) of one batch."""
        size = self.learning.batch_size
        if order is None:
            return [_rows(self.tensorflow, part, batch, size) for part in samples]
        rows = _rows(self.tensorflow, order, batch, size)
        return [self._gathered(part, rows) for part in samples]

    def _gathered(self, part: Any, rows: Any) -> Any:
        if part.shape[0] == 1:
            return self.tensorflow.gather(part[0], rows)
        return self.tensorflow.gather(part, rows, batch_dims=1)

    def _order(self, models: int, seed: Any, epoch: Any) -> Any:
        """The rows of every batch, in an order of each network's own, (M, rows); the filling stays last."""
        tf, rows = self.tensorflow, -(-self.count // self.learning.batch_size) * self.learning.batch_size
        drawn = tf.random.stateless_uniform((models, self.count), tf.stack([seed, epoch]))
        filling = tf.fill((models, rows - self.count), 2.0)
        return tf.argsort(tf.concat([drawn, filling], axis=1), axis=1, stable=True)

    def _sum_of_losses(self, output: Any, targets: Any, counts: Any) -> Any:
        """Of each network over the samples of a batch, (M,)."""
        tf, error = self.tensorflow, output - targets
        each = tf.square(error) if self.learning.loss == "mse" else tf.abs(error)
        return tf.reduce_sum(tf.reduce_mean(each, axis=2) * counts, axis=1)

    def _zeros(self, models: int) -> Any:
        return zero_state(self.tensorflow, self.shape.units, models, self.learning.batch_size)
