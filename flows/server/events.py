"""Events about a product's night in Prefect, on which automations may act."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flows.night.flow_context import in_flow
from sql.ledger.model_versions import champion_of
from tasks.night import Night

PUBLISHED = "nightcast.published"
CHAMPION_CHANGED = "nightcast.champion-changed"

logger = logging.getLogger("nightcast")


@contextmanager
def prefect_events(night: Night) -> Iterator[None]:
    """Emit events about a night that a Prefect flow runs; none of a dry run, and none where it fails."""
    if not in_flow() or night.run is None:
        yield
        return
    before = _champion(night)
    yield
    try:
        _emit(PUBLISHED, night, rows_written=night.entry.rows_written, notes=list(night.notes))
        if (champion := _champion(night)) != before:
            _emit(CHAMPION_CHANGED, night, champion=champion, previous_champion=before)
    except Exception as error:  # the forecast is published, whatever Prefect says
        logger.warning("%s: no event was emitted in Prefect: %s.", night.product, type(error).__name__)


def _champion(night: Night) -> str | None:
    champion = champion_of(night.database, night.product)
    return champion.model_version if champion is not None else None


def _emit(name: str, night: Night, **facts: Any) -> None:
    from prefect.events import emit_event

    product, as_of, entry = night.product.value, str(night.question.as_of), night.entry
    resource = {"prefect.resource.id": f"nightcast.{product}", "prefect.resource.name": product}
    known = {"product": product, "as_of": as_of, "run_id": night.run.run_id if night.run else None}
    model = {"model_version": entry.model_version, "served": entry.served, "decision": entry.decision}
    emit_event(name, resource, payload={**known, **model, "subjects": entry.subjects, **facts})
