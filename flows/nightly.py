"""A night as a Prefect flow, whose products are flows of their own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from prefect import Flow, flow
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Cancelled, Completed, Failed

from flows.next_visit import next_visit_night
from flows.night.product_night import run_name
from flows.night.request import NightRequest, Outcome, WholeNight
from flows.night.session import described
from flows.night.whole_night import whole_night
from flows.sales import sales_night
from flows.server.flow_log import prepare_flow_log
from flows.visit_counts import visit_counts_night
from nightcast.errors import LockHeldError, NightcastError
from nightcast.values import Product

_KEPT: dict[UUID | None, WholeNight] = {}
"""Nights by flow run: Prefect loses them where its server takes longer to answer than a request may."""

FLOWS: dict[Product, Flow[..., Outcome]] = {
    Product.NEXT_VISIT: next_visit_night,
    Product.SALES: sales_night,
    Product.VISIT_COUNTS: visit_counts_night,
}


@flow(name="nightly", flow_run_name=run_name, persist_result=False)
def nightly(request: NightRequest) -> Any:
    """Read visits and sales, train or load the models, and publish tonight's forecasts."""
    prepare_flow_log()
    night = whole_night(request, lambda product, its_request: FLOWS[product](its_request))
    _KEPT[FlowRunContext.get().flow_run.id] = night  # type: ignore[union-attr]
    return final_state(night)


def final_state(night: WholeNight) -> State[Any]:
    """The state of the flow; another run under way is one of its own, about which no automation alerts."""
    if night.skipped:
        return Completed(name="SkippedLate", message=night.skipped, data=night.results)
    if not night.failures:
        return Completed(data=night.results)
    error = _one_error(night.failures)  # Prefect raises what is an exception, and nothing else
    if all(isinstance(failure, LockHeldError) for failure in night.failures):
        return Cancelled(name="LockHeld", message=str(error), data=error)
    return Failed(message=str(error), data=error)


def _one_error(failures: list[BaseException]) -> BaseException:
    if len(failures) == 1:
        return failures[0]
    return NightcastError("; ".join(described(failure) for failure in failures))


def night_of(state: State[Any]) -> WholeNight:
    """What a night of this process came to; one that failed as a whole gives its error."""
    kept = _KEPT.pop(state.state_details.flow_run_id, None)
    if kept is not None:
        return kept
    outcome: Any = state.result(raise_on_failure=False)
    return WholeNight(outcome if isinstance(outcome, list) else [outcome])
