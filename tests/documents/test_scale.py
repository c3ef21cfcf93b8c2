"""The statements of docs/scale.md do what it says."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from sql.engine import Database
from sql.schema import migrate
from sql.settings import VisitSource
from sql.source.lookup import look_up_source
from sql.source.parts import part_of_source
from sql.tables import next_visit_stored
from tests.documents.__main__ import DOCUMENTS

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"])


def statements(beginning: str) -> str:
    """The block of statements with this beginning."""
    blocks = re.findall(r"```sql\n(.*?)```", (DOCUMENTS / "scale.md").read_text(encoding="utf-8"), re.DOTALL)
    return next(str(block) for block in blocks if block.strip().startswith(beginning))


def test_a_shard_is_read_from_the_index_alone(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE visits (customer_id bigint, visited_at timestamp, amount numeric)"))
        rows = "SELECT number, now(), 1 FROM generate_series(1, 20000) AS number"
        connection.execute(sa.text(f"INSERT INTO visits {rows}"))
        connection.exec_driver_sql(statements("CREATE INDEX"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE visits")
        source = look_up_source(database, "source.visits", VisitSource(), [])
        part = part_of_source(database, source, "customer_id", 2**20, 2**22)
        columns: list[sa.ColumnElement[object]] = [sa.column(name) for name in ("customer_id", "visited_at", "amount")]
        query = part.select(*columns).compile(database.engine, compile_kwargs={"literal_binds": True})
        plan = connection.exec_driver_sql(f"EXPLAIN {query}").scalars().all()
    assert "Index Only Scan using visits_of_shards" in plan[0]


def test_the_table_of_forecasts_may_have_a_partition_for_each_night(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql(statements("ALTER TABLE"))
    migrate(database)
    with database.write() as connection:
        row = {"run_number": 7, "customer_id": "a", "last_visit_on": sa.func.current_date(), "elapsed_days": 1}
        connection.execute(sa.insert(next_visit_stored).values(**row, likely_bin=1, visit_days=1))
        found = connection.exec_driver_sql("SELECT tableoid::regclass::text FROM nightcast.next_visit_stored").scalar()
        reads = connection.exec_driver_sql("SELECT pg_get_viewdef('nightcast.next_visit'::regclass)").scalar_one()
    assert found == "nightcast.next_visit_1_100"
    assert "nightcast.next_visit_stored stored" in reads
