"""A night: each product by itself, so that a failure of one never holds back the other."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from prefect import Flow, flow
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Completed, Failed

from flows.next_visit import next_visit_night
from flows.night.guards import hours_late, skip_late, unpublished
from flows.night.product_night import run_name
from flows.night.request import NightRequest, Outcome, Result
from flows.night.session import resolved_as_of, resolved_products
from flows.sales import sales_night
from flows.settings import load_settings
from nightcast.values import Product

_KEPT: dict[UUID | None, list[Result]] = {}
"""Results by flow run: Prefect loses them where its server takes longer to answer than a request may."""

FLOWS: dict[Product, Flow[..., Outcome]] = {Product.NEXT_VISIT: next_visit_night, Product.SALES: sales_night}


@flow(name="nightly", flow_run_name=run_name, persist_result=False)
def nightly(request: NightRequest) -> Any:
    """Read visits and sales, train or load the models, and publish tonight's forecasts."""
    settings = load_settings(request.config)
    as_of, products = resolved_as_of(request, settings), resolved_products(request, settings)
    late = hours_late(datetime.datetime.now(datetime.UTC))
    if late > settings.run.late_after_hours:
        message = skip_late(request.trigger, as_of, products, settings, late)
        return Completed(name="SkippedLate", message=message, data=_keep([]))
    if not request.again:
        products = unpublished(as_of, products, settings)
    results = [forecast(product, request.model_copy(update={"as_of": as_of})) for product in products]
    failures = [result for result in results if isinstance(result, BaseException)]
    _keep(results)
    if failures:
        return Failed(message="; ".join(str(failure) for failure in failures), data=results)
    return Completed(data=results)


def forecast(product: Product, request: NightRequest) -> Result:
    """One product's night; a failure is in the ledger, and returned."""
    try:
        return FLOWS[product](request)
    except Exception as error:
        return error


def results_of(state: State[Any]) -> list[Result]:
    """The outcome of each product of a night of this process; a night that failed as a whole gives its error."""
    kept = _KEPT.pop(state.state_details.flow_run_id, None)
    if kept is not None:
        return kept
    outcome: Any = state.result(raise_on_failure=False)
    return outcome if isinstance(outcome, list) else [outcome]


def _keep(results: list[Result]) -> list[Result]:
    _KEPT[FlowRunContext.get().flow_run.id] = results  # type: ignore[union-attr]
    return results
