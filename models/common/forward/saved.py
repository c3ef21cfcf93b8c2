"""What a ``.keras`` file holds: the graph of its layers, and their weights by the names of the layers."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from models.common.arrays import Singles
from models.common.description import attempt, require_bounded

Config = dict[str, Any]
Weights = dict[str, Any]
"""By the name of a layer, its arrays in Keras's order; those of a network inside the network are `Weights` again."""


def read_saved(content: bytes, path: Path) -> tuple[Config, Weights]:
    """The configuration and the weights of a file; nothing in it is executed.

    Args:
        content: what the file holds.
        path: the file, for its limits and for messages.

    Raises:
        InputError: if it is damaged, or claims more than any network of ours holds.
    """
    attempt(lambda: require_bounded(path), path.name)
    return attempt(lambda: _read(content), path.name)


def _read(content: bytes) -> tuple[Config, Weights]:
    import h5py

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        config: Config = json.loads(archive.read("config.json"))
        with h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as file:
            return config, _weights(file)


def _weights(group: Any) -> Weights:
    return {str(layer["vars"].attrs["name"]): _of_layer(layer) for layer in group["layers"].values()}


def _of_layer(layer: Any) -> list[Singles] | Weights:
    """A layer's arrays; recurrent layers keep them in a cell."""
    if "layers" in layer:
        return _weights(layer)
    holder = layer["cell"]["vars"] if "cell" in layer else layer["vars"]
    return [np.asarray(holder[str(number)], dtype=np.float32) for number in range(len(holder))]
