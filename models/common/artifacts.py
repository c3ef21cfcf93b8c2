"""Artifacts: one folder for each model version, sealed with a SHA-256 that is checked before anything is loaded.

An artifact is written into a temporary folder and then put into the store; from a remote store it is fetched into a
temporary folder.
"""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from models.common.arrays import Floats
from models.common.description import attempt
from models.common.store import get, is_remote, put, require_name, shown_store
from nightcast import __version__
from nightcast.errors import InputError, UnavailableError

MANIFEST = "manifest.json"
METADATA = "metadata.json"
SKILL = "skill.json"
"""The skill of the model on each subject, as it was measured at its training."""

LIBRARIES = ("keras", "numpy", "pandas", "scikit-learn", "skops", "tensorflow", "tensorflow-cpu")


class ArtifactError(InputError):
    """An artifact is missing, damaged or not the one that the database names."""


def save_artifact(store: str, name: str, write: Callable[[Path], None], metadata: dict[str, Any]) -> str:
    """Write an artifact and seal it.

    Args:
        store: a folder or an fsspec URL.
        name: the artifact's folder inside the store.
        write: writes the model's own files into the given folder.
        metadata: settings and metrics, kept beside the model as JSON, with the library versions.

    Returns:
        The SHA-256 of the artifact, in hexadecimal.

    Raises:
        InputError: if the name would lead out of the store.
        UnavailableError: if the store cannot be written to.
    """
    require_name(name)
    with _explained(f"The folder for temporary files {tempfile.gettempdir()}", "the folder that TMPDIR names"):
        temporary = tempfile.TemporaryDirectory(prefix="nightcast-")
    with temporary as parent:
        folder = Path(parent) / name
        with _explained(f"The folder for temporary files {parent}", "the folder that TMPDIR names"):
            folder.mkdir()
            write(folder)
            described = json.dumps({**metadata, "versions": library_versions()}, indent=2, sort_keys=True, default=str)
            (folder / METADATA).write_text(described, encoding="utf-8")
            digest = _seal(folder)
        with _explained(f"The model store {shown_store(store)}", "[model] store"):
            put(folder, store, name)
    return digest


@contextmanager
def _explained(what: str, check: str) -> Iterator[None]:
    """Name the place in the error of a failed write."""
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"{what} cannot be written to: {error.strerror or type(error).__name__}.",
            f"Check {check}, its free space and its rights, and try again.",
        ) from error


@contextmanager
def open_artifact(store: str, name: str, sha256: str) -> Iterator[Path]:
    """A local folder with the artifact's files, checked against the SHA-256 of its row in the database.

    Raises:
        ArtifactError: if it is missing, damaged, another one, or outside of the store.
    """
    try:
        require_name(name)
    except InputError as error:
        raise ArtifactError(error.reason, error.remedy) from None
    if is_remote(store):
        with tempfile.TemporaryDirectory(prefix="nightcast-") as temporary:
            folder = Path(temporary) / name
            try:
                get(store, name, folder)
            except OSError as error:
                raise _unusable(name, f"it cannot be fetched from {shown_store(store)}") from error
            _verify(folder, sha256)
            yield folder
    else:
        folder = Path(store) / name
        _verify(folder, sha256)
        yield folder


def library_versions() -> dict[str, str]:
    """The versions of the program and its libraries, for a person who has to load the model years later."""
    versions = {"nightcast": __version__}
    for library in LIBRARIES:
        try:
            versions[library] = version(library)
        except PackageNotFoundError:
            continue
    return versions


def _seal(folder: Path) -> str:
    hashes = {
        path.relative_to(folder).as_posix(): _file_hash(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }
    manifest = json.dumps(hashes, indent=2, sort_keys=True)
    (folder / MANIFEST).write_text(manifest, encoding="utf-8")
    return hashlib.sha256(manifest.encode()).hexdigest()


def _verify(folder: Path, sha256: str) -> None:
    try:
        manifest = (folder / MANIFEST).read_bytes()
        intact = hashlib.sha256(manifest).hexdigest() == sha256
        expected = json.loads(manifest) if intact else {}
        intact = intact and all(_is_intact(folder, name, digest) for name, digest in expected.items())
    except OSError as error:
        raise _unusable(folder.name, f"{Path(error.filename or folder).name} cannot be read") from error
    if not intact:
        raise _unusable(folder.name, "its files are not the ones that were written")


def _is_intact(folder: Path, name: str, digest: str) -> bool:
    """Whether a file is the one that was written, and no link to one elsewhere."""
    inside = (folder / name).resolve() == folder.parent.resolve() / folder.name / name
    return inside and _file_hash(folder / name) == digest


def _unusable(name: str, why: str) -> ArtifactError:
    return ArtifactError(
        f"The model artifact {name} cannot be used: {why}.",
        "Restore it from a backup, or train again with `nightcast run --retrain always`.",
    )


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_skill(folder: Path, names: Sequence[str], skill: Floats) -> None:
    """Write the skill of the named subjects, (n,), NaN where it is not known, into a model's folder."""
    measured = {name: value for name, value in zip(names, skill.tolist(), strict=True) if not math.isnan(value)}
    (folder / SKILL).write_text(json.dumps(measured), encoding="utf-8")


def load_skill(folder: Path, names: Sequence[str]) -> Floats | None:
    """The skill of these subjects, (n,), NaN where it is not known; None where none was kept.

    Raises:
        InputError: if the file is damaged.
    """
    if not (folder / SKILL).exists():
        return None

    def read() -> Floats:
        measured = json.loads((folder / SKILL).read_text(encoding="utf-8"))
        return np.array([measured.get(name, np.nan) for name in names], np.float64)

    return attempt(read, SKILL)
