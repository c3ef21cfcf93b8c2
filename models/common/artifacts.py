"""The model store: one folder per model version, sealed with a SHA-256 that is checked before anything is loaded.

An artifact is written to a temporary folder, synced and renamed, so that a folder with a final name is whole. The
store is a local folder or any fsspec URL; a remote artifact is fetched into a temporary folder to be loaded.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nightcast import __version__
from nightcast.errors import InputError, SettingsError, UnavailableError

MANIFEST = "manifest.json"
METADATA = "metadata.json"
UNFINISHED = ".writing-"
"""How the folder of an artifact begins while it is being written."""

LIBRARIES = ("keras", "numpy", "pandas", "scikit-learn", "tensorflow", "tensorflow-cpu")


class ArtifactError(InputError):
    """An artifact is missing, damaged or not the one that the database names."""


@dataclass(frozen=True)
class StoredFolder:
    """A folder in the store, and when it was last written to: None where the store does not tell."""

    name: str
    changed_at: datetime.datetime | None


def save_artifact(store: str, name: str, write: Callable[[Path], None], metadata: dict[str, Any]) -> str:
    """Write an artifact and seal it.

    Args:
        store: a folder or an fsspec URL.
        name: the artifact's folder inside the store.
        write: writes the model's own files into the folder it is given.
        metadata: settings and metrics, kept beside the model as JSON, with the library versions.

    Returns:
        The SHA-256 of the artifact, in hexadecimal.

    Raises:
        UnavailableError: if the store cannot be written to.
    """
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
        with _explained(f"The model store {store}", "[model] store"):
            _put(folder, store, name)
    return digest


@contextmanager
def _explained(what: str, check: str) -> Iterator[None]:
    """Say of a failed write which place could not be written to."""
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
        ArtifactError: if it is missing, damaged, or another one.
    """
    if is_remote(store):
        with tempfile.TemporaryDirectory(prefix="nightcast-") as temporary:
            folder = Path(temporary) / name
            _get(store, name, folder)
            _verify(folder, sha256)
            yield folder
    else:
        folder = Path(store) / name
        _verify(folder, sha256)
        yield folder


def is_remote(store: str) -> bool:
    """Whether the store is an fsspec URL rather than a folder."""
    return "://" in store


def shown_store(store: str) -> str:
    """The store as it may be shown: without the password or key that a URL may hold."""
    return re.sub(r"(?<=://)[^/@]*:[^/@]*@", "***@", store)


def stored_folders(store: str) -> list[StoredFolder]:
    """The folders in the store, sorted by name; none where there is no store yet."""
    if is_remote(store):
        return _remote_folders(store)
    try:
        folders = [entry for entry in os.scandir(store) if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(store, error) from error
    found = [StoredFolder(entry.name, _moment(entry.stat(follow_symlinks=False).st_mtime)) for entry in folders]
    return sorted(found, key=lambda folder: folder.name)


def remove_artifact(store: str, name: str) -> None:
    """Remove an artifact; one that is not there is fine.

    Raises:
        UnavailableError: if the store does not let it go.
    """
    try:
        if is_remote(store):
            filesystem, root = _filesystem(store)
            filesystem.rm(f"{root}/{name}", recursive=True)
        else:
            shutil.rmtree(Path(store) / name)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UnavailableError(
            f"{name} cannot be removed from the model store {shown_store(store)}: "
            f"{error.strerror or type(error).__name__}.",
            "Check the rights of [model] store, and try again.",
        ) from error


def _remote_folders(store: str) -> list[StoredFolder]:
    filesystem, root = _filesystem(store)
    try:
        filesystem.invalidate_cache()
        entries = filesystem.ls(root, detail=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(store, error) from error
    folders = sorted(entry["name"].rstrip("/") for entry in entries if entry["type"] == "directory")
    return [StoredFolder(folder.rpartition("/")[2], _changed_at(filesystem, folder)) for folder in folders]


def _changed_at(filesystem: Any, folder: str) -> datetime.datetime | None:
    """When the newest file was written: object stores know no times of folders, and some none of files."""
    moments: list[datetime.datetime] = []
    with suppress(NotImplementedError, OSError):
        moments = [filesystem.modified(file) for file in filesystem.find(folder)]
    if not moments:
        return None
    newest = max(moments)
    return newest if newest.tzinfo is not None else newest.replace(tzinfo=datetime.UTC)


def _moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _unreadable(store: str, error: OSError) -> UnavailableError:
    return UnavailableError(
        f"The model store {shown_store(store)} cannot be read: {error.strerror or type(error).__name__}.",
        "Check [model] store and its rights, and try again.",
    )


def library_versions() -> dict[str, str]:
    """The versions that a model was made with, for whoever has to load it years later."""
    found = {"nightcast": __version__}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


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
        intact = intact and all(_file_hash(folder / name) == digest for name, digest in expected.items())
    except OSError as error:
        raise _unusable(folder.name, f"{Path(error.filename or folder).name} cannot be read") from error
    if not intact:
        raise _unusable(folder.name, "its files are not the ones that were written")


def _unusable(name: str, why: str) -> ArtifactError:
    return ArtifactError(
        f"The model artifact {name} cannot be used: {why}.",
        "Restore it from a backup, or train again with `nightcast run --retrain always`.",
    )


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(folder: Path, store: str, name: str) -> None:
    if is_remote(store):
        filesystem, root = _filesystem(store)
        if filesystem.exists(f"{root}/{name}"):  # an earlier try; putting a folder into it would nest the two
            filesystem.rm(f"{root}/{name}", recursive=True)
        filesystem.put(str(folder), f"{root}/{name}", recursive=True)
        return
    target = Path(store) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=target.parent))
    try:
        shutil.copytree(folder, beside, dirs_exist_ok=True)
        for path in [*beside.rglob("*"), beside]:
            _sync(path)
        os.chmod(beside, 0o755)  # noqa: S103 a temporary folder is private; the store's own rights decide
        shutil.rmtree(target, ignore_errors=True)
        beside.rename(target)
        _sync(target.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _get(store: str, name: str, folder: Path) -> None:
    filesystem, root = _filesystem(store)
    try:
        filesystem.get(f"{root}/{name}", str(folder), recursive=True)
    except OSError as error:
        raise _unusable(name, f"it cannot be fetched from {shown_store(store)}") from error


def check_store(store: str) -> None:
    """Refuse a store that could never be written to, before hours of training.

    Raises:
        SettingsError: if its protocol is not known, or needs a package that is not installed.
    """
    if is_remote(store):
        _filesystem(store)


def _filesystem(store: str) -> tuple[Any, str]:
    import fsspec

    try:
        filesystem, root = fsspec.core.url_to_fs(store)
    except (ImportError, ValueError) as error:
        raise SettingsError(
            f"The model store {store.partition('://')[0]}://... cannot be used: {error}.",
            "Correct [model] store, or install the package that it needs.",
        ) from None
    return filesystem, root.rstrip("/")
