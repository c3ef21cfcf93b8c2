"""Decides whether tonight trains or loads, by the rules of ``auto``, ``always`` and ``never``."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

from nightcast.values import to_date, to_day
from sql.ledger.model_versions import ModelVersion, last_training, published_version, serving_version
from sql.ledger.reviews import review_of_version
from sql.ledger.searches import Search, StoredTrial, newest_search, trials_of
from tasks.night import Known, Model, Night, Prepared
from tasks.product import Parameters, ProductSteps

AVERAGED_REVIEWS = 7
"""Number of newest reviews that are averaged: a week of nights, so that one bad day does not decide."""

TUNED = "tuned settings"
"""The name, in a list of changed settings, of all settings that a search has found."""


@dataclass(frozen=True)
class ModelPlan:
    """Whether to train or to load, and why.

    Attributes:
        train: whether to train.
        version: the version to load, or to compare a new model with as it is.
        why: the reason, as a clause for the ledger.
        shape: the settings that shape tonight's model; a version of another shape cannot serve.
        tuned: better settings from a search; None if there are none.
    """

    train: bool
    version: ModelVersion | None
    why: str
    shape: Parameters
    tuned: Parameters | None


def plan_model(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> ModelPlan:
    """The plan for the model of a night.

    A new model is compared with the champion as it is if that knows nothing of a whole horizon before the as-of.
    """
    tuned = tuned_settings(night, product, prepared)
    shape = product.shape(night, prepared)
    if tuned is not None:
        shape |= {"tuned": tuned}

    def plan(train: bool, version: ModelVersion | None, why: str) -> ModelPlan:
        return ModelPlan(train, version, why, shape, tuned)

    def train(why: str) -> ModelPlan:
        is_rival = version is not None and product.horizon_end(night, prepared, to_day(version.as_of)) < question.day
        return plan(True, version if is_rival else None, why)

    question, database = night.question, night.database
    published = published_version(database, night.product, question.as_of)
    version = serving_version(database, night.product, question.as_of)
    if question.retrain == "always":
        return train("training was requested")
    if published is not None and not changed_settings(published, shape):
        return plan(False, published, f"{question.as_of} is forecast again with the model that it was published with")
    if question.retrain == "never":
        usable = version is not None and not changed_settings(version, shape)
        return plan(False, version if usable else None, "training was not allowed")
    if version is None:
        return plan(True, None, "there is no champion yet")
    changes = changed_settings(version, shape)
    if changes:
        return plan(True, None, f"settings that shape the model changed: {', '.join(changes)}")
    trained = last_training(database, night.product, question.as_of) or version.as_of
    age, limit = (question.as_of - trained).days, night.sections.model.retrain_after_days
    if age >= limit:
        return train(f"the last training is {age} days old, the limit is {limit}")
    worsening = worse_reviews(night, product, version, trained)
    if worsening:
        return train(worsening)
    return plan(False, version, f"the last training is {age} days old, under the limit of {limit}")


def worse_reviews(night: Night, product: ProductSteps[Any, Any], version: ModelVersion, trained: datetime.date) -> str:
    """How much worse than its evaluation the version's reviews are; empty within the limit.

    Only forecasts made since the last training count, since that training knew the outcome of older ones.
    """
    model, metric = night.sections.model, product.primary_metric
    settled = to_date(night.question.day - 1 - model.settle_days)
    score = review_of_version(night.database, version.model_version, metric, trained, settled, AVERAGED_REVIEWS)
    if score is None or score.reviewed <= score.evaluated * (1 + model.worsened_share):
        return ""
    forecasts = "the last reviewed forecast" if score.runs == 1 else f"the last {score.runs} reviewed forecasts"
    return (
        f"reviews are worse than the evaluation: {metric.replace('_', ' ')} {score.reviewed:.3f} of {forecasts} "
        f"against {score.evaluated:.3f}, more than {model.worsened_share:.0%} above it"
    )


def changed_settings(version: ModelVersion, shape: Parameters) -> list[str]:
    """Names of the settings that have changed since the version was trained."""
    before, after = _flat(version.parameters.get("shape", {})), _flat(shape)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return sorted({TUNED if name.startswith("tuned.") else name for name in changed})


def _flat(nested: Parameters, prefix: str = "") -> Parameters:
    flat: Parameters = {}
    for name, value in nested.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat


def search_at(
    night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known], as_of: datetime.date
) -> Search:
    """The search that belongs to tonight's settings, at this as-of."""
    shape = json.dumps(product.shape(night, prepared), sort_keys=True)
    return Search(night.product, hashlib.sha256(shape.encode()).hexdigest(), as_of)


def tuned_settings(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> Parameters | None:
    """The better settings of the newest search; None if there are none.

    A search of a later as-of does not count, since a backfill must not know anything later.
    """
    today = night.question.as_of
    shape = search_at(night, product, prepared, today).shape
    search = newest_search(night.database, night.product, shape, datetime.date.min, today)
    return None if search is None else better_settings(trials_of(night.database, search))


def better_settings(trials: list[StoredTrial]) -> Parameters | None:
    """The best settings of a search; None if no trial was better than the first, which has the present settings."""
    usable = [trial for trial in trials if math.isfinite(trial.value)]
    best = min(usable, key=lambda trial: trial.value, default=None)
    return None if best is None or best.number == 0 else best.parameters
