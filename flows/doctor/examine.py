"""Running every check that can be run."""

from __future__ import annotations

from pathlib import Path

from flows.doctor import database_checks, messages, prefect_checks, shared_nights, surroundings, zones
from flows.doctor.findings import Finding, failed, fine, guarded
from flows.settings import find_settings_file, load_settings
from nightcast.errors import NightcastError


def examine(config: Path | None) -> list[Finding]:
    """All findings, in the order in which a person would fix them."""
    findings = [guarded("versions", surroundings.versions)]
    try:
        settings = load_settings(config)
    except NightcastError as error:
        return [*findings, failed("settings", error)]
    return [
        *findings,
        fine("settings", str(find_settings_file(config) or "the defaults and the environment")),
        guarded("clock", lambda: surroundings.clock(settings)),
        guarded("time zones", lambda: zones.zones(settings)),
        guarded("model store", lambda: surroundings.store(settings)),
        *database_checks.findings(settings),
        *shared_nights.findings(settings),
        *messages.findings(settings),
        guarded("prefect", lambda: prefect_checks.server(settings.run.timezone)),
    ]
