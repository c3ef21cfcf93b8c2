"""What a model's file claims is checked before memory is taken for it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from models.common import description
from models.common.description import require_bounded
from nightcast.errors import InputError


def claiming(shape: tuple[int, ...], size: int) -> bytes:
    """An array of bytes whose header says another shape."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return stream.getvalue() + bytes(size)


def archive(folder: Path, content: bytes) -> Path:
    path = folder / "trees.skops"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("schema.json", "{}")
        file.writestr("1.npy", content)
    return path


def test_whole_arrays_pass(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", a=np.arange(7), b=np.zeros((0, 3)), c=np.array("text"), d=np.float64(1))
    require_bounded(tmp_path / "some.npz")
    require_bounded(archive(tmp_path, claiming((2, 5), 10)))


@pytest.mark.parametrize("shape", [(2**31,), (2**20, 2**11), (11,), (9,)])
def test_an_array_that_claims_what_is_not_there_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="claims"):
        require_bounded(archive(tmp_path, claiming(shape, 10)))


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(description, "LARGEST_BYTES", 2**20)
    path = archive(tmp_path, claiming((2**21,), 2**21))
    assert path.stat().st_size < 2**13
    with pytest.raises(InputError, match="more than 1 MiB"):
        require_bounded(path)


def weights(folder: Path, write: Callable[[h5py.File], object]) -> Path:
    """The archive of a network, with weights that `write` writes."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["layers/dense/vars/0"] = np.ones((3, 4))
        write(file)
    with zipfile.ZipFile(folder / "network.keras", "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", stream.getvalue())
    return folder / "network.keras"


def vast(file: h5py.File) -> None:
    file.create_dataset("layers/vast", (2**15, 2**15), np.float64, chunks=(64, 64), compression="gzip")


def several(file: h5py.File) -> None:
    for number in range(3):
        file.create_dataset(f"{number}", (2**25,), np.float64, chunks=(64,))


def external(file: h5py.File) -> None:
    file.create_dataset("layers/1", (8,), np.uint8, external=[("/etc/hostname", 0, 8)])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((3, 4), np.float64)
    layout[...] = h5py.VirtualSource("another.h5", "weights", (3, 4))
    file.create_virtual_dataset("layers/1", layout)


def linked(file: h5py.File) -> None:
    file["layers/1"] = h5py.ExternalLink("another.h5", "/weights")


def test_weights_that_are_there_pass(tmp_path: Path) -> None:
    require_bounded(weights(tmp_path, lambda file: file.create_group("optimizer/vars")))


@pytest.mark.parametrize("write", [vast, several])
def test_weights_that_claim_too_much_are_refused(tmp_path: Path, write: Callable[[h5py.File], object]) -> None:
    path = weights(tmp_path, write)
    assert path.stat().st_size < 2**16
    with pytest.raises(InputError, match="more than 512 MiB"):
        require_bounded(path)


@pytest.mark.parametrize("write", [external, virtual, linked])
def test_weights_that_are_elsewhere_are_refused(tmp_path: Path, write: Callable[[h5py.File], object]) -> None:
    with pytest.raises(InputError, match="elsewhere"):
        require_bounded(weights(tmp_path, write))
