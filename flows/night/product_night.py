"""What a night of one product is, step by step."""

from __future__ import annotations

import time

from flows.night.request import NightRequest, Outcome
from flows.night.session import open_night, outcome
from flows.night.summary import leave_summary
from nightcast.values import Product
from tasks import steps
from tasks.products import PRODUCTS


def product_night(name: Product, request: NightRequest) -> Outcome:
    """Run the steps of one product's night."""
    started, product = time.monotonic(), PRODUCTS[name]
    with open_night(name, request) as night:
        source = steps.check(night, product)
        rows = steps.read(night, product, source)
        prepared = steps.prepare(night, product, rows)
        del rows  # as large as the source
        choice = steps.choose(night, product, prepared)
        steps.forecast(night, product, prepared, choice)
        steps.publish(night, choice)
        steps.review(night, product, prepared)
    result = outcome(night, started)
    leave_summary(result)
    return result
