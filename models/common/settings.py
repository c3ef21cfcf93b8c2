"""Settings that both products' models share."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nightcast.validation import Section


class ModelSettings(Section):
    """The ``[model]`` section: when models are trained and where they are stored."""

    retrain_after_days: int = Field(7, ge=1, description="Days between as-ofs after which a champion is trained again.")
    settle_days: int = Field(
        3,
        ge=0,
        le=3660,
        description="Days to wait for late rows, after the days of a forecast's part, before its review.",
    )
    worsened_share: float = Field(
        0.2,
        gt=0.0,
        description="Share by which reviews of two weeks may be worse than the evaluation before a model is trained "
        "again.",
    )
    when_worse_than_baseline: Literal["say", "serve_baseline"] = Field(
        "say",
        description="When reviews are worse than the baseline's for two weeks: say, a note; serve_baseline, the "
        "baseline also serves until the reviews are better, or a new model is tried after retrain_after_days.",
    )
    budget_seconds: float = Field(
        600.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds that a training may take; with many series it decides which recipes take part.",
    )
    store: str = Field("models_store", min_length=1, description="Folder or fsspec URL of the model artifacts.")
    seed: int = Field(20_240_229, ge=0, lt=2**31, description="Seed of all random numbers.")
