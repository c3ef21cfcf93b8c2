"""Where the visits that are kept from night to night are."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from sql.engine import Database
from sql.tables import kept_visits

Part = Literal["base", "recent"]


@dataclass(frozen=True)
class KeptPart:
    """A part of the kept visits.

    Attributes:
        part: base, or recent for what has changed since.
        artifact: its folder in the model store.
        sha256: the digest that seals the artifact.
        settings_sha256: the digest of the settings that say what rows mean.
        rows: the number of its visits.
        kept_at: the clock of the night that read them, aware.
    """

    part: Part
    artifact: str
    sha256: str
    settings_sha256: str
    rows: int
    kept_at: datetime.datetime


def kept_parts(database: Database) -> list[KeptPart]:
    """The parts, the base first; none where nothing is kept."""
    columns = [kept_visits.c[name] for name in KeptPart.__dataclass_fields__]
    return [KeptPart(*row) for row in database.rows(sa.select(*columns).order_by(kept_visits.c.part))]


def switch_part(database: Database, part: KeptPart, base: KeptPart | None) -> list[str]:
    """Put a new part in the place of older ones, in one transaction; a new base takes the place of all.

    Args:
        database: where the visits are.
        part: the new part.
        base: the part that it continues; None for a new base. Where another has taken its place, nothing changes.

    Returns:
        The artifacts to which nothing refers any more.
    """
    table = kept_visits.c
    with database.write() as connection:
        before = {row.part: row.artifact for row in connection.execute(sa.select(table.part, table.artifact))}
        if base is not None and before.get("base") != base.artifact:
            return [part.artifact]
        replaced = list(before) if base is None else ["recent"]
        connection.execute(sa.delete(kept_visits).where(table.part.in_(replaced)))
        connection.execute(sa.insert(kept_visits).values(**vars(part)))
    return [before[name] for name in replaced if name in before and before[name] != part.artifact]


def release_parts(database: Database) -> None:
    """Keep nothing any longer."""
    with database.write() as connection:
        connection.execute(sa.delete(kept_visits))
