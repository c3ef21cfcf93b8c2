"""`nightcast mcp`, as a program uses it: the SDK's client starts the command and asks the ten questions."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sql.answers.ask import plain
from sql.answers.questions import QUESTIONS, heading
from sql.views.definitions import READERS_VIEWS
from tests.answering import copy_rows
from tests.documents.questions import questions
from tests.documents.sql_page import TONIGHT
from tests.end_to_end.conftest import Project

pytest.importorskip("mcp", reason="the extra mcp is not installed")

COMMAND = ["-c", "from flows.command_line import main; main()", "mcp"]
PARAMETERS: dict[str, dict[str, Any]] = {
    "customers_to_remind": {"limit": 5},
    "visits_on": {"day": "2026-11-28"},
    "worth_of_customers": {"limit": 5},
    "was_it_right": {"series_id": "bakery/baguette", "as_of": "2026-10-30", "limit": 7},
    "changes_since_last_night": {"as_of": str(TONIGHT)},
}
"""Of the queries of `docs/sql.md`; a question that is not here has none."""

OF_ONE = ("next_visit_of", "reasons_for")
"""The questions about one customer: this test asks about the first of the shop."""

Calls = Callable[..., Awaitable[Any]]


def asked(work: Callable[[Calls], Awaitable[None]], url: str | None = None) -> None:
    """Start the command as a program does, and let `work` call its tools."""
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    if url is not None:
        environment["NIGHTCAST_DATABASE__URL"] = url

    async def talk() -> None:
        started = StdioServerParameters(command=sys.executable, args=COMMAND, env=environment)
        async with stdio_client(started) as streams, ClientSession(*streams) as session:
            await session.initialize()
            await work(session.call_tool)

    asyncio.run(asyncio.wait_for(talk(), 120))


def by_sql(project: Project, query: str) -> list[dict[str, Any]]:
    with project.database.read() as connection:
        if project.database.schema:
            connection.execute(sa.text(f"SET search_path TO {project.database.schema}"))
        rows = connection.exec_driver_sql(query).mappings().all()
        return [{name: plain(value) for name, value in row.items()} for row in rows]


def test_a_client_answers_the_ten_questions_with_the_rows_of_sql(project: Project, answering_file: Path) -> None:
    copy_rows(answering_file, project.database)
    queries = {one.question: one.query for one in questions()}
    customer = by_sql(project, "SELECT MIN(customer_id) AS first FROM latest_next_visit")[0]["first"]
    assert len(QUESTIONS) == 10

    async def work(call: Calls) -> None:
        for question in QUESTIONS:
            name = question.__name__
            query = queries[heading(question)]
            if name in OF_ONE:
                query = re.sub("WHERE.*|ORDER BY.*", "", query, flags=re.S) + f"WHERE customer_id = '{customer}'"
            answer = await call(name, {"customer_id": customer} if name in OF_ONE else PARAMETERS.get(name, {}))
            assert not answer.isError, (name, answer.content)
            assert answer.structuredContent["rows"] == by_sql(project, query), name
            assert answer.structuredContent["rows"] != [], name
        views = await call("describe", {})
        assert {row["relation"] for row in views.structuredContent["rows"]} == {*READERS_VIEWS}
        columns = await call("describe", {"view": "latest_next_visit"})
        meanings = {row["column_name"]: row["description"] for row in columns.structuredContent["rows"]}
        assert meanings["elapsed_days"] == "Days from the last visit day to the as-of."
        states = await call("total_of_view", {"view": "latest_next_visit", "measures": ["count"], "by": ["state"]})
        assert {row["state"]: row["count"] for row in states.structuredContent["rows"]} == {
            row["state"]: row["customers"]
            for row in by_sql(project, "SELECT state, customers FROM rpt_customer_states")
        }

    asked(work)


ATTACKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("read_view", {"view": "next_visit_stored"}),
    ("read_view", {"view": "latest_run; DROP TABLE forecast_run"}),
    ("read_view", {"view": "latest_run", "columns": ["pg_read_file('/etc/passwd')"]}),
    ("read_view", {"view": "latest_run", "order_by": ["(SELECT 1)"]}),
    ("read_view", {"view": "latest_run", "filters": [{"column": "1 = 1 OR product", "value": "sales"}]}),
    ("read_view", {"view": "latest_run", "limit": 1_000_000}),
    ("total_of_view", {"view": "latest_run", "measures": ["sum load_extension('x')"]}),
    ("next_visit_of", {}),
    ("describe", {"view": "forecast_run"}),
    ("query", {"sql": "SELECT 1"}),
)


def test_attacks_are_refused_and_errors_show_no_secret(project: Project, database_kind: str) -> None:
    secret = "swordfish"  # noqa: S105
    url = {
        "sqlite": project.url,
        "postgresql": project.database.url.set(password=secret).render_as_string(hide_password=False),
    }.get(database_kind, project.url)

    async def work(call: Calls) -> None:
        for name, arguments in ATTACKS:
            answer = await call(name, arguments)
            assert answer.isError, (name, arguments)
            text = answer.content[0].text
            assert secret not in text
            assert str(project.folder) not in text
        data = await call("next_visit_of", {"customer_id": "x' OR '1' = '1"})
        assert data.structuredContent == {"rows": [], "is_cut_short": False}

    asked(work, url)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_the_reader_is_enough(project: Project) -> None:
    role = f"nightcast_mcp_{os.getpid()}"
    for statement in (
        f"CREATE ROLE {role} LOGIN PASSWORD 'reader'",
        f"GRANT USAGE ON SCHEMA nightcast TO {role}",
        *(f"GRANT SELECT ON nightcast.{view} TO {role}" for view in READERS_VIEWS),
    ):
        project.execute(statement)
    url = project.database.url.set(username=role, password="reader").render_as_string(hide_password=False)  # noqa: S106

    async def work(call: Calls) -> None:
        for name, arguments in (("describe", {}), ("trust", {}), ("read_view", {"view": "rpt_freshness"})):
            answer = await call(name, arguments)
            assert not answer.isError, answer.content

    try:
        asked(work, url)
    finally:
        project.execute(f"DROP OWNED BY {role}")
        project.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_without_the_extra_the_error_names_it(project: Project) -> None:
    code = "import sys; sys.modules['mcp'] = None; from flows.command_line import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "mcp"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'nightcast[mcp]'" in done.stderr
    assert done.stdout == ""
