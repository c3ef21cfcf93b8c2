"""One night of sales."""

from __future__ import annotations

import time

from prefect import flow

from flows.night.naming import run_name
from flows.night.request import NightRequest, Outcome
from flows.night.session import open_night, outcome
from flows.night.summary import leave_summary
from nightcast.values import Product
from tasks import steps


@flow(name="sales", flow_run_name=run_name, persist_result=False)
def sales_night(request: NightRequest) -> Outcome:
    """Read the sales, train or load the model, and publish what each series will sell."""
    started = time.monotonic()
    with open_night(Product.SALES, request) as night:
        steps.check(night)
        steps.read_sales(night)
        steps.build_panel(night)
        steps.choose(night)
        steps.forecast_series(night)
        steps.flip(night)
        steps.score_matured(night)
    result = outcome(night, started)
    leave_summary(result)
    return result
