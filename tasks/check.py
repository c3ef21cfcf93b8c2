"""The step `check`: are the source and the model store there? What is missing is said before anything is read."""

from __future__ import annotations

from typing import Any

from models.common.artifacts import check_store
from tasks.night import Night
from tasks.product import LocatedSource, ProductSteps


def check(night: Night, product: ProductSteps[Any, Any]) -> LocatedSource:
    """Locate the night's source, and make sure that the model store can be written to.

    Raises:
        InputError: if the source or a column is missing.
        SettingsError: if the store could never be written to.
    """
    check_store(night.store)
    return product.check(night.database, night.sections.source)
