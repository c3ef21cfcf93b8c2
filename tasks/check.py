"""The step `check`: make sure, before anything is read, that the source exists and the model store can be used."""

from __future__ import annotations

from typing import Any

from models.common.store import check_store
from nightcast.errors import SourceGoneError
from sql.ledger.runs import was_ever_published
from sql.source.lookup import source_exists
from tasks.night import Night
from tasks.product import LocatedSource, ProductSteps


def check(night: Night, product: ProductSteps[Any, Any]) -> LocatedSource:
    """Locate the night's source, and check the setting of the model store.

    Raises:
        SourceGoneError: if the source of a product that was published before is missing.
        InputError: if the source of another product, or a column, is missing.
        SettingsError: if the setting of the store cannot work.
    """
    check_store(night.store)
    source = product.settings_of_source(night.sections.source)
    if not source_exists(night.database, source) and was_ever_published(night.database, night.product):
        raise SourceGoneError(
            f"The table {source.table!r} is gone: {night.product} was published from it before.",
            f"Restore it, or set [source.{product.source}] table; without this product, set products in [run].",
        )
    return product.check(night.database, night.sections.source)
