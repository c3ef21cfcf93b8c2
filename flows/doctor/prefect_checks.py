"""Checks of the Prefect server: whether it responds, what is deployed, whether runs are stuck."""

from __future__ import annotations

import datetime
from typing import Any

from flows.doctor.findings import Finding, doubtful, fine
from flows.doctor.zones import schedule_warning
from flows.server import defaults as prefect_defaults
from nightcast.errors import UnavailableError

STUCK_HOURS = 6


def server(timezone: str) -> Finding:
    """The configured server, its deployments of our flows, whether their schedules fit, and runs that are stuck.

    Args:
        timezone: IANA name of the time zone of days.
    """
    prefect_defaults.apply(quiet=True)
    from prefect.settings import get_current_settings

    url = get_current_settings().api.url
    if not url:
        return fine("prefect", "no server is configured; a manual run does without")
    try:
        deployments, scheduled, stuck = _query()
    except Exception as error:
        raise UnavailableError(
            f"The Prefect server at {url} does not respond ({type(error).__name__}).",
            "Start it with `prefect server start`, or correct PREFECT_API_URL.",
        ) from None
    if stuck:
        remedy = "Cancel those whose process is gone in the Prefect UI: they block the next run."
        return doubtful("prefect", f"{stuck} flow runs are pending or running for over {STUCK_HOURS} hours", remedy)
    if not deployments:
        remedy = "See docs/operate.md: `nightcast serve`, or `prefect deploy`."
        return doubtful("prefect", f"{url} responds, but no night is deployed there", remedy)
    differing = [warning for zone in sorted(scheduled) if (warning := schedule_warning(zone, timezone))]
    if differing:
        remedy = "Or give `nightcast serve --timezone`, or prefect.yaml, the zone of [run] timezone."
        return doubtful("prefect", differing[0], remedy)
    return fine("prefect", f"{url}; deployed: {', '.join(sorted(deployments))}")


def _query() -> tuple[list[str], set[str], int]:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType

    ours = filters.FlowFilter(name=filters.FlowFilterName(any_=["nightly"]))
    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=STUCK_HOURS)
    waiting: Any = filters.FlowRunFilter(
        state=filters.FlowRunFilterState(
            type=filters.FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING])
        ),
        expected_start_time=filters.FlowRunFilterExpectedStartTime(before_=since),
    )
    with get_client(sync_client=True) as client:
        deployed = client.read_deployments(flow_filter=ours)
        stuck = client.read_flow_runs(flow_filter=ours, flow_run_filter=waiting)
    schedules = [each.schedule for one in deployed for each in one.schedules if each.active]
    scheduled = {getattr(schedule, "timezone", None) or "UTC" for schedule in schedules}
    return [f"{one.name}{' (paused)' if one.paused else ''}" for one in deployed], scheduled, len(stuck)
