"""Settings of the next-visit models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from models.next_visit.recipes.classic.settings import ClassicSettings, EdgesDays
from nightcast.validation import Section
from nightcast.values import MOST_BINS, Bins

RecipeName = Literal[
    "hazard_lstm",
    "gradient_boosting",
    "blend",
    "pareto_nbd",
    "interval_classifier",
    "multi_sequence",
    "life_table",
]
AUTOMATIC: tuple[RecipeName, ...] = ("hazard_lstm", "gradient_boosting", "blend", "pareto_nbd")
"""The recipes of ``"auto"``; the baseline, ``life_table``, always takes part."""


class NetworkSettings(Section):
    """The ``[next_visit.network]`` section: size and training of ``hazard_lstm``; `tune` searches these."""

    units: int = Field(12, ge=1, le=512, description="Size of the LSTM's state.")
    dropout: float = Field(0.2, ge=0.0, lt=1.0, description="Share of the hidden layer dropped in training.")
    members: int = Field(
        2, ge=1, le=16, description="Networks trained with different initial weights; their probabilities are averaged."
    )
    epochs: int = Field(4, ge=1, le=1000, description="Times that each network sees every training row.")
    learning_rate: float = Field(
        0.003, gt=0.0, le=1.0, description="Largest step size of Adam; it falls to zero over the training."
    )


class NextVisitSettings(Section):
    """The ``[next_visit]`` section: the bins to forecast, and the recipes that compete to forecast them."""

    bin_edges_days: EdgesDays = Field(
        (7, 14, 28, 56),
        max_length=MOST_BINS - 1,
        description="Last day of each bin, counted from the as-of, which is day 1; the bin after the last is later.",
    )
    recipes: Literal["auto"] | Annotated[tuple[RecipeName, ...], Field(min_length=1)] = Field(
        "auto", description='The recipes that compete, by name; "auto" chooses them.'
    )
    look_back: int = Field(16, ge=1, le=256, description="How many of a customer's last intervals are read.")
    incremental: Literal["auto", "always", "never"] = Field(
        "auto",
        description="always: read only days of the source that are new or have changed, where that gives the same; "
        "auto: the same but on SQLite, where reading all rows is faster; never: read all rows each night.",
    )
    network: NetworkSettings = Field(NetworkSettings(), description="Size and training of hazard_lstm.")
    classic: ClassicSettings = Field(
        ClassicSettings(), description="Size and training of interval_classifier and multi_sequence."
    )

    @field_validator("recipes")
    @classmethod
    def _blend_has_its_parts(cls, recipes: tuple[RecipeName, ...] | str) -> tuple[RecipeName, ...] | str:
        if "blend" in recipes and not {"hazard_lstm", "gradient_boosting"} <= {*recipes}:
            raise ValueError("recipes with blend need hazard_lstm and gradient_boosting too, which it averages.")
        return recipes

    @property
    def bins(self) -> Bins:
        """The bins that the edges make."""
        return Bins(self.bin_edges_days)

    @property
    def competing(self) -> tuple[RecipeName, ...]:
        """The recipes that compete, ``"auto"`` resolved, without the baseline."""
        names = AUTOMATIC if self.recipes == "auto" else self.recipes
        return tuple(name for name in dict.fromkeys(names) if name != "life_table")
