"""One night of next visits."""

from __future__ import annotations

from prefect import flow

from flows.night.product_night import product_night, run_name
from flows.night.request import NightRequest, Outcome
from nightcast.values import Product


@flow(name="next-visit", flow_run_name=run_name, persist_result=False)
def next_visit_night(request: NightRequest) -> Outcome:
    """Read the visits, train or load the model, and publish when each customer is likely to return."""
    return product_night(Product.NEXT_VISIT, request)
