"""Relative paths in the settings are relative to their file."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from flows.server.secret_blocks import BLOCK_PREFIX, BlockUrl
from flows.settings.sections import Settings


def with_absolute_paths(settings: Settings, folder: Path) -> Settings:
    """The settings with absolute paths: those of the database, the model store and the reports."""
    from models.common.store import is_remote

    url = _located_url(settings.database.url, folder)
    store = settings.model.store if is_remote(settings.model.store) else str(folder / settings.model.store)
    report = settings.report
    if report.folder is not None:
        report = report.model_copy(update={"folder": str(folder / report.folder)})
    return settings.model_copy(
        update={
            "report": report,
            "database": settings.database.model_copy(update={"url": url}),
            "model": settings.model.model_copy(update={"store": store}),
        }
    )


def _located_url(url: SecretStr, folder: Path) -> SecretStr:
    text = url.get_secret_value()
    if text.startswith(BLOCK_PREFIX):
        return BlockUrl(text.removeprefix(BLOCK_PREFIX), lambda url: _absolute_sqlite_url(url, folder))
    return SecretStr(_absolute_sqlite_url(text, folder))


def _absolute_sqlite_url(url: str, folder: Path) -> str:
    scheme, separator, path = url.partition(":///")
    if not separator or not scheme.startswith("sqlite") or not path or path.startswith((":memory:", "file:")):
        return url
    return f"{scheme}:///{folder / path}"
