"""A product's night with its sources read and prepared, and nothing opened in the ledger."""

from __future__ import annotations

import datetime

from flows.night.request import NightRequest
from flows.night.session import as_sections
from flows.settings import Settings
from nightcast.errors import NightcastError
from nightcast.values import Product
from sql.engine import Database
from tasks.check import check_source
from tasks.night import Night, Question
from tasks.prepare import prepare_sales, prepare_visits
from tasks.reading.extract import extract_sales, extract_visits


def unopened_night(product: Product, request: NightRequest, settings: Settings, database: Database) -> Night:
    """The night of a resolved request; it writes no forecasts."""
    if request.as_of is None:
        raise NightcastError("the request has to be resolved before it is looked into")
    now = datetime.datetime.now(datetime.UTC)
    question = Question(product, request.as_of, now, settings.run.timezone, request.retrain, True)
    return Night(question, as_sections(settings), database)


def prepare(night: Night) -> Night:
    """The same night, with its source checked, read and prepared.

    Raises:
        NightcastError: where the night itself would fail before it trains: says the same.
    """
    check_source(night)
    if night.product == Product.NEXT_VISIT:
        extract_visits(night)
        prepare_visits(night)
    else:
        extract_sales(night)
        prepare_sales(night)
    return night
