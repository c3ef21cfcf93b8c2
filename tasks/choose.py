"""Retrain or load: which model serves tonight, and why.

Here a model artifact meets its row in `model_version`: the artifact is whole in the store before its row exists.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.common.artifacts import open_artifact, save_artifact
from models.common.selection import Selection
from models.next_visit.gate import figures as visit_figures
from models.sales.gate import figures as sales_figures
from models.sales.gate.record import SeriesRecord
from nightcast.errors import InputError
from nightcast.values import Product, to_date, to_day
from sql.ledger.model_versions import (
    ModelVersion,
    add_version,
    last_training,
    measured_series,
    published_version,
    serving_version,
)
from sql.ledger.reviews import review_of_version
from sql.ledger.runs import Run
from tasks.night import Night, Serving
from tasks.products import models_of, record_of
from tasks.shape import find_settings, shape_of

PRIMARY = {Product.NEXT_VISIT: visit_figures.PRIMARY, Product.SALES: sales_figures.PRIMARY}
"""The figure by which live forecasts are held against the backtest."""

LIVE_FORECASTS = 7
"""So many of the newest scores are averaged: a week of nights, so that one bad day does not decide."""


FOUND = "what a search found"
"""All settings that a search found, in the list of those that changed."""


@dataclass(frozen=True)
class Plan:
    """What is to be done about the model.

    Attributes:
        train: whether to train.
        version: the version to load, or to compare with when training.
        why: one clause for the ledger.
    """

    train: bool
    version: ModelVersion | None
    why: str


def choose_model(night: Night) -> str:
    """Train or load the model that serves; returns the decision for the ledger.

    A damaged or missing artifact leads to training with a warning, or to the baseline where training is forbidden.
    """
    plan = plan_model(night)
    if not plan.train:
        night.serving = _loaded(night, plan)
    if night.serving is None and night.question.retrain == "never":
        night.serving = _baseline(night, plan)
    if night.serving is None:
        night.serving = _trained(night, plan)
    serving = night.serving
    if night.notes:
        serving.decision += f" (note: {'; '.join(night.notes)})"
    night.facts.update(served=serving.recipe, retrained=serving.retrained, decision=serving.decision)
    return serving.decision


def plan_model(night: Night) -> Plan:
    """Whether to train, by the rules of ``auto``, ``always`` and ``never``."""
    question, database, product = night.question, night.database, night.product
    find_settings(night)
    shape = shape_of(night)
    rerun = published_version(database, product, question.as_of)
    version = serving_version(database, product, question.as_of)
    if question.retrain == "always":
        return Plan(True, version, "told to retrain")
    if rerun is not None and not changed_settings(rerun, shape):
        return Plan(False, rerun, f"{question.as_of} is forecast again, with the model that it was published with")
    if question.retrain == "never":
        return Plan(False, _unless_changed(version, shape), "told not to retrain")
    if version is None:
        return Plan(True, None, "there is no champion yet")
    changes = changed_settings(version, shape)
    if changes:
        return Plan(True, None, f"settings that shape the model changed: {', '.join(changes)}")
    trained = last_training(database, product, question.as_of) or version.as_of
    age = (question.as_of - trained).days
    limit = night.sections.model.retrain_after_days
    if age >= limit:
        return Plan(True, version, f"the last training is {age} days old, the limit is {limit}")
    worsening = live_worsening(night, version, trained)
    if worsening:
        return Plan(True, version, worsening)
    return Plan(False, version, f"the last training is {age} days old, under the limit of {limit}")


def live_worsening(night: Night, version: ModelVersion, trained: datetime.date) -> str:
    """By how much the version's live scores are worse than its backtest; empty while that is not too much.

    Only forecasts made since the last training count: that training has seen, and answered, what came of older ones.
    """
    model, metric = night.sections.model, PRIMARY[night.product]
    settled = to_date(night.question.day - 1 - model.settle_days)
    found = review_of_version(night.database, version.model_version, metric, trained, settled, LIVE_FORECASTS)
    if found is None or found.reviewed <= found.evaluated * (1 + model.worsened_share):
        return ""
    of_runs = "the last forecast" if found.runs == 1 else f"the last {found.runs} forecasts"
    return (
        f"live scores have worsened: {metric.replace('_', ' ')} {found.reviewed:.3f} of {of_runs} that came due, against "
        f"{found.evaluated:.3f} in the backtest, more than {model.worsened_share:.0%} above it"
    )


def changed_settings(version: ModelVersion, shape: dict[str, Any]) -> list[str]:
    """Names of the settings whose value differs from when the version was made."""
    before, after = _flat(version.parameters.get("shape", {})), _flat(shape)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return sorted({FOUND if name.startswith("found.") else name for name in changed})


def _flat(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat


def _unless_changed(version: ModelVersion | None, shape: dict[str, Any]) -> ModelVersion | None:
    return None if version is None or changed_settings(version, shape) else version


def _loaded(night: Night, plan: Plan) -> Serving | None:
    """The planned version from the store; None, with a warning, when it cannot be used."""
    if plan.version is None:
        return None
    model = _load(night, plan.version)
    if model is None:
        return None
    decision = f"loaded {plan.version.model_version}: {plan.why}"
    record = _measured(night, plan.version) if night.product == Product.SALES else None
    return Serving(model, model.recipe, plan.version.model_version, False, False, decision, record)


def _measured(night: Night, version: ModelVersion) -> SeriesRecord:
    """What was measured when the version was trained, put in the order of tonight's series."""
    known = measured_series(night.database, version.model_version)
    place = pc.index_in(night.ids, value_set=pa.array(list(known), pa.string()))
    skill = pa.array([skill for skill, _ in known.values()], pa.float64()).take(place).fill_null(np.nan)
    model = pa.array([model for _, model in known.values()], pa.string()).take(place)
    return SeriesRecord.told(np.array(skill, dtype=np.float64), model.to_pylist())


def _load(night: Night, version: ModelVersion) -> Any:
    if version.artifact is None or version.sha256 is None:
        return None
    try:
        with open_artifact(night.store, version.artifact, version.sha256) as folder:
            return models_of(night.product).load(folder)
    except InputError as error:
        night.warn(f"{error.reason} It was not loaded.")
        return None


def _baseline(night: Night, plan: Plan) -> Serving:
    model = models_of(night.product).fit_baseline(night)
    decision = f"{model.recipe} serves, since no trained model can: {plan.why}"
    return Serving(model, model.recipe, None, False, False, decision)


def _trained(night: Night, plan: Plan) -> Serving:
    """Run the gate; the champion takes part where it can be loaded."""
    # Where loading was the plan, it has been tried, and warned about, already.
    champion = _load(night, plan.version) if plan.train and plan.version is not None else None
    day = None if champion is None or plan.version is None else to_day(plan.version.as_of)
    if night.selection is None:  # else an earlier try has trained already, and could not keep what it made
        night.selection = models_of(night.product).select(night, champion, day, night.progress)
    selection = night.selection
    decision = f"{'trained' if selection.retrained else 'compared'}, {plan.why}: {selection.decision}"
    version = _kept_version(night, plan, selection)
    return Serving(
        selection.model,
        selection.recipe,
        version,
        promote=selection.retrained,
        retrained=selection.retrained,
        decision=decision,
        record=record_of(selection),
    )


def _kept_version(night: Night, plan: Plan, selection: Selection[Any]) -> str | None:
    """Keep what was trained; when the old champion won as it is, a row without artifact says what it beat."""
    run = night.run
    if run is None:
        return None
    name = run.version
    new = _version(night, run, name, selection)
    if selection.retrained:
        metadata = {"product": night.product, "as_of": night.question.as_of, **new.parameters, "metrics": new.metrics}
        sha256 = save_artifact(night.store, name, selection.model.save, metadata)
        add_version(
            night.database, replace(new, status="challenger", artifact=name, sha256=sha256), selection.evaluations
        )
        return name
    add_version(night.database, replace(new, status="rejected"), selection.evaluations)
    return plan.version.model_version if plan.version is not None else None


def _version(night: Night, run: Run, name: str, selection: Selection[Any]) -> ModelVersion:
    metrics = {
        figure.metric: figure.value
        for figure in selection.evaluations
        if figure.segment == "all" and math.isfinite(figure.value)
    }
    parameters = {"recipe": selection.recipe, "shape": shape_of(night)}
    return ModelVersion(name, night.product, "challenger", run.as_of, None, None, parameters, metrics)
