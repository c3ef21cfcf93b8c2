"""Checks of what surrounds a night: versions, clock, model store."""

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
    """Versions that are known to break each other."""
    prefect, fastapi = version("prefect"), version("fastapi")
    if prefect.startswith("3.8.") and tuple(map(int, fastapi.split(".")[:2])) >= (0, 151):
        raise UsageError(
            f"Prefect {prefect} does not start with FastAPI {fastapi}.",
            "Install fastapi<0.151, or the locked versions.",
        )
    return fine("versions", f"prefect {prefect}, fastapi {fastapi}, keras {version('keras')}")


def clock(settings: Settings) -> Finding:
    """A clock that was never set, and the time zone whose days count."""
    now = datetime.datetime.now(datetime.UTC)
    if now.year < 2026:
        raise NightcastError(f"The clock says {now:%Y-%m-%d}.", "Set this machine's clock.")
    return fine("clock", f"{now.astimezone(ZoneInfo(settings.run.timezone)):%Y-%m-%d %H:%M} in {settings.run.timezone}")


def store(settings: Settings) -> Finding:
    """Whether model artifacts can be kept."""
    store = settings.model.store
    check_store(store)
    if is_remote(store):
        return fine("model store", "remote; it is tried when a model is kept")
    folder = Path(store)
    nearest = next(path for path in [folder, *folder.parents] if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise UsageError(f"{folder} cannot be written to.", "Correct [model] store, or the rights of that folder.")
    return fine("model store", str(folder))
