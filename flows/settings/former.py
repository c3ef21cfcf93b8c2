"""Settings that were renamed, moved or dropped, for errors that name the new setting or the reason."""

from __future__ import annotations

from collections.abc import Mapping

_NEXT_VISIT_NETWORK = ("units", "dropout", "members", "epochs", "learning_rate")
_SALES_NETWORK = ("units", "members", "steps", "learning_rate")
_SALES_CLASSIC = ("preparation", "framing", "layers", "stateful")

_MOVED: Mapping[str, str] = {
    "next_visit.architecture": "next_visit.recipes",
    "sales.models": "sales.recipes",
    **{f"next_visit.{name}": f"next_visit.network.{name}" for name in _NEXT_VISIT_NETWORK},
    **{f"sales.{name}": f"sales.network.{name}" for name in _SALES_NETWORK},
    **{f"sales.{name}": f"sales.classic.{name}" for name in _SALES_CLASSIC},
}
"""The new name of each setting that was renamed or moved, by its old one."""

STILL_READ: Mapping[tuple[str, str], str] = {("sales", "models"): "recipes", ("sales", "members"): "network.members"}
"""The new name of settings that a file may still call by their old one, by section and old name; with a warning."""

_DROPPED: Mapping[str, str] = {
    "next_visit.head_units": "the layer has 32 units",
    "next_visit.batch_size": "a batch has 256 rows",
    "next_visit.landmark_spacing_days": "landmarks are 7 days apart",
    "next_visit.landmark_rows": "at most 400,000 rows are trained on",
    "next_visit.minimum_rows": "a network is tried from 800 rows on",
    "next_visit.minimum_customers": "a network is tried from 20 customers on",
    "next_visit.classic.batch_size": "a batch has 256 windows",
    "next_visit.classic.test_share": "a fifth of the windows tests the classifier",
    "next_visit.classic.windows": "at most 60,000 windows are trained on",
    "sales.origins": "recipes are compared at 3 origins, or at as many as the history has room for",
    "sales.minimum_observations": "it follows from the frequency",
    "sales.refit_steps": "a refit takes 100 further steps",
    "sales.batch_size": "a batch has 64 windows",
    "sales.maximum_windows": "at most 16,384 windows are trained on",
    "sales.maximum_statistical_series": "[model] budget_seconds decides which recipes take part",
    "sales.history": "it follows from the frequency",
}
"""Why each setting that no longer exists is not needed."""


def _written(key: str) -> str:
    section, _, name = key.rpartition(".")
    return f"[{section}] {name}"


FORMER_SETTINGS: Mapping[str, str] = {
    **{old: f"is now {_written(new)}" for old, new in _MOVED.items()},
    **{old: f"is no longer a setting: {why}" for old, why in _DROPPED.items()},
}
"""The rest of a sentence about each former setting, by its dotted name."""
