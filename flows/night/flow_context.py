"""Whether Prefect runs the night: a night that is started by hand without a server runs without Prefect."""

from __future__ import annotations

import datetime
import sys


def in_flow() -> bool:
    """Whether a Prefect flow is running here.

    Prefect takes seconds to import, so a process that has not imported it is not asked.
    """
    if "prefect" not in sys.modules:
        return False
    from prefect.context import FlowRunContext

    return FlowRunContext.get() is not None


def flow_run_id() -> str | None:
    """The identifier of the flow run; None outside a flow."""
    if not in_flow():
        return None
    from prefect.runtime import flow_run

    identifier: str | None = flow_run.id
    return identifier


def scheduled_start() -> datetime.datetime | None:
    """When the flow run was due; None outside a flow."""
    if not in_flow():
        return None
    from prefect.runtime import flow_run

    due: datetime.datetime | None = flow_run.scheduled_start_time
    return due


def deployment_name() -> str | None:
    """The name of the flow run's deployment; None outside one."""
    if not in_flow():
        return None
    from prefect.runtime import deployment

    name: str | None = deployment.name
    return name
