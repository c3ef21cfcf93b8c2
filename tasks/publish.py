"""The flip: what was appended comes into view."""

from __future__ import annotations

from typing import Any

from sql.ledger import runs as ledger
from tasks.night import Night


def publish(night: Night) -> None:
    """Publish the night's run, promote its model where it is new, and keep the tally of rejections."""
    run, serving = night.run, night.serving
    if run is None or serving is None:
        return
    with night.database.write() as connection:
        ledger.record_rejections(connection, night.rejections, run_id=run.run_id)
    promoted = serving.version if serving.promote else None
    ledger.publish(night.database, run, promoted, {**ledger_columns(night), "model_version": serving.version})


def ledger_columns(night: Night) -> dict[str, Any]:
    """What is known of the night so far, as columns of its ledger row."""
    return {**night.facts, "rows_rejected": night.rejections.rows, "stage_seconds": dict(night.stage_seconds)}
