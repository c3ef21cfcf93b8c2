"""Model versions in the database: which may serve an as-of, and who is champion."""

from __future__ import annotations

import datetime
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast.errors import UsageError
from nightcast.values import Evaluation, Product, to_date
from sql.engine import Database
from sql.tables import evaluation, forecast_run, model_version, series_status


@dataclass(frozen=True)
class ModelVersion:
    """A trained model: where its artifact is, and what shaped it."""

    model_version: str
    product: Product
    status: str
    as_of: datetime.date
    artifact: str | None
    sha256: str | None
    parameters: dict[str, Any]
    metrics: dict[str, Any]


def add_version(database: Database, version: ModelVersion, evaluations: Sequence[Evaluation]) -> None:
    """Add a version with its figures; may be repeated."""
    with database.write() as connection:
        for table in (evaluation, model_version):
            connection.execute(sa.delete(table).where(table.c.model_version == version.model_version))
        now = datetime.datetime.now(datetime.UTC)
        connection.execute(sa.insert(model_version).values(trained_at=now, **vars(version)))
        rows = [_evaluation_row(version, figure) for figure in evaluations]
        if rows:
            connection.execute(sa.insert(evaluation), rows)


def _evaluation_row(version: ModelVersion, figure: Evaluation) -> dict[str, Any]:
    return {
        "model_version": version.model_version,
        "product": version.product,
        "as_of": to_date(figure.day),
        "segment": figure.segment,
        "metric": figure.metric,
        "value": _finite(figure.value),
        "baseline": figure.baseline,
        "baseline_value": _finite(figure.baseline_value),
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def serving_version(database: Database, product: Product, as_of: datetime.date) -> ModelVersion | None:
    """The version that may serve `as_of`: the champion, or for a backfill the newest earlier one that served.

    A version serves only as-ofs at or after its own.
    """
    table = model_version.c
    query = (
        sa.select(model_version)
        .where(table.product == product, table.as_of <= as_of, table.status.in_(("champion", "retired")))
        .order_by(sa.case((table.status == "champion", 0), else_=1), table.as_of.desc(), table.trained_at.desc())
        .limit(1)
    )
    return _one_version(database, query)


def published_version(database: Database, product: Product, as_of: datetime.date) -> ModelVersion | None:
    """The version behind the published run of this as-of; None also when it was turned down since, by a rollback."""
    run = forecast_run.c
    query = (
        sa.select(model_version)
        .join(forecast_run, run.model_version == model_version.c.model_version)
        .where(run.product == product, run.as_of == as_of, run.status == "published")
        .where(model_version.c.status != "rejected")
        .order_by(run.published_at.desc())
        .limit(1)
    )
    return _one_version(database, query)


def last_training(database: Database, product: Product, as_of: datetime.date) -> datetime.date | None:
    """The newest as-of, up to `as_of`, for which something was trained, whether it serves or lost."""
    table = model_version.c
    statuses = ("champion", "retired", "rejected")
    query = sa.select(sa.func.max(table.as_of)).where(
        table.product == product, table.as_of <= as_of, table.status.in_(statuses)
    )
    with database.read() as connection:
        return connection.execute(query).scalar_one_or_none()


def measured_series(database: Database, version: str) -> dict[str, tuple[float, str | None]]:
    """The skill of each series as it was measured when the version was trained, and what forecasts it.

    From the newest run that the version served.

    Runs whose rows were pruned do not count.
    """
    run, status = forecast_run.c, series_status.c
    newest = (
        sa.select(run.run_id)
        .where(run.model_version == version, run.status.in_(("published", "superseded")))
        .where(sa.exists().where(status.run_id == run.run_id))
        .order_by(run.published_at.desc())
        .limit(1)
    )
    query = sa.select(status.series_id, status.skill, status.model).where(
        status.run_id == newest.scalar_subquery(), status.skill.is_not(None)
    )
    with database.read() as connection:
        return {row.series_id: (row.skill, row.model) for row in connection.execute(query)}


def promote(connection: Connection, product: Product, version: str) -> None:
    """Make a version champion; one of an as-of before the champion's own (a backfill) only counts as having served."""
    table = model_version.c
    as_of = connection.execute(sa.select(table.as_of).where(table.model_version == version)).scalar_one()
    champions = (table.product == product) & (table.status == "champion") & (table.model_version != version)
    newest = connection.execute(sa.select(sa.func.max(table.as_of)).where(champions)).scalar_one_or_none()
    serves = newest is None or newest <= as_of
    if serves:
        connection.execute(sa.update(model_version).where(champions).values(status="retired"))
    status = "champion" if serves else "retired"
    connection.execute(sa.update(model_version).where(table.model_version == version).values(status=status))


def remove_unpublished(connection: Connection, product: Product, names: Collection[str]) -> None:
    """Remove those of the named versions that no flip has reached; their artifacts stay for `nightcast prune`."""
    table = model_version.c
    query = sa.select(table.model_version).where(table.product == product, table.status.in_(("challenger", "rejected")))
    found = [name for name in connection.execute(query).scalars() if name in names]
    for owner in (evaluation, model_version):
        connection.execute(sa.delete(owner).where(owner.c.model_version.in_(found)))


def find_version(database: Database, name: str) -> ModelVersion | None:
    """The version of this name."""
    return _one_version(database, sa.select(model_version).where(model_version.c.model_version == name))


def champion_of(database: Database, product: Product) -> ModelVersion | None:
    """The version that serves tonight."""
    table = model_version.c
    return _one_version(database, sa.select(model_version).where(table.product == product, table.status == "champion"))


def champions_before(database: Database, product: Product) -> list[str]:
    """The versions that served before the champion, the newest first."""
    champion = model_version.alias("champion")
    table = model_version.c
    query = (
        sa.select(table.model_version)
        .join(champion, (champion.c.product == table.product) & (champion.c.status == "champion"))
        .where(table.product == product, table.status == "retired")
        .where(table.as_of <= champion.c.as_of, table.trained_at < champion.c.trained_at)
        .order_by(table.as_of.desc(), table.trained_at.desc())
    )
    with database.read() as connection:
        return list(connection.execute(query).scalars())


def appoint(database: Database, version: ModelVersion) -> None:
    """Make a version champion because a person says so; the one before is retired.

    Raises:
        UsageError: if its artifact has been pruned in the meantime.
    """
    with database.write() as connection:
        _set_champion(connection, version, "retired")


def roll_back(database: Database, version: ModelVersion) -> None:
    """Make an earlier version champion again; those that served since are rejected, so that none serves any more.

    A rerun of an as-of that one of them was published with then takes the champion, too.

    Raises:
        UsageError: if its artifact has been pruned in the meantime.
    """
    table = model_version.c
    with database.write() as connection:
        _set_champion(connection, version, "rejected")
        mine = sa.select(table.trained_at).where(table.model_version == version.model_version)
        trained_at = connection.execute(mine).scalar_one()  # MySQL reads no table that the same statement changes
        since = (table.as_of >= version.as_of) & (table.trained_at > trained_at)
        served = (table.product == version.product) & (table.status == "retired")
        connection.execute(sa.update(model_version).where(served, since).values(status="rejected"))


def _set_champion(connection: Connection, version: ModelVersion, before: str) -> None:
    table = model_version.c
    champion = (table.product == version.product) & (table.status == "champion")
    connection.execute(sa.update(model_version).where(champion).values(status=before))
    usable = (table.model_version == version.model_version) & table.artifact.is_not(None)
    if connection.execute(sa.update(model_version).where(usable).values(status="champion")).rowcount != 1:
        raise UsageError(f"The model {version.model_version} has just been removed.", "Choose another one.")


def _one_version(database: Database, query: sa.Select[Any]) -> ModelVersion | None:
    with database.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    columns = {name: row[name] for name in ModelVersion.__dataclass_fields__}
    return ModelVersion(**columns | {"product": Product(row["product"])})
