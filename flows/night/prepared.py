"""A product's night with its source read and prepared, and nothing opened in the ledger."""

from __future__ import annotations

import datetime
from typing import Any

from flows.night.request import NightRequest
from flows.night.session import as_sections
from flows.settings import Settings
from nightcast.errors import NightcastError
from nightcast.values import Product
from sql.engine import Database
from tasks.check import check
from tasks.night import Night, Prepared, Question, SourceRows
from tasks.prepare import prepare
from tasks.product import ProductSteps
from tasks.products import PRODUCTS
from tasks.read import read


def unopened_night(product: Product, request: NightRequest, settings: Settings, database: Database) -> Night:
    """The night of a resolved request; it writes no forecasts."""
    if request.as_of is None:
        raise NightcastError("the request has to be resolved first")
    now = datetime.datetime.now(datetime.UTC)
    question = Question(product, request.as_of, now, settings.run.timezone, request.retrain, True)
    return Night(question, as_sections(settings), database)


def read_source(night: Night) -> SourceRows:
    """The rows of a night's source that lie before the as-of."""
    product = PRODUCTS[night.product]
    return read(night, product, check(night, product))


def prepared_source(night: Night, product: ProductSteps[Any, Any]) -> Prepared[Any]:
    """The source of a night, checked, read and prepared.

    Raises:
        NightcastError: where the night itself would fail before it trains, with the same message.
    """
    return prepare(night, product, read(night, product, check(night, product)))
