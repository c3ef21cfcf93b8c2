"""One night of visit counts."""

from __future__ import annotations

from prefect import flow

from flows.night.product_night import product_night, run_name
from flows.night.request import NightRequest, Outcome
from nightcast.values import Product


@flow(name="visit-counts", flow_run_name=run_name, persist_result=False)
def visit_counts_night(request: NightRequest) -> Outcome:
    """Count the visits of each day, train or load the model, and publish a forecast of the days ahead."""
    return product_night(Product.VISIT_COUNTS, request)
