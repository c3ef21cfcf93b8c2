"""Settings of the forecasts of visits per day."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from models.sales.settings import RecipeName, SalesSettings
from nightcast.validation import Section

QUICK: tuple[RecipeName, ...] = ("combination", "smoothing", "auto_ets")
"""The recipes that need seconds for a few series."""


class VisitCountSettings(Section):
    """The ``[visit_counts]`` section."""

    horizon: int = Field(28, ge=1, le=1_000, description="Days to forecast.")
    country: str | None = Field(
        None,
        description="Public holidays of this country are known ahead, to dates of next visits, too: its ISO 3166 code, "
        "'GB' or 'GB-ENG'; without it, those of [sales] country.",
    )
    recipes: Annotated[tuple[RecipeName, ...], Field(min_length=1)] | Literal["auto"] = Field(
        "auto",
        description="Recipes of sales that take part, seasonal_naive always among them; auto: combination, smoothing, "
        "auto_ets and, with holidays or covariates, effects; networks and trees cost minutes, and learn little from a "
        "few series.",
    )

    def known_country(self, sales: SalesSettings) -> str | None:
        """The country whose public holidays are known: their own, or else that of sales."""
        return self.country or sales.country

    def as_sales(self, sales: SalesSettings, *, has_covariates: bool = False) -> SalesSettings:
        """The settings for the machinery of sales.

        Args:
            sales: Gives the country where there is none of their own.
            has_covariates: Whether anything is known ahead beside the country's holidays.
        """
        country = self.known_country(sales)
        quick = QUICK if country is None and not has_covariates else (*QUICK, "effects")
        recipes = quick if self.recipes == "auto" else self.recipes
        return SalesSettings(horizon=self.horizon, country=country, recipes=recipes, negative="floor")
