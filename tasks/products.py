"""All products."""

from __future__ import annotations

from typing import Any

from nightcast.values import Product
from tasks.next_visit.steps import NextVisitSteps
from tasks.product import ProductSteps
from tasks.sales.steps import SalesSteps
from tasks.visit_counts.steps import VisitCountSteps

_STEPS: tuple[ProductSteps[Any, Any], ...] = (NextVisitSteps(), SalesSteps(), VisitCountSteps())

PRODUCTS: dict[Product, ProductSteps[Any, Any]] = {steps.name: steps for steps in _STEPS}
"""Each product's own part of the steps."""
