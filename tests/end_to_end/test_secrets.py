"""The password of the database's URL: in no log, traceback, row, artifact, or anything that Prefect keeps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

PASSWORD = "xyzzy plugh/%41 ünd@"  # noqa: S105
TRACES = (PASSWORD, "xyzzy", "plugh")
"""Whole or in part, as itself or encoded."""

RUN = ("run", "--as-of", "2026-03-10")


def load(project: Project) -> None:
    visits = [(f"c{number}", day, 3) for number in range(20) for day in daily("2026-02-01", 40, every=3 + number)]
    assert project.load("visits", ("customer_id", "visited_at", "amount"), visits).code == 0
    sales = [(f"s{number}", day, 5) for number in range(3) for day in daily("2026-02-01", 40)]
    assert project.load("sales", ("series_id", "period", "value"), sales).code == 0


@pytest.fixture
def shop(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project on PostgreSQL whose URL has a telling password, as a user of the server that has it."""
    load(project)
    role = f"keeper_{os.getpid()}"
    project.execute(f"CREATE ROLE {role} SUPERUSER LOGIN")
    with project.engine.connect() as connection:
        quoted = connection.exec_driver_sql("SELECT quote_literal(%s)", (PASSWORD,)).scalar_one()
        connection.exec_driver_sql(f"ALTER ROLE {role} PASSWORD {quoted.replace('%', '%%')}", ())
        connection.commit()
    url = project.database.url.set(username=role, password=PASSWORD)
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", url.render_as_string(hide_password=False))
    yield project
    project.execute(f"DROP OWNED BY {role}")
    project.execute(f"DROP ROLE {role}")


COMMANDS = """
import json, os, sys
from flows.command_line import run_command_line

codes = []
for variables, arguments in json.loads(sys.argv[1]):
    os.environ.update(variables)
    codes.append(run_command_line(arguments))
    for name in variables:
        del os.environ[name]
print("\\n" + json.dumps(codes))
"""


def nightcast(project: Project, *commands: tuple[dict[str, str], Sequence[str]]) -> tuple[list[int], str]:
    """Commands, each with variables of its environment, in a process of their own with real logs and tracebacks.

    Returns their exit codes, and all that they printed.
    """
    environment = dict(os.environ)
    for name in ("PREFECT_LOGGING_LEVEL", "PREFECT_LOGGING_SERVER_LEVEL", "PREFECT_LOGGING_EXTRA_LOGGERS"):
        environment.pop(name, None)  # let Prefect log all that it would
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, json.dumps(commands)],
        env=environment,
        cwd=project.folder,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr


def assert_hidden(text: str | bytes, where: object) -> None:
    content = text.encode() if isinstance(text, str) else text
    assert [trace for trace in TRACES if trace.encode() in content] == [], where


def left_behind(project: Project) -> Iterator[tuple[object, bytes]]:
    """Everything that is left: files of the project, rows of our tables, and Prefect's own database."""
    from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL

    files = [path for path in project.folder.rglob("*") if path.is_file()]
    assert any(path.name == "manifest.json" for path in files)
    prefect = Path(str(make_url(str(PREFECT_API_DATABASE_CONNECTION_URL.value())).database))
    assert prefect.exists()
    files += prefect.parent.glob(f"{prefect.name}*")
    yield from ((path, path.read_bytes()) for path in files)
    tables = project.select("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'nightcast'")
    assert len(tables) > 10
    for table in tables:
        yield table["name"], repr(project.select(f"SELECT * FROM {{{table['name']}}}")).encode()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_nights_that_succeed_and_that_fail_leave_no_password(shop: Project, prefect_server: str) -> None:
    night = ("--debug", *RUN, "--json")
    of_visits = (*night, "--product", "next_visit")
    failing = {"NIGHTCAST_SOURCE__VISITS__QUERY": "SELECT 1 / 0 AS customer_id, 1 AS visited_at"}
    gone = {"NIGHTCAST_SOURCE__VISITS__TABLE": "nothing"}
    codes, output = nightcast(shop, ({}, night), (failing, of_visits), (gone, of_visits))
    assert codes == [0, 2, 1], output
    assert_hidden(output, "output")
    assert {row["status"] for row in shop.select("SELECT status FROM {forecast_run}")} >= {"published", "failed"}
    for where, content in left_behind(shop):
        assert_hidden(content, where)


WRONG_URLS = {
    "no such host": "postgresql+psycopg://ann:{}@nowhere.invalid/shop",
    "no such port": "postgresql+psycopg://ann:{}@127.0.0.1:1/shop",
    "a port that is none": "postgresql+psycopg://ann:{}@127.0.0.1:port/shop",
    "no such driver": "oracle+nothing://ann:{}@127.0.0.1/shop",
    "no URL": "ann:{}@127.0.0.1/shop",
    "an option that is none": "postgresql+psycopg://ann:{}@127.0.0.1:1/shop?nothing={}",
    "in the query": "postgresql+psycopg://ann@127.0.0.1:1/shop?password={}",
}


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("wrong", WRONG_URLS)
@pytest.mark.parametrize("password", ["xyzzy", "xyzzy%20plugh%2F%2541"])
def test_a_wrong_url_is_never_repeated(
    project: Project, monkeypatch: pytest.MonkeyPatch, wrong: str, password: str
) -> None:
    monkeypatch.setenv("NIGHTCAST_DATABASE__URL", WRONG_URLS[wrong].replace("{}", password))
    for command in (RUN, ("doctor", "--json"), ("prune",)):
        answer = project.nightcast(*command)
        assert answer.code in (1, 2, 3), answer
        assert_hidden(answer.out + answer.err, command)
        monkeypatch.setenv("NIGHTCAST_DEBUG", "1")
        answer = project.nightcast(*command)
        monkeypatch.delenv("NIGHTCAST_DEBUG")
        assert_hidden(answer.out + answer.err, command)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_url_may_stand_in_a_dotenv_file_or_in_a_secret_block(
    project: Project, prefect_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.blocks.system import Secret

    load(project)
    monkeypatch.setenv("NIGHTCAST_RUN__STALE_AFTER_DAYS", "99999")  # the data are of a day long ago
    monkeypatch.delenv("NIGHTCAST_DATABASE__URL")
    (project.folder / ".env").write_text(f"NIGHTCAST_DATABASE__URL={project.url}\nOTHER=1\n", encoding="utf-8")
    assert project.nightcast(*RUN, "--product", "sales").code == 0

    (project.folder / ".env").unlink()
    project.configure('[database]\nurl = "prefect-secret:shop-url"\n')
    missing = project.nightcast("show", "runs", "--json")
    assert missing.code == 2
    assert "no Prefect secret block 'shop-url'" in missing.err
    Secret(value=project.url).save("shop-url")
    assert project.nightcast(*RUN, "--product", "sales").code == 0
    assert len(project.nightcast("show", "runs", "--json").rows) == 2
    assert project.nightcast("doctor").code == 0

    Secret(value="sqlite:///beside.db").save("shop-url", overwrite=True)
    assert project.nightcast("init").code == 0
    assert (project.folder / "beside.db").exists()  # relative to the settings file, as ever
    Secret(value={"url": 1}).save("shop-url", overwrite=True)
    assert "holds no text" in project.nightcast("show", "runs").err


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_ledger_keeps_neither_keys_nor_excluded_customers(project: Project) -> None:
    load(project)
    project.configure(
        '[source.visits]\nexclude_customers = ["c1", "c2"]\n[model]\nstore = "memory://key:swordfish@bucket/store"\n'
    )
    answer = project.nightcast(*RUN, "--json")
    assert answer.code == 0, answer.err
    rows = project.select("SELECT settings FROM {forecast_run}")
    assert "swordfish" not in repr(rows)
    assert '"exclude_customers": 2' in rows[0]["settings"]
    assert {row["customer_id"] for row in project.select("SELECT customer_id FROM {next_visit}")}.isdisjoint(
        ["c1", "c2"]
    )
    assert "swordfish" not in repr(project.nightcast("doctor", "--json"))
