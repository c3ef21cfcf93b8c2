"""The checks behind ``nightcast doctor``: each looks at one thing and never stops the others."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from flows.settings import Settings, find_settings_file, load_settings
from models.artifacts import ArtifactError, check_store, is_remote, open_artifact
from nightcast.errors import NightcastError
from nightcast.values import Product
from sql.engine import Database, open_database
from sql.model_versions import serving_version
from sql.schema import current_revision, require_current
from sql.sources import source_exists
from tasks.check import find_sales, find_visits


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    check: str
    result: Literal["ok", "warning", "failed"]
    finding: str
    remedy: str | None = None
    exit_code: int = 0


def examine(config: Path | None) -> list[Finding]:
    """Run every check that can be run."""
    findings: list[Finding] = [_guarded("versions", _versions)]
    try:
        settings = load_settings(config)
    except NightcastError as error:
        return [*findings, _failed("settings", error)]
    findings.append(Finding("settings", "ok", str(find_settings_file(config) or "the defaults and the environment")))
    findings.append(_guarded("clock", lambda: _clock(settings)))
    findings.append(_guarded("model store", lambda: _store(settings)))
    return [*findings, *_database_findings(settings)]


def _database_findings(settings: Settings) -> Iterator[Finding]:
    try:
        database = open_database(settings.database)
        database.require_file()
        current_revision(database)
    except NightcastError as error:
        yield _failed("database", error)
        return
    yield Finding("database", "ok", database.name)
    tables = _guarded("tables", lambda: _tables(database))
    yield tables
    yield _guarded("visits", lambda: _visits(database, settings))
    yield _guarded("sales", lambda: _sales(database, settings))
    if tables.result == "ok":
        for product in Product:
            yield _guarded(f"{product} model", lambda product=product: _champion(database, settings, product))  # type: ignore[misc]


def _guarded(check: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except NightcastError as error:
        return _failed(check, error)
    except Exception as error:
        return Finding(check, "failed", f"{type(error).__name__}: {error}", "Report this.", 1)


def _failed(check: str, error: NightcastError) -> Finding:
    return Finding(check, "failed", error.reason, error.remedy, error.exit_code)


def _versions() -> Finding:
    prefect, fastapi = version("prefect"), version("fastapi")
    if prefect.startswith("3.8.") and tuple(map(int, fastapi.split(".")[:2])) >= (0, 151):
        remedy = "Install fastapi<0.151, or the locked versions."
        return Finding("versions", "failed", f"prefect {prefect} does not start with fastapi {fastapi}", remedy, 1)
    return Finding("versions", "ok", f"prefect {prefect}, fastapi {fastapi}, keras {version('keras')}")


def _clock(settings: Settings) -> Finding:
    now = datetime.datetime.now(datetime.UTC)
    local = now.astimezone(ZoneInfo(settings.run.timezone))
    if now.year < 2026:
        return Finding("clock", "failed", f"the clock says {now:%Y-%m-%d}", "Set this machine's clock.", 1)
    return Finding("clock", "ok", f"{local:%Y-%m-%d %H:%M} in {settings.run.timezone}")


def _store(settings: Settings) -> Finding:
    import os

    store = settings.model.store
    check_store(store)
    if is_remote(store):
        return Finding("model store", "ok", f"{store} (remote, not tried)")
    folder = Path(store)
    nearest = next(path for path in [folder, *folder.parents] if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        remedy = "Correct [model] store, or the rights of that folder."
        return Finding("model store", "failed", f"{folder} cannot be written to", remedy, 1)
    return Finding("model store", "ok", str(folder))


def _tables(database: Database) -> Finding:
    require_current(database)
    return Finding("tables", "ok", f"revision {current_revision(database)}")


def _visits(database: Database, settings: Settings) -> Finding:
    source = settings.source.visits
    if not source_exists(database, source) and _is_optional(settings, Product.NEXT_VISIT):
        return Finding("visits", "warning", f"there is no {source.table!r}", "Load some, or set [source.visits].")
    _, wanted = find_visits(database, source)
    return Finding("visits", "ok", f"{source.table or 'a query'}: {', '.join(column.name for column in wanted)}")


def _sales(database: Database, settings: Settings) -> Finding:
    source = settings.source.sales
    if not source_exists(database, source) and _is_optional(settings, Product.SALES):
        return Finding("sales", "warning", f"there is no {source.table!r}", "Load some, or set [source.sales].")
    _, wanted = find_sales(database, source)
    return Finding("sales", "ok", f"{source.table or 'a query'}: {', '.join(column.name for column in wanted)}")


def _is_optional(settings: Settings, product: Product) -> bool:
    return settings.run.products is None or product not in settings.run.products


def _champion(database: Database, settings: Settings, product: Product) -> Finding:
    check = f"{product} model"
    champion = serving_version(database, product, datetime.date.max)
    if champion is None or champion.artifact is None or champion.sha256 is None:
        return Finding(check, "ok", "none trained yet")
    try:
        with open_artifact(settings.model.store, champion.artifact, champion.sha256):
            return Finding(check, "ok", f"{champion.model_version}, as of {champion.as_of}")
    except ArtifactError as error:
        return Finding(check, "warning", error.reason, "The next night trains a new one by itself.")
