"""Prefect's own database for the servers of tests: migrating it takes longer than all else a server starts with."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest


def _kept(config: pytest.Config) -> Path:
    """The file of the installed version of Prefect, in the folder that pytest keeps from run to run."""
    from prefect import __version__

    return Path(config.cache.mkdir("prefect")) / f"{__version__}.db"


def copy_migrated(config: pytest.Config, path: Path) -> None:
    """Let a server begin with a copy of a migrated database, if one has been kept."""
    if _kept(config).exists():
        shutil.copyfile(_kept(config), path)


def keep_migrated(config: pytest.Config, path: Path) -> None:
    """Keep the database of a server that has just started, if none has been kept."""
    if _kept(config).exists():
        return
    unfinished = _kept(config).with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(path)) as running, closing(sqlite3.connect(unfinished)) as copy:
        running.backup(copy)
    unfinished.replace(_kept(config))  # at once, for another process of tests may do the same
