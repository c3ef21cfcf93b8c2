"""What the rows of a source hold, as tonight would read them: what a night would point out, or fail on."""

from __future__ import annotations

import datetime
from collections.abc import Container, Iterator
from functools import partial
from zoneinfo import ZoneInfo

from flows.doctor.findings import Finding, doubtful, fine, guarded
from flows.night.prepared import prepared_source, unopened_night
from flows.settings import Settings
from nightcast.errors import StaleDataError
from nightcast.values import Product
from sql.engine import Database
from tasks.products import PRODUCTS

READ_BY = (Product.NEXT_VISIT, Product.SALES)
"""Products that between them read every row of the sources."""


def findings(database: Database, settings: Settings, sources: Container[str]) -> Iterator[Finding]:
    """A finding for each of these sources."""
    for product in READ_BY:
        if PRODUCTS[product].source in sources:
            check = f"rows of {PRODUCTS[product].source}"
            yield guarded(check, partial(_contents, check, product, database, settings))


def _contents(check: str, product: Product, database: Database, settings: Settings) -> Finding:
    today = datetime.datetime.now(datetime.UTC).astimezone(ZoneInfo(settings.run.timezone)).date()
    night = unopened_night(product, today, settings, database)
    try:
        prepared_source(night)
    except StaleDataError as error:  # an --as-of may be meant; the check of the nights says what is stale
        night.warn(error.reason.rstrip("."))
    read = f"{night.entry.rows_read:,} read, {night.rejections.rows:,} rejected"
    if not night.notes:
        return fine(check, read)
    return doubtful(
        check, f"{read}; {'; '.join(night.notes)}", "Mend the source or the settings where something else is meant."
    )
