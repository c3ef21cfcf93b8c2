"""What the documents show can be run: settings, commands and queries."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from flows.command_line import nightcast
from flows.settings import Settings
from sql.engine import open_database
from sql.schema import migrate
from sql.settings import DatabaseSettings
from tests.documents.__main__ import DOCUMENTS

PAGES = sorted([*DOCUMENTS.glob("*.md"), DOCUMENTS.parent / "README.md"])
RUN_ELSEWHERE = {"sql.md", "scale.md"}
"""Pages whose statements other tests run, on the databases that they are for."""

_BLOCK = re.compile(r"```(?P<language>[a-z]+)\n(?P<text>.*?)```", re.DOTALL)
_COMMAND = re.compile(r"(?:^|&& |/bin/|exec nights )nightcast (?P<arguments>[^|&>#\n]*)", re.MULTILINE)


def blocks(*languages: str) -> Iterator[tuple[str, str]]:
    """The page and the text of every block in one of these languages."""
    for page in PAGES:
        for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
            if found["language"] in languages:
                yield page.name, found["text"]


def queries() -> Iterator[tuple[str, str]]:
    """The page and the text of every query."""
    for page, text in blocks("sql"):
        if page not in RUN_ELSEWHERE:
            yield from ((page, query) for query in text.split(";") if query.strip())


def commands() -> Iterator[tuple[str, str]]:
    """The page and the arguments of every command in a block of shell or of a terminal."""
    for page, text in blocks("sh", "console", "text"):
        shown = "\n".join(line.removeprefix("$ ") for line in text.split("\n") if page or line)
        for found in _COMMAND.finditer(re.sub(r"\\\n\s*", "", shown)):
            yield page, found["arguments"].strip()


@pytest.mark.parametrize(("page", "text"), list(blocks("toml")))
def test_settings_of_a_document_are_settings(page: str, text: str, tmp_path: Path) -> None:
    parsed = tomllib.loads(text)
    if not {"cells", "configuration", "claims", "study"} & parsed.keys():
        Settings.model_validate(parsed)


@pytest.mark.parametrize(("page", "arguments"), list(commands()))
def test_a_command_of_a_document_is_a_command(page: str, arguments: str) -> None:
    words = shlex.split(arguments)
    command: click.Command = nightcast
    context = click.Context(nightcast, info_name="nightcast")
    while isinstance(command, click.Group) and words and not words[0].startswith("-") and words[0] != "...":
        name = words.pop(0).partition("|")[0]
        inner = command.get_command(context, name)
        assert inner is not None, f"{page}: nightcast {arguments}"
        command, context = inner, click.Context(inner, info_name=name, parent=context)
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert given <= known | {"--help", "-h"}, f"{page}: nightcast {arguments}"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Connection]:
    path = tmp_path_factory.mktemp("queries") / "empty.db"
    database = open_database(DatabaseSettings(url=SecretStr(f"sqlite:///{path}")))
    migrate(database)
    with closing(database.engine.connect()) as connection:
        yield connection
    database.engine.dispose()


@pytest.mark.parametrize(("page", "query"), list(queries()))
def test_a_query_of_a_document_runs(page: str, query: str, empty: sa.Connection) -> None:
    empty.exec_driver_sql(query.replace("nightcast.", ""))
