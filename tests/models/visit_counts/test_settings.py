"""The settings of visit counts, as the machinery of sales reads them."""

from __future__ import annotations

from models.sales.settings import SalesSettings
from models.visit_counts.settings import VisitCountSettings


def test_nothing_but_the_country_comes_from_sales() -> None:
    sales = SalesSettings(horizon=12, season=12, recipes=("seasonal_lstm",), country="GB", negative="allow")
    ours = VisitCountSettings().as_sales(sales)
    assert (ours.horizon, ours.season, ours.country, ours.negative) == (28, "auto", "GB", "floor")
    assert "seasonal_lstm" not in ours.recipes
    assert VisitCountSettings(country="FR").as_sales(sales).country == "FR"


def test_recipes_that_are_named_take_part() -> None:
    assert VisitCountSettings(recipes=("seasonal_lstm",)).as_sales(SalesSettings()).recipes == ("seasonal_lstm",)
