"""Reasons not to run a night: it starts too late, or its forecast is published already."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Sequence

from flows.night.flow_context import flow_run_id, scheduled_start
from flows.night.session import open_checked
from flows.settings import Settings
from nightcast.errors import ClockError
from nightcast.values import Product
from sql.connection.clock import clock
from sql.engine import Database
from sql.ledger import runs as ledger

logger = logging.getLogger("nightcast")


CLOCK_DIFFERENCE = datetime.timedelta(days=1)
"""Clocks this far apart cannot both be meant; a night of a wrong day would be shown to readers."""


def check_clock(database: Database) -> None:
    """Compare this machine's clock with the database server's.

    Raises:
        ClockError: if they are more than `CLOCK_DIFFERENCE` apart.
    """
    with database.read() as connection:
        theirs, ours = clock(connection), datetime.datetime.now(datetime.UTC)
    if abs(ours - theirs) > CLOCK_DIFFERENCE:
        raise ClockError(
            f"This machine's clock says {ours:%Y-%m-%d %H:%M} UTC, the database server's {theirs:%Y-%m-%d %H:%M}.",
            "Correct the clock that is wrong, then run the night again.",
        )


def hours_late(now: datetime.datetime) -> float:
    """Hours since the current flow run was due; 0 outside a scheduled run.

    After a downtime, a scheduler starts all missed runs, one after the other, however late they are.
    """
    due = scheduled_start()
    return 0.0 if due is None else max((now - due).total_seconds() / 3600, 0.0)


def skip_late(trigger: str, as_of: datetime.date, products: Sequence[Product], settings: Settings, hours: float) -> str:
    """Record in the ledger that a night was skipped.

    Returns:
        The reason, as the rest of a sentence.
    """
    why = f"skipped: it started {hours:.1f} hours late, and the limit is {settings.run.late_after_hours:g}"
    database = open_checked(settings)
    for product in products:
        ledger.skip(database, product, as_of, why, trigger=trigger, flow_run_id=flow_run_id())
    logger.warning("The night of %s was %s", as_of, why)
    return why


def unpublished(as_of: datetime.date, products: Sequence[Product], settings: Settings) -> list[Product]:
    """The products whose forecast of the as-of is not published yet."""
    database = open_checked(settings)
    return [product for product in products if not ledger.is_published(database, product, as_of)]
