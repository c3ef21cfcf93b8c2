"""The parameters and results of the flows; Prefect checks the parameters and shows them as a form."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from nightcast.values import Product


class NightRequest(BaseModel):
    """The parameters of a night."""

    model_config = ConfigDict(extra="forbid")

    as_of: datetime.date | None = Field(
        None, title="As-of", description="Date to forecast from; if empty, the day of the (scheduled) start."
    )
    products: list[Product] | None = Field(
        None, title="Products", description="What to forecast; if empty, the products of the settings."
    )
    retrain: Literal["auto", "always", "never"] = Field(
        "auto",
        title="Retrain",
        description="auto: if there is no champion, it is old, its settings changed, or its reviews have worsened.",
    )
    dry_run: bool = Field(False, title="Dry run", description="Compute everything and write nothing.")
    again: bool = Field(True, title="Again", description="Forecast an as-of again that is already published.")
    config: Path | None = Field(
        None, title="Settings file", description="If empty, nightcast.toml in the working folder."
    )
    trigger: str | None = Field(
        None, title="Trigger", description="What started the night, for the ledger; if empty, the deployment's name."
    )


class Outcome(BaseModel):
    """The outcome of one product's night."""

    product: Product
    as_of: datetime.date
    run_id: str | None = None
    subjects: int = 0
    rows_written: int = 0
    rows_rejected: int = 0
    served: str = ""
    decision: str = ""
    scores: dict[str, float] = {}
    notes: list[str] = []
    seconds: float = 0.0
    dry_run: bool = False


Result = Outcome | BaseException
"""What a product's night comes to: its outcome, or the error that it failed with."""


@dataclass(frozen=True)
class WholeNight:
    """What a night comes to.

    Attributes:
        results: The outcome of each product, or the error that it failed with.
        skipped: Why the night was skipped; empty if it was not.
    """

    results: list[Result]
    skipped: str = ""

    @property
    def failures(self) -> list[BaseException]:
        """The errors of the products that failed."""
        return [result for result in self.results if isinstance(result, BaseException)]
