"""What keeps a night from running: it starts far too late, or has been published already."""

from __future__ import annotations

import datetime
import logging

from flows.night.request import NightRequest
from flows.night.session import open_checked
from flows.settings import Settings
from nightcast.values import Product
from sql.ledger import runs as ledger

logger = logging.getLogger("nightcast")


def hours_late(now: datetime.datetime) -> float:
    """Hours since the current flow run was due; 0 outside a scheduled run.

    A scheduler that was down starts everything that it missed, however late, one after the other.
    """
    from prefect.runtime import flow_run

    due = flow_run.scheduled_start_time
    return 0.0 if due is None else max((now - due).total_seconds() / 3600, 0.0)


def skip_late(request: NightRequest, settings: Settings, hours: float) -> str:
    """Note in the ledger that the products of the request are left out.

    Returns:
        Why, in one sentence.
    """
    from prefect.runtime import flow_run

    why = f"skipped: it started {hours:.1f} hours after its time, the limit is {settings.run.late_after_hours:g}"
    database = open_checked(settings)
    for product in request.products or []:
        ledger.skip(database, product, _as_of(request), why, trigger=request.trigger, flow_run_id=flow_run.id)
    logger.warning("The night of %s was %s", request.as_of, why)
    return why


def unpublished(request: NightRequest, settings: Settings) -> list[Product]:
    """Those of the request's products whose forecast of its as-of has not been published yet."""
    database, as_of = open_checked(settings), _as_of(request)
    return [product for product in request.products or [] if not ledger.is_published(database, product, as_of)]


def _as_of(request: NightRequest) -> datetime.date:
    if request.as_of is None:
        raise RuntimeError("the request has to be resolved first")
    return request.as_of
