"""A night of all products, each by itself, so that a failure of one never holds back the others."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable

from flows.console.terminal_log import as_json, night_in_log
from flows.night.flow_context import in_flow
from flows.night.guards import check_clock, hours_late, skip_late, unpublished
from flows.night.request import NightRequest, Outcome, Result, WholeNight
from flows.night.session import described, open_checked, resolved_as_of, resolved_products, trigger_of
from flows.notify.send import tell, told_if_it_fails, told_if_stopped
from flows.report.after_night import leave_report
from flows.settings import Settings, load_settings
from nightcast.values import Product

logger = logging.getLogger("nightcast")

ProductNight = Callable[[Product, NightRequest], Outcome]


def whole_night(request: NightRequest, product_night: ProductNight) -> WholeNight:
    """Run the night of each product, one after the other.

    Args:
        request: the parameters of the night.
        product_night: runs one product's night: as a Prefect flow, or in this process.
    """
    settings = load_settings(request.config)
    with told_if_it_fails(settings.notify, f"as of {request.as_of or 'today'}"):
        as_of, products = resolved_as_of(request, settings), resolved_products(request, settings)
        check_clock(open_checked(settings))
    if request.dry_run:
        return _night_of(request, product_night, settings, as_of, products)
    with told_if_stopped(settings.notify, f"as of {as_of}"):
        night = _night_of(request, product_night, settings, as_of, products)
    leave_report(settings, as_of, night)
    tell(settings.notify, f"as of {as_of}", night)
    return night


def _night_of(
    request: NightRequest,
    product_night: ProductNight,
    settings: Settings,
    as_of: datetime.date,
    products: list[Product],
) -> WholeNight:
    late = hours_late(datetime.datetime.now(datetime.UTC))
    if late > settings.run.late_after_hours:
        return WholeNight([], skip_late(trigger_of(request), as_of, products, settings, late))
    if not request.again:
        products = unpublished(as_of, products, settings)
    logger.info("Night of %s (%s): %s", as_of, settings.run.timezone, ", ".join(products) or "nothing to forecast")
    request = request.model_copy(update={"as_of": as_of})
    return WholeNight([_result(product_night, product, request) for product in products])


def _result(product_night: ProductNight, product: Product, request: NightRequest) -> Result:
    """One product's night; a failure is in the ledger, and returned."""
    try:
        outcome = product_night(product, request)
    except Exception as error:
        with night_in_log(product, request.as_of):
            logger.error("%s failed%s", product, _reason(error))
        return error
    with night_in_log(product, request.as_of, outcome.run_id):
        _log(outcome)
    return outcome


def _reason(error: Exception) -> str:
    """The end of a message about a failure; empty on a terminal, where the command ends with the reason."""
    return f": {described(error)}" if in_flow() or as_json() else ""


def _log(outcome: Outcome) -> None:
    """Say in the log of the whole night what became of a product."""
    logger.info(
        "%s %s: %s subjects, %s rows %s, %s rejected; %s serves; %s",
        outcome.product,
        "computed (dry run)" if outcome.dry_run else "published",
        f"{outcome.subjects:,}",
        f"{outcome.rows_written:,}",
        "that would be written" if outcome.dry_run else "written",
        f"{outcome.rows_rejected:,}",
        outcome.served,
        outcome.decision,
    )
    for note in outcome.notes if in_flow() else ():  # elsewhere this log has them already
        logger.warning("%s: %s", outcome.product, note)
