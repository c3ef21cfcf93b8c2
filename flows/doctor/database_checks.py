"""Checks of the database: connection, tables, sources, rights, running runs, champions."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from flows.doctor import contents
from flows.doctor.attention import product_states
from flows.doctor.findings import Finding, doubtful, failed, fine, guarded
from flows.settings import Settings
from models.common.artifacts import ArtifactError, open_artifact
from nightcast.errors import NightcastError
from nightcast.values import Product
from sql.engine import Database, open_database
from sql.ledger.lock import silent_runs
from sql.ledger.model_versions import serving_version
from sql.rights import check_rights
from sql.schema import current_revision, require_current
from sql.source.lookup import source_exists
from tasks.product import ProductSteps
from tasks.products import PRODUCTS


def findings(settings: Settings) -> Iterator[Finding]:
    """All checks of the database; checks that need our tables are left out if they are missing."""
    try:
        database = open_database(settings.database)
        database.require_file()
        current_revision(database)
    except NightcastError as error:
        yield failed("database", error)
        return
    yield fine("database", database.name)
    tables = guarded("tables", lambda: _tables(database))
    yield tables
    sources = [
        _source(database, settings, [product for product in PRODUCTS.values() if product.source == source])
        for source in dict.fromkeys(product.source for product in PRODUCTS.values())
    ]
    yield from sources
    if tables.result == "ok":
        yield from contents.findings(database, settings, {one.check for one in sources if one.result == "ok"})
        yield guarded("rights", lambda: _rights(database))
        yield guarded("runs", lambda: _runs(database))
        for name in PRODUCTS:
            yield guarded(f"{name} model", partial(_champion, database, settings, name))
        yield guarded("nights", lambda: _nights(database, settings))


def _tables(database: Database) -> Finding:
    require_current(database)
    return fine("tables", f"revision {current_revision(database)}")


def _source(database: Database, settings: Settings, products: Sequence[ProductSteps[Any, Any]]) -> Finding:
    """Whether a source is as the products that read it need it."""
    name, source = products[0].source, products[0].settings_of_source(settings.source)

    def look() -> Finding:
        is_requested = any(product.name in (settings.run.products or ()) for product in products)
        if not source_exists(database, source) and not is_requested:
            return doubtful(
                name, f"there is no table {source.table!r}", f"Load {name}, or name their table in [source.{name}]."
            )
        located = [column for product in products for column in product.check(database, settings.source).columns]
        columns = dict.fromkeys(column.name for column in located)
        return fine(name, f"{source.table or 'a query'}: {', '.join(columns)}")

    return guarded(name, look)


def _rights(database: Database) -> Finding:
    check_rights(database)
    return fine("rights", "our tables can be written to")


def _runs(database: Database) -> Finding:
    silent = silent_runs(database)
    if not silent:
        return fine("runs", "none is stuck")
    return doubtful(
        "runs",
        f"running without a heartbeat: {', '.join(silent)}",
        "The next run of the product marks them abandoned and removes their rows.",
    )


def _nights(database: Database, settings: Settings) -> Finding:
    """What `nightcast check` finds; a product that never ran waits for its first night."""
    states = [
        state
        for state in product_states(database, settings, datetime.datetime.now(datetime.UTC))
        if state.newest_status is not None
    ]
    found = [f"{state.product}: {state.finding}" for state in states if state.finding]
    if found:
        raise NightcastError(
            f"{'; '.join(found)}.",
            "See `nightcast check` and `nightcast show runs`; mend the cause, and run a night.",
        )
    seen = [f"{state.product} as of {state.as_of}" for state in states]
    return fine("nights", f"readers see {', '.join(seen)}" if seen else "none has run yet")


def _champion(database: Database, settings: Settings, product: Product) -> Finding:
    check = f"{product} model"
    champion = serving_version(database, product, datetime.date.max)
    if champion is None or champion.artifact is None or champion.sha256 is None:
        return fine(check, "none trained yet")
    try:
        with open_artifact(settings.model.store, champion.artifact, champion.sha256):
            return fine(check, f"{champion.model_version}, as of {champion.as_of}")
    except ArtifactError as error:
        return doubtful(check, error.reason, "The next night trains a new model.")
