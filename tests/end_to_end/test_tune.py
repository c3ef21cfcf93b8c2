"""``nightcast tune`` searches, goes on, and says what comes of it."""

from __future__ import annotations

from typing import cast

import pytest

from models.common.search import Range
from models.next_visit.search import HAZARD_SPACE
from models.sales import search
from models.sales.settings import SalesSettings
from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import AS_OF, NETWORKS, small_shop

SALES_SPACE = search.space(SalesSettings())
SMALL_RANGES = (
    (HAZARD_SPACE, {"look_back": Range(4, 8), "units": Range(4, 8), "members": Range(1, 2), "epochs": Range(2, 3)}),
    (SALES_SPACE, {"units": Range(8, 16), "steps": Range(30, 40)}),
)
"""In these a network of a trial is quick to train; the present epochs and steps are below them, as of the real ones."""


@pytest.fixture
def small_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials choose among small networks."""
    for space, ranges in SMALL_RANGES:
        for name, small in ranges.items():
            monkeypatch.setitem(cast("dict[str, Range]", space), name, small)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("product", ["next_visit", "sales"])
@pytest.mark.usefixtures("small_trials")
def test_a_search_is_kept_and_gone_on_with(project: Project, product: str) -> None:
    project.configure(NETWORKS)
    small_shop(project)
    begun = project.nightcast("tune", product, "--trials", "1", "--as-of", str(AS_OF), "--json")
    assert begun.code == 0, begun.err
    assert [row["trial"] for row in begun.rows] == [0]
    assert "No trial was better" in begun.err
    further = project.nightcast("tune", product, "--trials", "1", "--as-of", str(AS_OF))
    assert "trial 1: " in further.err
    assert "1 trial, 2 in all" in further.err
    kept = project.select("SELECT number FROM {search_trial} ORDER BY number")
    assert [row["number"] for row in kept] == [0, 1]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_too_little_history_is_said(project: Project) -> None:
    project.configure(NETWORKS)
    project.load("visits", ("customer_id", "visited_at"), [("a", "2026-01-05"), ("b", "2026-02-08")])
    answer = project.nightcast("tune", "next_visit", "--as-of", "2026-02-10")
    assert answer.code == 2
    assert "A search needs 169 days of history" in answer.err
