"""The JSON description of a saved model: its recipe and its plain numbers; a recipe may add files beside it.

What such a file claims to hold has to be there, and to fit, before a library reads it.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

from nightcast.errors import InputError

FILE_NAME = "model.json"
FORMAT = 3
"""Increased by one whenever older versions of the program cannot read new descriptions, or newer ones old ones."""

LARGEST_BYTES = 512 * 2**20
"""Most that a file may hold unpacked; the largest of our own have a tenth of it."""

Value = TypeVar("Value")


def write_description(folder: Path, recipe: str, contents: dict[str, Any]) -> None:
    """Write the description of a model into `folder`, which is created where it is missing.

    Args:
        folder: folder of the model.
        recipe: its recipe.
        contents: everything else that JSON can hold.
    """
    folder.mkdir(parents=True, exist_ok=True)
    description = {"format": FORMAT, "recipe": recipe, **contents}
    (folder / FILE_NAME).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def read_description(folder: Path) -> dict[str, Any]:
    """The description that `write_description` wrote: the contents, ``format`` and ``recipe``.

    Raises:
        InputError: if the file is missing, is no JSON object, or has another format.
    """
    file = f"{FILE_NAME} in {folder.name}"
    description = attempt(lambda: json.loads((folder / FILE_NAME).read_text(encoding="utf-8")), file)
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise damaged(f"{file} is not in format {FORMAT}")
    return description


def attempt(read: Callable[[], Value], what: str) -> Value:
    """The result of `read`, for a part of an artifact.

    A damaged file can make any parser fail in its own way; all these errors mean the same here.

    Raises:
        InputError: if `read` raises any error; the message names `what`.
    """
    try:
        return read()
    except Exception as error:
        raise damaged(f"{what} cannot be read: {type(error).__name__}: {error}") from error


def damaged(reason: str) -> InputError:
    """The error about a damaged model."""
    return InputError(f"The saved model is damaged: {reason}.", "Train again with `nightcast run --retrain always`.")


def require_bounded(path: Path) -> None:
    """Refuse an archive that would need more memory than any model of ours, before it is unpacked.

    Raises:
        InputError: if its parts or its arrays claim too much, or more than is there.
    """
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > LARGEST_BYTES:
            raise InputError(f"{path.name} claims to hold more than {LARGEST_BYTES // 2**20} MiB.")
        for part in parts:
            if part.filename.endswith(".npy"):
                with archive.open(part) as stream:
                    _require_whole_array(stream, part)
            elif part.filename.endswith(".h5"):
                with archive.open(part) as stream:
                    _require_bounded_weights(stream, part.filename)


def _require_whole_array(stream: IO[bytes], part: zipfile.ZipInfo) -> None:
    """Compare the size that an array's header claims with what follows it."""
    from math import prod

    from numpy.lib import format as npy

    read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(npy.read_magic(stream))
    if read_header is None:
        raise InputError(f"{part.filename} is an array in a format that is not known.")
    shape, _, kind = read_header(stream)
    if prod(shape) * kind.itemsize + stream.tell() != part.file_size:
        raise InputError(f"{part.filename} claims {prod(shape):,} values, which are not there.")


def _require_bounded_weights(stream: IO[bytes], name: str) -> None:
    """Compare what an HDF5 file claims with the limit: a dataset may be much larger than its file, or lie in others."""
    import h5py

    with h5py.File(stream, "r") as file:
        nodes: list[Any] = []
        links: list[Any] = []
        file.visititems(lambda _, node: nodes.append(node))
        file.visititems_links(lambda _, link: links.append(link))
        datasets = [node for node in nodes if isinstance(node, h5py.Dataset)]
        if not all(isinstance(link, h5py.HardLink) for link in links) or any(
            dataset.external or dataset.is_virtual for dataset in datasets
        ):
            raise InputError(f"{name} refers to weights that are elsewhere.")
        if sum(dataset.nbytes for dataset in datasets) > LARGEST_BYTES:
            raise InputError(f"{name} claims to hold more than {LARGEST_BYTES // 2**20} MiB.")
