"""Opening and closing one product's night: the ledger row, the lock's heartbeat, and the error of a failure."""

from __future__ import annotations

import datetime
import logging
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from flows.console.terminal_log import night_in_log
from flows.night.ending import EXIT_CODE, Ending
from flows.night.flow_context import deployment_name, flow_run_id, in_flow, scheduled_start
from flows.night.progress import show_progress
from flows.night.request import NightRequest, Outcome
from flows.settings import Settings, load_settings, recorded
from models.common.selection import Progress
from nightcast.errors import NightcastError, UsageError
from nightcast.values import Product
from sql.connection.read_only import read_only
from sql.engine import Database, open_database
from sql.ledger import runs as ledger
from sql.ledger.lock import Heartbeat
from sql.ledger.model_versions import find_version
from sql.schema import require_current
from sql.source.lookup import source_exists
from tasks.night import Night, Question, Sections

logger = logging.getLogger("nightcast")


def open_checked(settings: Settings) -> Database:
    """The database of the settings, with its tables at the revision of this program."""
    database = open_database(settings.database)
    database.require_file()
    require_current(database)
    return database


def open_configured(config: Path | None) -> tuple[Settings, Database]:
    """The settings, and their database; see `open_checked`."""
    settings = load_settings(config)
    return settings, open_checked(settings)


def open_to_read(config: Path | None) -> Database:
    """The database of the settings as `open_checked` opens it, for reading alone."""
    database = read_only(open_database(load_settings(config).database))
    database.require_file()
    require_current(database)
    return database


def resolved_as_of(request: NightRequest, settings: Settings) -> datetime.date:
    """The as-of of a request, by default the day of the start.

    Raises:
        UsageError: if it is after today: nothing is known then that is not known today.
    """
    as_of, today = request.as_of or _started_on(settings.run.timezone), _today(settings.run.timezone)
    if as_of > today:
        raise UsageError(
            f"The as-of {as_of} is after today, {today} in the time zone {settings.run.timezone}.",
            "Choose an --as-of up to today; it is the first day to forecast. If today is wrong, correct the clock of "
            "this machine, or [run] timezone.",
        )
    return as_of


def resolved_products(request: NightRequest, settings: Settings) -> list[Product]:
    """The products of a request, by default those of the settings, else those whose source exists or ever existed."""
    return list(request.products or settings.run.products or _products_with_source(settings))


def _started_on(timezone: str) -> datetime.date:
    """The day of the scheduled start, in the configured time zone; today outside a flow run."""
    moment = scheduled_start() or datetime.datetime.now(datetime.UTC)
    return moment.astimezone(ZoneInfo(timezone)).date()


def _today(timezone: str) -> datetime.date:
    return datetime.datetime.now(ZoneInfo(timezone)).date()


def _products_with_source(settings: Settings) -> list[Product]:
    from tasks.products import PRODUCTS  # with pandas, which most commands that open a database do not need

    database = open_checked(settings)
    sources = {name: product.settings_of_source(settings.source) for name, product in PRODUCTS.items()}
    # If no source exists, the first step of each product names what is missing, with a remedy.
    return [
        name
        for name, source in sources.items()
        if source_exists(database, source) or ledger.was_ever_published(database, name)
    ] or list(sources)


@contextmanager
def open_night(product: Product, request: NightRequest) -> Iterator[Night]:
    """One product's night, from the lock to the end of its ledger row.

    Raises:
        LockHeldError: if another live run holds the product's lock.
        SchemaVersionError: if our tables are of another revision.
    """
    settings, database = open_configured(request.config)
    as_of, now = resolved_as_of(request, settings), datetime.datetime.now(datetime.UTC)
    question = Question(product, as_of, now, settings.run.timezone, request.retrain, request.dry_run)
    sections = as_sections(settings)
    with ExitStack() as stack:
        run = None
        if not request.dry_run:
            run = _begin(database, question, request, settings)
            stack.enter_context(Heartbeat(database, run.run_id))
        stack.enter_context(night_in_log(product, as_of, run.run_id if run is not None else None))
        logger.info("%s begins: %s", product, f"run {run.run_id}" if run else "a dry run")
        night = Night(question, sections, database, run, show_progress, in_flow=in_flow())
        ending = stack.enter_context(Ending(lambda: _close_failed(night, _terminated())))
        night.show_progress = lambda stage: _unless_ended(ending, stage)
        try:
            yield night
            _keep_late_notes(night)
        except BaseException as error:
            if ending.was_asked:  # a library may have replaced the exception
                _close_failed(night, _terminated())
                raise _terminated() from error
            _close_failed(night, error)
            raise
    if ending.is_asked:  # a step after the publication may have taken the exception for a failure of its own
        raise _terminated()


def _keep_late_notes(night: Night) -> None:
    """Add the warnings and stages after the publication to the ledger.

    A failure leads to a warning, since the forecast is published already.
    """
    if night.run is None:
        return
    columns = night.ledger_columns
    try:
        ledger.amend(night.database, night.run, notes=columns["notes"], stage_seconds=columns["stage_seconds"])
    except Exception as error:
        night.warn(f"the warnings after the publication are not in the ledger: {described(error)}")


def _unless_ended(ending: Ending, stage: str) -> AbstractContextManager[Progress]:
    """Show a stage's progress; after SIGTERM no stage begins, not even as a retry."""
    if ending.is_asked:
        raise _terminated()
    return show_progress(stage)


def _terminated() -> BaseException:
    """The exception that ends the process after SIGTERM; Prefect closes its runs on one of its own."""
    if not in_flow():
        return SystemExit(EXIT_CODE)
    from prefect.exceptions import TerminationSignal

    return TerminationSignal(signal.SIGTERM)


def as_sections(settings: Settings) -> Sections:
    """The sections of the settings that the steps read."""
    return Sections(settings.source, settings.next_visit, settings.sales, settings.visit_counts, settings.model)


def trigger_of(request: NightRequest) -> str:
    """What started the night: parameters that a person gives in Prefect replace those of the deployment."""
    return request.trigger or deployment_name() or "flow"


def _begin(database: Database, question: Question, request: NightRequest, settings: Settings) -> ledger.Run:
    return ledger.begin(
        database,
        question.product,
        question.as_of,
        trigger=trigger_of(request),
        flow_run_id=flow_run_id(),
        today=_today(question.timezone),
        settings=recorded(settings),
    )


def _close_failed(night: Night, error: BaseException) -> None:
    """Write the error to the ledger; if that fails, too, the next run marks this one abandoned."""
    if night.run is None:
        return
    if not isinstance(error, Exception):
        logger.warning("%s: %s", night.product, described(error))
    try:
        ledger.fail(night.database, night.run, described(error), **night.ledger_columns)
        with night.database.write() as connection:
            ledger.record_rejections(connection, night.rejections, run_id=night.run.run_id)
    except Exception:
        logger.exception("The failure of run %s could not be written to the ledger.", night.run.run_id)


def described(error: BaseException) -> str:
    """An error on one line for the ledger: ours with the remedy, others with their type."""
    if isinstance(error, NightcastError):
        return str(error)
    if not isinstance(error, Exception):
        return f"The run was stopped by {_signal_name(error)}."
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:500]}"


def _signal_name(error: BaseException) -> str:
    """The name of the signal that stopped a run: Prefect raises its number, Python one of two exceptions."""
    number = getattr(error, "signal", None)
    if number is not None:
        return signal.Signals(number).name
    return "Ctrl-C" if isinstance(error, KeyboardInterrupt) else "SIGTERM"


def outcome(night: Night, started: float) -> Outcome:
    """The outcome of the night, for its caller."""
    return Outcome(
        product=night.product,
        as_of=night.question.as_of,
        run_id=night.run.run_id if night.run else None,
        subjects=night.entry.subjects,
        rows_written=night.entry.rows_written,
        rows_rejected=night.rejections.rows,
        served=night.entry.served or "",
        decision=night.entry.decision or "",
        scores=_scores(night),
        notes=list(night.notes),
        seconds=round(time.monotonic() - started, 1),
        dry_run=night.question.dry_run,
    )


def _scores(night: Night) -> dict[str, float]:
    """The scores of the serving model on past origins; none if it is not kept, or they cannot be read now."""
    with suppress(NightcastError):
        version = find_version(night.database, night.entry.model_version) if night.entry.model_version else None
        return dict(version.metrics) if version is not None else {}
    return {}
