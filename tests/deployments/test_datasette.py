"""Datasette with our metadata: it answers every question, describes the views, and hides the tables."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sql.engine import Database
from sql.views.definitions import READERS_VIEWS
from tests.deployments.asking import answer
from tests.deployments.conftest import reader
from tests.deployments.datasette_metadata import DATABASE, METADATA
from tests.documents.questions import Question, questions
from tests.documents.tables_page import dictionary

START_SECONDS = 60


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetched(address: str) -> str:
    """The body of a page."""
    with urllib.request.urlopen(address, timeout=30) as page:  # noqa: S310 - of this machine
        text: str = page.read().decode()
    return text


@pytest.fixture(scope="module")
def server(shop: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the database in a running Datasette."""
    program, port = reader("datasette"), _free_port()
    log = tmp_path_factory.mktemp("datasette") / "log"
    command = [program, "serve", str(shop.file), "--metadata", str(METADATA), "--port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/-/versions.json", process, log)
        yield f"{address}/{DATABASE}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            fetched(address)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"Datasette does not answer: {log.read_text()}")


@pytest.mark.parametrize("one", questions(), ids=lambda one: one.name)
def test_a_question_has_the_answer_of_the_views(server: str, shop: Database, one: Question) -> None:
    values = urllib.parse.urlencode({"_shape": "arrays", **one.values})
    rows = json.loads(fetched(f"{server}/{one.name}.json?{values}"))["rows"]
    assert [tuple(row) for row in rows] == answer(shop, one.query)
    assert rows


def test_tables_are_hidden_and_views_for_readers_are_not(server: str) -> None:
    content: dict[str, Any] = json.loads(fetched(f"{server}.json"))
    hidden = {table["name"] for table in content["tables"] if table["hidden"]}
    assert {entry.relation for entry in dictionary() if entry.kind == "table"} <= hidden
    assert set(READERS_VIEWS) <= {view["name"] for view in content["views"]}


def test_a_views_page_says_what_its_rows_and_columns_mean(server: str) -> None:
    page = fetched(f"{server}/rpt_trust")
    assert "One row per product that has been published" in page
    assert "good, watch or poor" in page
