"""What a model's file claims is checked before memory is taken for it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

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
