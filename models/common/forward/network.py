"""A saved Keras network as a graph of NumPy functions."""

from __future__ import annotations

import graphlib
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from threadpoolctl import ThreadpoolController

from models.common.arrays import Singles
from models.common.description import attempt
from models.common.forward.layers import MAKERS, Function, UnknownLayerError
from models.common.forward.saved import Config, Weights, read_saved
from models.common.keras_runtime import save_network
from nightcast.errors import InputError

LARGEST_INPUT = 2**22
"""Most numbers of a row that a network may read; ours read thousands."""


class Tensor(NamedTuple):
    """One of the results of a layer."""

    layer: str
    place: int


@dataclass(frozen=True, eq=False)
class Node:
    """A layer with its function, and what this is called with; a `Tensor` in it stands for its value."""

    layer: str
    function: Function
    positional: list[Any]
    named: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Graph:
    """The layers of a network in an order in which each can be computed.

    Attributes:
        inputs: the names of the inputs, in the order in which they are given.
        shapes: the shape of a row of each, None where any size will do.
        nodes: all other layers.
        outputs: what the network gives.
    """

    inputs: list[str]
    shapes: list[tuple[int | None, ...]]
    nodes: list[Node]
    outputs: list[Tensor]

    @classmethod
    def of(cls, config: Config, weights: Weights) -> Graph:
        """The graph of a functional network.

        Raises:
            UnknownLayerError: if it has anything that is not known here.
        """
        if config["class_name"] != "Functional":
            raise UnknownLayerError(config["class_name"])
        inside = config["config"]
        layers = {layer["config"]["name"]: layer for layer in inside["layers"]}
        inputs = [tensor.layer for tensor in _tensors(inside["input_layers"])]
        nodes = [_node(layers[name], weights) for name in layers if layers[name]["class_name"] != "InputLayer"]
        needed = {node.layer: {one.layer for one in _found((node.positional, node.named))} for node in nodes}
        order = {name: place for place, name in enumerate(graphlib.TopologicalSorter(needed).static_order())}
        shapes = [tuple(layers[name]["config"]["batch_shape"][1:]) for name in inputs]
        return cls(inputs, shapes, sorted(nodes, key=lambda node: order[node.layer]), _tensors(inside["output_layers"]))

    def part(self, name: str) -> Graph:
        """The network inside this one that is its layer of this name."""
        graph: Graph = next(node.function for node in self.nodes if node.layer == name)  # type: ignore[assignment]
        return graph

    def __call__(self, arrays: Sequence[Singles] | Singles) -> Any:
        """The output for these rows, one array for each input; a list where there are several outputs."""
        given = [arrays] if isinstance(arrays, np.ndarray) else arrays
        values: dict[Tensor, Any] = {Tensor(name, 0): one for name, one in zip(self.inputs, given, strict=True)}
        for node in self.nodes:
            result = node.function(*_filled(node.positional, values), **_filled(node.named, values))
            several = result if isinstance(result, list) else [result]
            values |= {Tensor(node.layer, place): one for place, one in enumerate(several)}
        outputs = [values[tensor] for tensor in self.outputs]
        return outputs if len(outputs) > 1 else outputs[0]


class Input(NamedTuple):
    """An input of a network."""

    shape: tuple[int | None, ...]


@dataclass(frozen=True, eq=False)
class ForwardNetwork:
    """A network that was read from a file, and forecasts without Keras; equal to Keras to about 1e-6.

    Its methods have the names of those of a Keras network.

    Attributes:
        graph: its layers.
        content: the file.
        output_shape: the shape of its output, the first number None.
    """

    graph: Graph
    content: bytes
    output_shape: tuple[int | None, ...]

    @property
    def inputs(self) -> list[Input]:
        """Its inputs; the first number of a shape is None."""
        return [Input((None, *shape)) for shape in self.graph.shapes]

    def __call__(self, arrays: Sequence[Singles], training: bool = False) -> Singles:
        """The output for these rows, one array for each input; it cannot be trained."""
        assert not training  # noqa: S101 - dropout would be missing
        with _one_thread():
            return cast(Singles, self.graph([np.asarray(one, dtype=np.float32) for one in arrays]))

    def predict_on_batch(self, arrays: Sequence[Singles]) -> Singles:
        """The same."""
        return self(arrays)

    def save(self, path: Path) -> None:
        """Write the file that it was read from."""
        path.write_bytes(self.content)


def read_network(path: Path) -> ForwardNetwork | None:
    """The network of a ``.keras`` file; None where it has layers that only Keras knows.

    Raises:
        InputError: if the file is missing or damaged.
    """
    content = attempt(path.read_bytes, path.name)
    config, weights = read_saved(content, path)
    return attempt(lambda: _known(config, weights, content), path.name)


def of_keras(network: Any) -> Any:
    """The same network without Keras, or itself where that has layers that only Keras knows.

    A model that was trained tonight then forecasts exactly as it does when it is loaded.
    """
    with tempfile.TemporaryDirectory(prefix="nightcast-") as folder:
        path = Path(folder) / "network.keras"
        save_network(network, path)
        return read_network(path) or network


def _known(config: Config, weights: Weights, content: bytes) -> ForwardNetwork | None:
    """The network, tried with a row of ones, so that weights of wrong shapes are found; None if a layer is unknown."""
    try:
        graph = Graph.of(config, weights)
    except UnknownLayerError:
        return None
    sizes = [(1, *(size or 1 for size in shape)) for shape in graph.shapes]
    if any(math.prod(size) > LARGEST_INPUT for size in sizes):
        raise InputError(f"A network claims to read more than {LARGEST_INPUT:,} numbers of a row.")
    tried = graph([np.ones(size, np.float32) for size in sizes])
    return ForwardNetwork(graph, content, (None, *tried.shape[1:]))


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def _one_thread() -> Any:
    """A context in which linear algebra has one thread: so small matrices gain nothing from more, which wait."""
    return _libraries().limit(limits=1, user_api="blas")


def _node(layer: Config, weights: Weights) -> Node:
    """A layer that is used once.

    Raises:
        UnknownLayerError: if it is used again, or its class is not known.
    """
    kind, name, used = layer["class_name"], layer["config"]["name"], layer["inbound_nodes"]
    if len(used) != 1 or (kind != "Functional" and kind not in MAKERS):
        raise UnknownLayerError(name)
    own = weights.get(name)
    function = Graph.of(layer, own or {}) if kind == "Functional" else MAKERS[kind](layer["config"], own)
    named = {key: value for key, value in used[0]["kwargs"].items() if key not in ("mask", "training")}
    return Node(name, function, [_parsed(one) for one in used[0]["args"]], {k: _parsed(v) for k, v in named.items()})


def _parsed(value: Any) -> Any:
    """An argument of a configuration, with a `Tensor` in place of each reference to one."""
    if isinstance(value, list):
        return [_parsed(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind, config = value["class_name"], value["config"]
    if kind == "__keras_tensor__":
        return _tensor(config["keras_history"])
    if kind == "__slice__":
        return slice(config["start"], config["stop"], config["step"])
    if kind == "__numpy__":
        return np.asarray(config["value"], dtype=config["dtype"])
    raise UnknownLayerError(kind)


def _tensor(history: Sequence[Any]) -> Tensor:
    layer, use, place = history
    if use != 0:
        raise UnknownLayerError(layer)
    return Tensor(layer, place)


def _tensors(histories: Sequence[Any]) -> list[Tensor]:
    """The tensors of a list, which Keras writes as a single one where there is only one."""
    return [_tensor(histories)] if histories and isinstance(histories[0], str) else [_tensor(one) for one in histories]


def _found(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _found(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _found(one)


def _filled(value: Any, values: dict[Tensor, Any]) -> Any:
    """The same with the value of each `Tensor` in its place."""
    if isinstance(value, Tensor):
        return values[value]
    if isinstance(value, list):
        return [_filled(one, values) for one in value]
    return {key: _filled(one, values) for key, one in value.items()} if isinstance(value, dict) else value
