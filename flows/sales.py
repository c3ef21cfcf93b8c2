"""One night of sales."""

from __future__ import annotations

from prefect import flow

from flows.night.product_night import product_night, run_name
from flows.night.request import NightRequest, Outcome
from nightcast.values import Product


@flow(name="sales", flow_run_name=run_name, persist_result=False)
def sales_night(request: NightRequest) -> Outcome:
    """Read the sales, train or load the model, and publish a forecast of every series."""
    return product_night(Product.SALES, request)
