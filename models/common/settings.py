"""Settings that both products' models share."""

from __future__ import annotations

from pydantic import Field

from nightcast.validation import Section


class ModelSettings(Section):
    """The ``[model]`` section: when models are trained and where they are stored."""

    retrain_after_days: int = Field(7, ge=1, description="Days between as-ofs after which a champion is trained again.")
    settle_days: int = Field(
        3, ge=0, le=3660, description="Days to wait for late rows, after a forecast's horizon, before its review."
    )
    worsened_share: float = Field(
        0.2,
        gt=0.0,
        description="Share by which reviews may be worse than the evaluation before a model is trained again.",
    )
    budget_seconds: float = Field(
        600.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds that a training may take; with many series it decides which recipes take part.",
    )
    store: str = Field("models_store", min_length=1, description="Folder or fsspec URL of the model artifacts.")
    seed: int = Field(20_240_229, ge=0, lt=2**31, description="Seed of all random numbers.")
