"""One night of next visits."""

from __future__ import annotations

import time

from prefect import flow

from flows.night.naming import run_name
from flows.night.request import NightRequest, Outcome
from flows.night.session import open_night, outcome
from flows.night.summary import leave_summary
from nightcast.values import Product
from tasks import steps


@flow(name="next-visit", flow_run_name=run_name, persist_result=False)
def next_visit_night(request: NightRequest) -> Outcome:
    """Read the visits, train or load the model, and publish when each customer will come next."""
    started = time.monotonic()
    with open_night(Product.NEXT_VISIT, request) as night:
        steps.check(night)
        steps.read_visits(night)
        steps.build_history(night)
        steps.choose(night)
        steps.forecast_customers(night)
        steps.flip(night)
        steps.score_matured(night)
    result = outcome(night, started)
    leave_summary(result)
    return result
