"""Checks of the environment of a night: versions, clock, model store."""

from __future__ import annotations

import datetime
import os
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from flows.doctor.findings import Finding, fine
from flows.settings import Settings
from models.common.artifacts import check_store, is_remote
from nightcast.errors import NightcastError, UsageError


def versions() -> Finding:
    """Versions of packages that are known to be incompatible."""
    prefect, fastapi = version("prefect"), version("fastapi")
    if prefect.startswith("3.8.") and tuple(map(int, fastapi.split(".")[:2])) >= (0, 151):
        raise UsageError(
            f"Prefect {prefect} does not start with FastAPI {fastapi}.",
            "Install fastapi<0.151, or the locked versions.",
        )
    return fine("versions", f"prefect {prefect}, fastapi {fastapi}, keras {version('keras')}")


def clock(settings: Settings) -> Finding:
    """The clock, and the time zone of the as-of."""
    now = datetime.datetime.now(datetime.UTC)
    if now.year < 2026:
        raise NightcastError(f"The clock of this machine shows {now:%Y-%m-%d}.", "Set it.")
    return fine("clock", f"{now.astimezone(ZoneInfo(settings.run.timezone)):%Y-%m-%d %H:%M} in {settings.run.timezone}")


def store(settings: Settings) -> Finding:
    """Whether model artifacts can be stored."""
    store = settings.model.store
    check_store(store)
    if is_remote(store):
        return fine("model store", "remote; not checked until a model is stored")
    folder = Path(store)
    nearest = next(path for path in [folder, *folder.parents] if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise UsageError(f"{folder} cannot be written to.", "Correct [model] store, or the permissions of the folder.")
    return fine("model store", str(folder))
