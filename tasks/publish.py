"""The step `publish`: make the appended rows visible."""

from __future__ import annotations

from typing import Any

from sql.ledger import runs
from tasks.night import Choice, Night


def publish(night: Night, choice: Choice[Any]) -> None:
    """Publish the night's run, promote a new model, and store the rejections."""
    run = night.run
    if run is None:
        return
    with night.database.write() as connection:
        runs.record_rejections(connection, night.rejections, run_id=run.run_id)
    promoted = choice.version if choice.promote else None
    runs.publish(night.database, run, promoted, night.ledger_columns)
