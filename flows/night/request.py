"""What a night is asked for: the parameters of the flows, as Prefect checks them and draws them as a form."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from nightcast.values import Product


class NightRequest(BaseModel):
    """One night's question."""

    model_config = ConfigDict(extra="forbid")

    as_of: datetime.date | None = Field(
        None, title="As-of", description="The date to forecast from; the day of the (scheduled) start when empty."
    )
    products: list[Product] | None = Field(
        None, title="Products", description="What to forecast; the products of the settings when empty."
    )
    retrain: Literal["auto", "always", "never"] = Field(
        "auto",
        title="Retrain",
        description="auto: when there is no champion, it is old, the settings changed, or live scores have worsened.",
    )
    dry_run: bool = Field(False, title="Dry run", description="Compute everything and write nothing.")
    again: bool = Field(True, title="Again", description="Forecast an as-of that has been published already once more.")
    config: Path | None = Field(
        None, title="Settings file", description="nightcast.toml in the working folder when empty."
    )
    trigger: str = Field("deployment", title="Trigger", description="Who asked, for the ledger.")


class Outcome(BaseModel):
    """What came of one product's night."""

    product: Product
    as_of: datetime.date
    run_id: str | None = None
    subjects: int = 0
    rows_written: int = 0
    rows_rejected: int = 0
    served: str = ""
    decision: str = ""
    notes: list[str] = []
    seconds: float = 0.0
    dry_run: bool = False
