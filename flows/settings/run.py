"""The settings of every run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nightcast.validation import Section
from nightcast.values import Product
from sql.settings import TimezoneName


class RunSettings(Section):
    """The ``[run]`` section."""

    timezone: TimezoneName = Field("UTC", description="Time zone of the as-of and of visit days.")
    products: tuple[Product, ...] | None = Field(
        None, min_length=1, description="Products to forecast; without it, those whose source exists or ever existed."
    )
    engine: Literal["local", "shared", "dask"] = Field(
        "local",
        description="Who forecasts next visits: this process, it together with every `nightcast work`, or the workers "
        "of a Dask cluster.",
    )
    dask_address: str | None = Field(
        None,
        description="Address of the Dask scheduler, such as tcp://host:8786; without it, a cluster on this machine.",
    )
    shards: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Parts that a shared night is divided into; without it, by the number of rows.",
    )
    late_after_hours: float = Field(
        20, gt=0, description="A scheduled run that would start more than this many hours late is skipped."
    )
    stale_after_days: int = Field(
        1,
        ge=0,
        description="`nightcast check` fails if the forecasts that readers see are from more than this many days ago.",
    )
    keep_runs: Literal["auto"] | Annotated[int, Field(ge=1)] = Field(
        "auto",
        description="Published runs of each product that nights keep, besides those that readers see or that await "
        "their review; auto: the last 35, and those of 35 days.",
    )
