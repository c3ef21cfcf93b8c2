"""Model versions in the database: which may serve an as-of, and which is champion."""

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
from sql.tables import evaluation, forecast_run, model_version

_DATED = {"promoted_at": sa.func.coalesce(model_version.c.promoted_at, model_version.c.trained_at)}
"""When a version became champion; of one from before that was recorded, when it was trained."""


@dataclass(frozen=True)
class ModelVersion:
    """A trained model: its artifact, and the settings that shaped it."""

    model_version: str
    product: Product
    status: str
    as_of: datetime.date
    artifact: str | None
    sha256: str | None
    parameters: dict[str, Any]
    metrics: dict[str, Any]


def add_version(database: Database, version: ModelVersion, evaluations: Sequence[Evaluation]) -> None:
    """Add a version with its evaluations; may be repeated."""
    with database.write() as connection:
        for table in (evaluation, model_version):
            connection.execute(sa.delete(table).where(table.c.model_version == version.model_version))
        now = datetime.datetime.now(datetime.UTC)
        connection.execute(sa.insert(model_version).values(trained_at=now, **vars(version)))
        rows = [_evaluation_row(version, one) for one in evaluations]
        if rows:
            connection.execute(sa.insert(evaluation), rows)


def _evaluation_row(version: ModelVersion, one: Evaluation) -> dict[str, Any]:
    return {
        "model_version": version.model_version,
        "product": version.product,
        "as_of": to_date(one.day),
        "segment": one.segment,
        "metric": one.metric,
        "value": finite(one.value),
        "baseline": one.baseline,
        "baseline_value": finite(one.baseline_value),
    }


def finite(value: float) -> float | None:
    """A number for the database: None unless it is finite."""
    return float(value) if math.isfinite(value) else None


def serving_version(database: Database, product: Product, as_of: datetime.date) -> ModelVersion | None:
    """The version that may serve `as_of`: the champion, or for a backfill the newest earlier version that served.

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
    """The version of the published run of this as-of; None also if a rollback has rejected it since."""
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
    """The newest as-of, up to `as_of`, of a training, whether or not the trained model serves."""
    table = model_version.c
    statuses = ("champion", "retired", "rejected")
    query = sa.select(sa.func.max(table.as_of)).where(
        table.product == product, table.as_of <= as_of, table.status.in_(statuses)
    )
    return database.value(query)


def promote(connection: Connection, product: Product, version: str, today: datetime.date) -> None:
    """Make a version champion; with an as-of before the champion's (a backfill) it becomes ``retired`` instead.

    A champion whose as-of has not come is rejected: it serves nothing, and would keep every other from serving.
    """
    table = model_version.c
    _reject_premature(connection, product, today)
    as_of = connection.execute(sa.select(table.as_of).where(table.model_version == version)).scalar_one()
    champions = (table.product == product) & (table.status == "champion") & (table.model_version != version)
    newest = connection.execute(sa.select(sa.func.max(table.as_of)).where(champions)).scalar_one_or_none()
    serves = newest is None or newest <= as_of
    if serves:
        connection.execute(sa.update(model_version).where(champions).values(status="retired", **_DATED))
    values = {"status": "champion", "promoted_at": datetime.datetime.now(datetime.UTC)}
    values = values if serves else {"status": "retired"}
    connection.execute(sa.update(model_version).where(table.model_version == version).values(values))


def _reject_premature(connection: Connection, product: Product, today: datetime.date) -> None:
    table, tomorrow = model_version.c, today + datetime.timedelta(days=1)  # it may have begun east of Greenwich
    premature = (table.product == product) & (table.status == "champion") & (table.as_of > tomorrow)
    connection.execute(sa.update(model_version).where(premature).values(status="rejected"))


def remove_unpublished(connection: Connection, product: Product, names: Collection[str]) -> None:
    """Remove those of the named versions that were never published; `nightcast prune` removes their artifacts."""
    table = model_version.c
    query = sa.select(table.model_version).where(table.product == product, table.status.in_(("challenger", "rejected")))
    unpublished = [name for name in connection.execute(query).scalars() if name in names]
    for owner in (evaluation, model_version):
        connection.execute(sa.delete(owner).where(owner.c.model_version.in_(unpublished)))


def find_version(database: Database, name: str) -> ModelVersion | None:
    """The version of this name, None if there is none."""
    return _one_version(database, sa.select(model_version).where(model_version.c.model_version == name))


def champion_of(database: Database, product: Product) -> ModelVersion | None:
    """The champion of a product, None if there is none."""
    table = model_version.c
    return _one_version(database, sa.select(model_version).where(table.product == product, table.status == "champion"))


def champions_before(database: Database, product: Product) -> list[str]:
    """The versions that served before the champion became it, the last one first.

    Versions whose promotion was not recorded count as promoted in the order of their as-ofs.
    """
    champion = model_version.alias("champion")
    table = model_version.c
    unknown = table.promoted_at.is_(None)
    trained_before = (table.as_of <= champion.c.as_of) & (table.trained_at < champion.c.trained_at)
    promoted_before = table.promoted_at < sa.func.coalesce(champion.c.promoted_at, champion.c.trained_at)
    query = (
        sa.select(table.model_version)
        .join(champion, (champion.c.product == table.product) & (champion.c.status == "champion"))
        .where(table.product == product, table.status == "retired")
        .where(sa.or_(promoted_before, unknown & trained_before))
        .order_by(sa.case((unknown, 1), else_=0), table.promoted_at.desc(), table.as_of.desc(), table.trained_at.desc())
    )
    return database.column(query)


def appoint(database: Database, version: ModelVersion) -> None:
    """Make a version champion at a person's request; the present champion is retired.

    Raises:
        UsageError: if its artifact has been pruned since.
    """
    with database.write() as connection:
        connection.execute(_retire(version.product, **_DATED))
        _set_champion(connection, version, promoted_at=datetime.datetime.now(datetime.UTC))


def roll_back(database: Database, version: ModelVersion) -> None:
    """Make an earlier champion serve again, as if nothing had been promoted since.

    Newer versions that served since are rejected and never serve again; an older one, which a person had promoted, is
    retired as it was before. A rerun of an as-of that a rejected version was published with uses the champion.

    Raises:
        UsageError: if its artifact has been pruned since.
    """
    table = model_version.c
    with database.write() as connection:
        mine = sa.select(table.trained_at, _DATED["promoted_at"]).where(table.model_version == version.model_version)
        # MySQL cannot read a table that the statement changes.
        trained_at, promoted_at = connection.execute(mine).one()
        connection.execute(_retire(version.product, promoted_at=table.trained_at))
        _set_champion(connection, version)
        newer = (table.as_of >= version.as_of) & (table.trained_at > trained_at)
        since = newer & (_DATED["promoted_at"] > promoted_at)
        served = (table.product == version.product) & (table.status == "retired")
        connection.execute(sa.update(model_version).where(served, since).values(status="rejected"))


def _retire(product: Product, **values: Any) -> sa.Update:
    """The statement that retires the champion."""
    champion = (model_version.c.product == product) & (model_version.c.status == "champion")
    return sa.update(model_version).where(champion).values(status="retired", **values)


def _set_champion(connection: Connection, version: ModelVersion, **values: Any) -> None:
    table = model_version.c
    usable = (table.model_version == version.model_version) & table.artifact.is_not(None)
    if connection.execute(sa.update(model_version).where(usable).values(status="champion", **values)).rowcount != 1:
        raise UsageError(f"The model {version.model_version} has just been removed.", "Choose another version.")


def _one_version(database: Database, query: sa.Select[Any]) -> ModelVersion | None:
    with database.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    columns = {name: row[name] for name in ModelVersion.__dataclass_fields__}
    return ModelVersion(**columns | {"product": Product(row["product"])})
