"""Running nights on a schedule from one process, with a Prefect server but without a work pool or a worker."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.console import Console
from flows.doctor.zones import schedule_warning
from flows.night.session import open_checked
from flows.server import defaults as prefect_defaults
from flows.settings import CONFIG_VARIABLE, find_settings_file, load_settings
from nightcast.errors import SettingsError, UnavailableError, UsageError

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment
    from prefect.schedules import Schedule

NIGHTS = "30 3 * * MON-SAT"
SUNDAYS = "30 3 * * SUN"

GRACE_SECONDS = 120
"""How long a run that has not started holds its place in the concurrency limit."""


@dataclass(frozen=True)
class Timetable:
    """When nights run.

    Attributes:
        nights: cron expression of the ordinary nights.
        retraining: cron expression of the nights that train; None: only the settings decide when to train.
        timezone: IANA time zone of both.
    """

    nights: str
    retraining: str | None
    timezone: str


def timetable(cron: str | None, retrain_cron: str | None, timezone: str) -> Timetable:
    """The requested timetable; by default Monday to Saturday, and retraining on Sunday.

    Raises:
        UsageError: if a cron expression or the time zone is not valid.
    """
    if cron is None and retrain_cron is None:
        return Timetable(NIGHTS, SUNDAYS, _checked_timezone(timezone))
    retraining = _checked_cron(retrain_cron) if retrain_cron is not None else None
    return Timetable(_checked_cron(cron or NIGHTS), retraining, _checked_timezone(timezone))


def _checked_cron(cron: str) -> str:
    from prefect.client.schemas.schedules import CronSchedule

    try:
        return CronSchedule(cron=cron).cron
    except ValueError:
        raise UsageError(
            f"{cron!r} is not a cron expression.", 'Write minute, hour, day, month and weekday: "30 3 * * *" is 03:30.'
        ) from None


def _checked_timezone(timezone: str) -> str:
    try:
        return ZoneInfo(timezone).key
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(
            f"There is no time zone {timezone!r}.", "Use an IANA name such as Europe/Zurich or UTC."
        ) from None


def serve_nights(cron: str | None, retrain_cron: str | None, timezone: str | None, config: Path | None) -> None:
    """Run nights on the timetable until the process is stopped.

    Raises:
        NightcastError: if the settings, the tables or the timetable are wrong, or no Prefect server responds.
    """
    settings = load_settings(config)
    open_checked(settings)
    prefect_defaults.apply()
    times = timetable(cron, retrain_cron, timezone or settings.run.timezone)
    require_server()
    _pass_on(config)
    from flows.server.runner import NightRunner

    runner = NightRunner()
    for deployment in deployments(times):
        runner.add_deployment(deployment)
    _announce(times, settings.run.timezone)
    signal.signal(signal.SIGINT, runner.handle_sigterm)  # Prefect handles SIGTERM only
    asyncio.run(runner.start())


def _announce(times: Timetable, days: str) -> None:
    console = Console()
    if warning := schedule_warning(times.timezone, days):
        console.note(f"Warning: {warning}.")
    console.note(f"Serving nightly at {times.nights!r}, {times.timezone}, with the server at {_server_url()}.")
    if times.retraining is not None:
        console.note(f"Serving weekly-retrain at {times.retraining!r}, {times.timezone}.")
    console.note("To run a night now: prefect deployment run nightly/manual. Ctrl-C stops serving.")


def require_server() -> None:
    """Check that a Prefect server is configured and responds.

    Raises:
        SettingsError: if none is configured.
        UnavailableError: if it does not respond.
    """
    from prefect.client.orchestration import get_client

    url = _server_url()
    if not url:
        raise SettingsError(
            "A schedule needs a Prefect server, and none is configured.",
            "Start one with `prefect server start` and set PREFECT_API_URL=http://127.0.0.1:4200/api here, "
            "or start `nightcast run` with cron or systemd.",
        )
    with get_client(sync_client=True) as client:
        problem = client.api_healthcheck()
    if problem is not None:
        raise UnavailableError(
            f"The Prefect server at {url} does not respond: {type(problem).__name__}.",
            "Start it with `prefect server start`, or correct PREFECT_API_URL.",
        )


def _server_url() -> str | None:
    from prefect.settings import get_current_settings

    return get_current_settings().api.url


def _pass_on(config: Path | None) -> None:
    """Name the settings file in the environment for the processes of the nights."""
    file = find_settings_file(config)
    if file is not None:
        os.environ[CONFIG_VARIABLE] = str(file.absolute())


def deployments(times: Timetable) -> list[RunnerDeployment]:
    """The deployments of ``deployments/prefect.yaml``, for a process that serves them."""
    from prefect.schedules import Cron

    # The server keeps a schedule that is left out, but not one that is inactive.
    nights = Cron(times.nights, timezone=times.timezone, slug="nightly")
    retraining = Cron(
        times.retraining or SUNDAYS, timezone=times.timezone, slug="weekly-retrain", active=times.retraining is not None
    )
    return [
        _deployment("nightly", [nights]),
        _deployment("weekly-retrain", [retraining], retrain="always"),
        _deployment("manual", []),
    ]


def _deployment(name: str, schedules: list[Schedule], **request: str) -> RunnerDeployment:
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.types.entrypoint import EntrypointType

    from flows.nightly import nightly

    deployment = nightly.to_deployment(
        name,
        schedules=list(schedules),
        parameters={"request": {"trigger": name, **request}},
        tags=["nightcast", name],
        description=nightly.description,
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW, grace_period_seconds=GRACE_SECONDS
        ),
        enforce_parameter_schema=True,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", deployment)  # a coroutine only where an event loop runs
