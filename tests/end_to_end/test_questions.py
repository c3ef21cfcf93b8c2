"""The questions of `docs/sql.md`: every query runs on every database, and answers with the columns on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from sql.views.definitions import READERS_VIEWS
from tests.answering import copy_rows
from tests.documents.questions import PAGE, Question, questions
from tests.documents.sql_page import with_meanings
from tests.end_to_end.conftest import Project


def ask(project: Project, query: str) -> tuple[list[str], int]:
    """The columns of the answer, and its number of rows."""
    with project.database.read() as connection:
        if project.database.schema:
            connection.execute(sa.text(f"SET search_path TO {project.database.schema}"))
        result = connection.exec_driver_sql(query)
        return list(result.keys()), len(result.all())


def test_every_question_has_an_answer(project: Project, answering_file: Path) -> None:
    copy_rows(answering_file, project.database)
    page = questions()
    assert len(page) >= 20
    asked = {one.question: ask(project, one.query) for one in page}
    assert [question for question, (_, rows) in asked.items() if not rows] == []
    shown = {one.question: one.columns for one in page}
    assert {question: columns for question, (columns, _) in asked.items()} == shown


def test_the_page_says_what_the_columns_mean() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_meanings(page), "run `python -m tests.documents`"


@pytest.mark.parametrize("answered", questions(), ids=lambda one: one.question)
def test_the_page_reads_views_and_shows_their_answers(answered: Question) -> None:
    assert any(view in answered.query for view in READERS_VIEWS)
    assert answered.result.count("\n") >= 3
