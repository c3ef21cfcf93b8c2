"""What runs are called in Prefect."""

from __future__ import annotations

from prefect.runtime import flow_run


def run_name() -> str:
    """The flow and the as-of that it was asked for, or else the moment that it was due."""
    request = flow_run.parameters.get("request")
    as_of = getattr(request, "as_of", None) or (request.get("as_of") if isinstance(request, dict) else None)
    due = flow_run.scheduled_start_time
    return f"{flow_run.flow_name} {as_of or (due.date() if due is not None else 'now')}"
