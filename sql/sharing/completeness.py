"""The end of a shared run: all its shards are done, and what their workers have counted is needed no more."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast.errors import NightcastError
from sql.tables import run_shard


def complete(connection: Connection, run_id: str) -> None:
    """Check that every shard of a run is done, if its work was shared, and clear what may name customers.

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
    connection.execute(sa.update(run_shard).where(shard.run_id == run_id).values(outcome=sa.null()))
