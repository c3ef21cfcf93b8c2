"""A night of one product, step by step, and its summary in Prefect."""

from __future__ import annotations

import time

from flows.lineage.around import lineage
from flows.night.flow_context import in_flow
from flows.night.request import NightRequest, Outcome
from flows.night.session import open_night, outcome
from flows.night.summary import leave_summary
from flows.night.tidying import keep_for_next_night, tidy_up
from flows.server.events import prefect_events
from flows.settings import load_settings
from flows.workers.shared_night import is_shared, shared_steps
from nightcast.values import Product
from tasks import steps
from tasks.night import Night
from tasks.products import PRODUCTS


def product_night(name: Product, request: NightRequest) -> Outcome:
    """Run the steps of one product's night."""
    started, settings = time.monotonic(), load_settings(request.config)
    with open_night(name, request) as night, lineage(night, settings.lineage), prefect_events(night):
        if night.run is not None and is_shared(name, settings.run):  # a dry run writes nothing that others could take
            shared_steps(night, settings.run, request.config)
        else:
            _steps(night)
        keep_for_next_night(night)
        tidy_up(night, settings.run)
    result = outcome(night, started)
    if in_flow():
        leave_summary(result)
    return result


def _steps(night: Night) -> None:
    """All steps in this process."""
    product = PRODUCTS[night.product]
    source = steps.check(night, product)
    rows = steps.read(night, product, source)
    prepared = steps.prepare(night, product, rows)
    del rows  # as large as the source
    choice = steps.choose(night, product, prepared)
    steps.forecast(night, product, prepared, choice)
    steps.publish(night, choice)
    steps.review(night, product, prepared)


def run_name() -> str:
    """The name of a run in Prefect: the flow and its as-of, else the day on which it was due."""
    from prefect.runtime import flow_run

    request = flow_run.parameters.get("request")
    as_of = getattr(request, "as_of", None) or (request.get("as_of") if isinstance(request, dict) else None)
    due = flow_run.scheduled_start_time
    return f"{flow_run.flow_name} {as_of or (due.date() if due is not None else 'now')}"
