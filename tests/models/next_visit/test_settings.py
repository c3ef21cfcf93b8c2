from __future__ import annotations

import pytest

from models.next_visit.recipes.classic.settings import ClassicSettings
from models.next_visit.settings import NextVisitSettings


@pytest.mark.parametrize("edges", [(), (0, 7), (7, 7), (14, 7), (7, 100_000)])
def test_bin_edges_that_make_no_bins_are_refused(edges: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="bin_edges_days"):
        NextVisitSettings(bin_edges_days=edges)


@pytest.mark.parametrize("edges", [(), (0, 40), (60, 40), (3661,)])
def test_edges_of_intervals_that_make_no_classes_are_refused(edges: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="interval_edges_days"):
        ClassicSettings(interval_edges_days=edges)


@pytest.mark.parametrize("recipes", [[], ["oracle"], "hazard_lstm", ["blend"], ["blend", "hazard_lstm"]])
def test_recipes_that_cannot_compete_are_refused(recipes: object) -> None:
    with pytest.raises(ValueError, match="recipes"):
        NextVisitSettings.model_validate({"recipes": recipes})


def test_recipes_compete_once_each_and_the_baseline_is_not_one_of_them() -> None:
    settings = NextVisitSettings(recipes=("pareto_nbd", "life_table", "pareto_nbd"))
    assert settings.competing == ("pareto_nbd",)
    assert "blend" in NextVisitSettings().competing
