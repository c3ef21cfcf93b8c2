"""A product's night with its source read and prepared, without a row in the ledger."""

from __future__ import annotations

import datetime
from typing import Any

from flows.night.session import as_sections
from flows.settings import Settings
from nightcast.values import Product
from sql.engine import Database
from tasks.check import check
from tasks.night import Night, Prepared, Question, Retrain, SourceRows
from tasks.prepare import prepare
from tasks.products import PRODUCTS
from tasks.read import read


def unopened_night(
    product: Product, as_of: datetime.date, settings: Settings, database: Database, retrain: Retrain = "auto"
) -> Night:
    """A night that writes no forecasts."""
    now = datetime.datetime.now(datetime.UTC)
    question = Question(product, as_of, now, settings.run.timezone, retrain, True)
    return Night(question, as_sections(settings), database)


def read_source(night: Night) -> SourceRows:
    """The rows of a night's source before the as-of."""
    product = PRODUCTS[night.product]
    return read(night, product, check(night, product))


def prepared_source(night: Night) -> Prepared[Any]:
    """The source of a night, checked, read and prepared.

    Raises:
        NightcastError: if the night would fail before its training, with the same message.
    """
    return prepare(night, PRODUCTS[night.product], read_source(night))
