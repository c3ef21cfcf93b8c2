"""The sections of ``nightcast.toml``, each defined beside what it configures, and what the ledger keeps of them."""

from __future__ import annotations

from typing import Any

from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.lineage.settings import LineageSettings
from flows.notify.settings import NotifySettings
from flows.report.settings import ReportSettings
from flows.settings.run import RunSettings
from models.common.settings import ModelSettings
from models.next_visit.settings import NextVisitSettings
from models.sales.settings import SalesSettings
from models.visit_counts.settings import VisitCountSettings
from sql.settings import DatabaseSettings, SourceSettings

PREFIX = "NIGHTCAST_"


class Settings(BaseSettings):
    """Every section of ``nightcast.toml``."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__")

    database: DatabaseSettings = DatabaseSettings()
    run: RunSettings = RunSettings()
    source: SourceSettings = SourceSettings()
    next_visit: NextVisitSettings = NextVisitSettings()
    sales: SalesSettings = SalesSettings()
    visit_counts: VisitCountSettings = VisitCountSettings()
    model: ModelSettings = ModelSettings()
    notify: NotifySettings = NotifySettings()
    report: ReportSettings = ReportSettings()
    lineage: LineageSettings = LineageSettings()


def recorded(settings: Settings) -> dict[str, Any]:
    """The settings for the ledger: without secrets, and with the number of excluded customers instead of their IDs."""
    from models.common.store import shown_store

    kept = settings.model_dump(mode="json", by_alias=True, exclude={"database": {"url"}, "notify": {"urls"}})
    kept["model"]["store"] = shown_store(settings.model.store)
    kept["source"]["visits"]["exclude_customers"] = len(settings.source.visits.exclude_customers)
    return kept
