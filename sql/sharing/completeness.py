"""Whether all shards of a run are done, which its publication requires."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast.errors import NightcastError
from sql.tables import run_shard


def require_done(connection: Connection, run_id: str) -> None:
    """Check that every shard of a run is done, if its work was shared.

    Raises:
        NightcastError: if one is not.
    """
    shard = run_shard.c
    undone = sa.select(sa.func.count()).where(shard.run_id == run_id, shard.status != "done")
    if number := connection.execute(undone).scalar_one():
        verb = "is" if number == 1 else "are"
        raise NightcastError(
            f"Run {run_id} cannot be published: of its shards, {number} {verb} not done.", "Run the night again."
        )
