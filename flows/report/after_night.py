"""The report that a night leaves: in its folder, and in Prefect."""

from __future__ import annotations

import datetime
import logging
from pathlib import Path

from flows.night.flow_context import in_flow
from flows.night.request import Outcome, WholeNight
from flows.night.session import described
from flows.settings import Settings
from sql.engine import Database, open_database
from sql.ledger import runs

logger = logging.getLogger("nightcast")


def leave_report(settings: Settings, as_of: datetime.date, night: WholeNight) -> None:
    """Leave the report where the settings or Prefect keep it; a failure is a note, since all is published already."""
    published = [one for one in night.results if isinstance(one, Outcome) and one.run_id]
    if not published or (settings.report.folder is None and not in_flow()):
        return
    try:
        _leave(settings, as_of)
    except Exception as error:
        note = f"the report could not be left: {described(error)}"
        logger.warning("%s", note)
        logger.debug("The report failed.", exc_info=error)
        _keep_note(open_database(settings.database), published[-1], note)


def _leave(settings: Settings, as_of: datetime.date) -> None:
    from flows.report.charts.painter import Painter
    from flows.report.compose import compose
    from flows.report.write import keep

    with Painter() as painter:
        report = compose(open_database(settings.database), settings.run.timezone, painter)
    if report.as_of != as_of:  # a backfill, which readers do not see
        return
    if settings.report.folder is not None:
        logger.info("The report is %s", keep(Path(settings.report.folder), report))
    if in_flow():
        from flows.report.artifacts import leave_artifacts

        leave_artifacts(report)


def _keep_note(database: Database, outcome: Outcome, note: str) -> None:
    outcome.notes.append(note)
    run = runs.Run(outcome.run_id or "", outcome.product, outcome.as_of)
    try:
        runs.amend(database, run, notes="\n".join(outcome.notes))
    except Exception as error:
        logger.warning("That note is not in the ledger: %s", described(error))
