"""The questions of `docs/sql.md`: every query runs on every database, and answers with the columns on the page."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa

from sql.views.definitions import READERS_VIEWS
from tests.documents.pretence import begun_in_time
from tests.documents.sql_page import PAGE, TONIGHT, Answered, answers
from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import small_shop

SETTINGS = """
[source.visits]
groups = ["store"]
future = "known"

[source.sales]
groups = ["store", "category"]

[sales]
recipes = ["combination", "effects"]

[model]
retrain_after_days = 1000
"""
DAYS_AGO = (35, 28, 1, 0)
"""Nights whose parts come due until the last of them, that of a whole forecast of sales among them."""


def ask(project: Project, query: str) -> tuple[list[str], int]:
    """The columns of the answer, and its number of rows."""
    with project.database.read() as connection:
        if project.database.schema:
            connection.execute(sa.text(f"SET search_path TO {project.database.schema}"))
        result = connection.exec_driver_sql(query)
        return list(result.keys()), len(result.all())


def test_every_question_has_an_answer(project: Project) -> None:
    project.configure(SETTINGS)
    yesterday = TONIGHT - datetime.timedelta(days=1)
    small_shop(project, customers=400, through=yesterday, days=730, booked=True)
    project.execute("INSERT INTO visits (customer_id, visited_at) VALUES ('', '2026-01-05')")
    for days in DAYS_AGO:
        as_of = TONIGHT - datetime.timedelta(days=days)
        answer = project.nightcast("run", "--as-of", str(as_of))
        assert answer.code == 0, answer.err
        begun_in_time(project.database, as_of)
    page = answers(PAGE.read_text(encoding="utf-8"))
    assert len(page) >= 20
    asked = {one.question: ask(project, one.query) for one in page}
    assert [question for question, (_, rows) in asked.items() if not rows] == []
    shown = {one.question: one.columns for one in page}
    assert {question: columns for question, (columns, _) in asked.items()} == shown


@pytest.mark.parametrize("answered", answers(PAGE.read_text(encoding="utf-8")), ids=lambda one: one.question)
def test_the_page_reads_views_and_shows_their_answers(answered: Answered) -> None:
    assert any(view in answered.query for view in READERS_VIEWS)
    assert answered.result.count("\n") >= 3
