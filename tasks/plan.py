"""Decides which model serves tonight: a new one, one that is loaded, or the baseline."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
from dataclasses import dataclass

from nightcast.values import counted, to_day
from sql.ledger.live_reviews import LiveReviews, StandIn, live_reviews, stand_in_of
from sql.ledger.model_versions import ModelVersion, last_training, published_version, serving_version
from sql.ledger.searches import Search, StoredTrial, newest_search, trials_of
from tasks.night import Known, Model, Night, Prepared
from tasks.product import Parameters, ProductSteps

TUNED = "tuned settings"
"""The name, in a list of changed settings, of all settings that a search has found."""


@dataclass(frozen=True)
class ModelPlan:
    """Which model serves, and why.

    Attributes:
        train: whether to train.
        version: the version to load, or to compare a new model with as it is.
        why: the reason, as a clause for the ledger.
        shape: the settings that shape tonight's model; a version of another shape cannot serve.
        tuned: better settings from a search; None if there are none.
        stand_in: whether the baseline serves in place of a model.
        note: a warning about published forecasts; empty if there is none.
    """

    train: bool
    version: ModelVersion | None
    why: str
    shape: Parameters
    tuned: Parameters | None
    stand_in: bool = False
    note: str = ""


@dataclass(frozen=True)
class _Plans:
    """The possible plans of a night.

    Attributes:
        version: the version that may serve.
        rival: the same where a new model is compared with it as it is: it knows nothing of a whole horizon before the
            as-of.
        shape, tuned, note: as in `ModelPlan`.
    """

    version: ModelVersion | None
    rival: ModelVersion | None
    shape: Parameters
    tuned: Parameters | None
    note: str

    def train(self, why: str) -> ModelPlan:
        return ModelPlan(True, self.rival, why, self.shape, self.tuned, note=self.note)

    def train_afresh(self, why: str) -> ModelPlan:
        return ModelPlan(True, None, why, self.shape, self.tuned, note=self.note)

    def load(self, version: ModelVersion | None, why: str) -> ModelPlan:
        return ModelPlan(False, version, why, self.shape, self.tuned, note=self.note)

    def stand_in(self, why: str) -> ModelPlan:
        return ModelPlan(False, None, why, self.shape, self.tuned, stand_in=True, note=self.note)


def plan_model(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> ModelPlan:
    """The plan for the model of a night."""
    tuned = tuned_settings(night, product, prepared)
    shape = product.shape(night, prepared)
    if tuned is not None:
        shape |= {"tuned": tuned}
    question, database = night.question, night.database
    version = serving_version(database, night.product, question.as_of)
    is_rival = version is not None and product.horizon_end(night, prepared, to_day(version.as_of)) < question.day
    past = stand_in_of(database, night.product, question.as_of)
    through = question.day - 1 - night.sections.model.settle_days
    live = live_reviews(database, night.product, product.live_measure(night, prepared, through), past.before)
    note = worse_than_baseline(live) if live.is_worse_than_baseline() else ""
    plans = _Plans(version, version if is_rival else None, shape, tuned, note)

    published = published_version(database, night.product, question.as_of)
    if question.retrain == "always":
        return plans.train("training was requested")
    if published is not None and not changed_settings(published, shape):
        return plans.load(published, f"{question.as_of} is forecast again with the model that it was published with")
    if question.retrain == "never":
        usable = version is not None and not changed_settings(version, shape)
        return plans.load(version if usable else None, "training was not allowed")
    if version is None:
        return plans.train_afresh("there is no champion yet")
    changes = changed_settings(version, shape)
    if changes:
        return plans.train_afresh(f"settings that shape the model changed: {', '.join(changes)}")
    return _automatic(night, plans, version, past, live)


def _automatic(night: Night, plans: _Plans, version: ModelVersion, past: StandIn, live: LiveReviews) -> ModelPlan:
    """The plan by reviews and age, where a version could serve."""
    model, as_of = night.sections.model, night.question.as_of
    limit = model.retrain_after_days
    if model.when_worse_than_baseline == "serve_baseline":
        if past.since is not None and ((as_of - past.since).days >= limit or not live.reviews):
            return plans.train(f"the baseline has served since {past.since}, and a new model is tried")
        if live.is_worse_than_baseline(by_one_week=past.since is not None):
            return plans.stand_in(worse_than_baseline(live))
    trained = last_training(night.database, night.product, as_of) or version.as_of
    age = (as_of - trained).days
    if age >= limit:
        return plans.train(f"the last training is {age} days old, the limit is {limit}")
    worsening = worse_than_promised(live, trained, model.worsened_share)
    if worsening:
        return plans.train(worsening)
    return plans.load(version, f"the last training is {age} days old, under the limit of {limit}")


def worse_than_promised(live: LiveReviews, trained: datetime.date, share: float) -> str:
    """How much worse than their evaluation the reviews are; empty within the limit.

    They count only if some cover days that the last training, of the as-of `trained`, could not know: otherwise a new
    model would learn nothing new.
    """
    beside = live.beside_promise()
    if beside is None or live.newest < trained:
        return ""
    number, reviewed, promised = beside
    if reviewed <= promised * (1 + share):
        return ""
    return (
        f"reviews since {live.measure.since} are worse than the evaluation: "
        f"{_measured(live, number, reviewed, promised)}, more than {share:.0%} above it"
    )


def worse_than_baseline(live: LiveReviews) -> str:
    """How much worse than the baseline's the reviews are; empty if no review has a baseline."""
    beside = live.beside_baseline()
    if beside is None:
        return ""
    return f"reviews since {live.measure.since} are worse than the baseline's: {_measured(live, *beside)}"


def _measured(live: LiveReviews, number: int, reviewed: float, other: float) -> str:
    """Two scores in words."""
    measure = live.measure
    name = measure.metric.replace("_", " ")
    return f"{name} {reviewed:.3f} against {other:.3f} ({counted(number, 'review')} of {measure.part})"


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
