"""The model store: a local folder or any fsspec URL.

An artifact is written under a temporary name, synced and renamed, so a folder with a final name is complete.
"""

from __future__ import annotations

import datetime
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nightcast.errors import InputError, NightcastError, SettingsError, UnavailableError

UNFINISHED = ".writing-"
"""Prefix of the name of an artifact's folder while it is written."""

_NAME = re.compile(r"\.?\w[\w.-]*", re.ASCII)
"""What may be the name of a folder of ours: no path, and nothing that a remote store takes for a pattern."""


@dataclass(frozen=True)
class StoredFolder:
    """A folder in the store, and when it was last written to; None if the store does not know."""

    name: str
    changed_at: datetime.datetime | None


def check_store(store: str) -> None:
    """Reject a store that cannot work, before a training is lost.

    Raises:
        SettingsError: if its protocol is not known, or needs a package that is not installed.
        UnavailableError: if it refuses the connection.
    """
    if is_remote(store):
        try:
            _filesystem(store)
        except OSError as error:
            raise _unreadable(store, error) from None


def is_remote(store: str) -> bool:
    """Whether the store is an fsspec URL, not a folder."""
    return "://" in store


def shown_store(store: str) -> str:
    """The store without what may be a user, a password or a key in its URL."""
    if not is_remote(store):
        return store
    protocol, _, place = store.partition("://")
    has_login = bool(re.match(r"[^/]*[:@]", place))
    login, _, behind = place.rpartition("@") if has_login else ("", "", place)  # a password may hold an @ itself
    behind, options, _ = behind.partition("?")
    if "?" in login:  # it is not clear whether a password or the options hold the @
        return f"{protocol}://***"
    return f"{protocol}://{'***@' if login else ''}{behind}{'?***' if options else ''}"


def is_name(name: str) -> bool:
    """Whether the name of an artifact is the plain name of a folder, which cannot lead out of the store."""
    return _NAME.fullmatch(name) is not None


def require_name(*names: str) -> None:
    """Refuse names of artifacts that would lead out of the store: the database may have been tampered with.

    Raises:
        InputError: if any is not the plain name of a folder; names all of these.
    """
    if strange := [repr(name) for name in names if not is_name(name)]:
        raise InputError(
            f"The database names model artifacts that are no folder of the model store: {', '.join(strange)}.",
            "Nightcast gives no such names: find out who has changed the table model_version, and mend the rows.",
        )


def stored_folders(store: str) -> list[StoredFolder]:
    """The folders in the store, sorted by name; none where there is no store yet.

    Raises:
        UnavailableError: if the store cannot be read.
    """
    if is_remote(store):
        return _remote_folders(store)
    try:
        folders = [entry for entry in os.scandir(store) if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(store, error) from error
    stored = [StoredFolder(entry.name, _moment(entry.stat(follow_symlinks=False).st_mtime)) for entry in folders]
    return sorted(stored, key=lambda folder: folder.name)


def remove_artifact(store: str, name: str) -> None:
    """Remove an artifact, if it is there.

    Raises:
        InputError: if its name would lead out of the store.
        UnavailableError: if it cannot be removed.
    """
    require_name(name)
    try:
        if is_remote(store):
            with _as_os_errors():
                filesystem, root = _filesystem(store)
                filesystem.rm(f"{root}/{name}", recursive=True)
        else:
            shutil.rmtree(Path(store) / name)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UnavailableError(
            f"{name} cannot be removed from the model store {shown_store(store)}: {_told(error)}.",
            "Check the rights of [model] store, and try again.",
        ) from error


def _remote_folders(store: str) -> list[StoredFolder]:
    try:
        with _as_os_errors():
            filesystem, root = _filesystem(store)
            filesystem.invalidate_cache()
            entries = filesystem.ls(root, detail=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(store, error) from None
    folders = sorted(entry["name"].rstrip("/") for entry in entries if entry["type"] == "directory")
    return [StoredFolder(folder.rpartition("/")[2], _changed_at(filesystem, folder)) for folder in folders]


def _changed_at(filesystem: Any, folder: str) -> datetime.datetime | None:
    """When the newest file was written; object stores have no times of folders, and some none of files."""
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
        f"The model store {shown_store(store)} cannot be read: {_told(error)}.",
        "Check [model] store and its rights, and try again.",
    )


def put(folder: Path, store: str, name: str) -> None:
    """Copy a local folder into the store; an earlier one of the same name is replaced.

    Raises:
        InputError: if the name would lead out of the store.
        OSError: if the store cannot be written to.
    """
    require_name(name)
    if is_remote(store):
        with _as_os_errors():
            filesystem, root = _filesystem(store)
            if filesystem.exists(f"{root}/{name}"):  # of an earlier attempt: a folder put into it would be nested
                filesystem.rm(f"{root}/{name}", recursive=True)
            filesystem.put(str(folder), f"{root}/{name}", recursive=True)
        return
    target = Path(store) / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # models know customers: for their owner only
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


def get(store: str, name: str, folder: Path) -> None:
    """Copy an artifact from a remote store into a local folder.

    Raises:
        InputError: if the name would lead out of the store.
        OSError: if that fails.
    """
    require_name(name)
    with _as_os_errors():
        filesystem, root = _filesystem(store)
        filesystem.get(f"{root}/{name}", str(folder), recursive=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """Some stores raise errors of their own, whose messages may repeat the URL."""
    try:
        yield
    except (OSError, NightcastError):
        raise
    except Exception as error:
        raise OSError(errno.EIO, _told(error)) from None


def _filesystem(store: str) -> tuple[Any, str]:
    import fsspec

    try:
        filesystem, root = fsspec.core.url_to_fs(store)
    except (ImportError, ValueError) as error:
        said = str(error)
        why = said if isinstance(error, ImportError) or "not known" in said else "its URL is not understood"
        raise SettingsError(
            f"The model store {store.partition('://')[0]}://... cannot be used: {why}.",
            "Correct [model] store, or install the package that it needs. Write @, : and / in a password as %40, %3A "
            "and %2F.",
        ) from None
    except Exception as error:  # it connects at once
        raise OSError(getattr(error, "errno", None) or errno.EIO, _told(error)) from None
    return filesystem, root.rstrip("/")


def _told(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
