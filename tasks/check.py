"""The step `check`: make sure, before anything is read, that the source exists and the model store can be used."""

from __future__ import annotations

from typing import Any

from models.common.store import check_store
from tasks.night import Night
from tasks.product import LocatedSource, ProductSteps


def check(night: Night, product: ProductSteps[Any, Any]) -> LocatedSource:
    """Locate the night's source, and check the setting of the model store.

    Raises:
        InputError: if the source or a column is missing.
        SettingsError: if the setting of the store cannot work.
    """
    check_store(night.store)
    return product.check(night.database, night.sections.source)
