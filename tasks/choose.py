"""The step `choose`: train or load, and decide which model serves tonight.

A new model artifact is complete in the store before its row in `model_version` exists.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Generic

from models.common.arrays import Floats
from models.common.artifacts import load_skill, open_artifact, save_artifact, save_skill
from models.common.selection import Champion, Selection
from nightcast.errors import InputError
from nightcast.values import WHOLE, Evaluation, to_day
from sql.ledger.model_versions import ModelVersion, add_version
from sql.ledger.runs import Run
from tasks.night import Choice, Known, Model, Night, Prepared
from tasks.plan import ModelPlan, plan_model
from tasks.product import ProductSteps


@dataclass(frozen=True)
class Chooser(Generic[Known, Model]):
    """Chooses the model of one night; a retry after a lost connection does not train again."""

    night: Night
    product: ProductSteps[Known, Model]
    prepared: Prepared[Known]

    def choose(self) -> Choice[Model]:
        """Train or load the model that serves.

        If an artifact is damaged or missing, a warning says so, and a model is trained, or the baseline serves where
        training is not allowed.
        """
        plan = plan_model(self.night, self.product, self.prepared)
        if plan.note:
            self.night.warn(plan.note)
        choice = self._stand_in(plan) if plan.stand_in else None if plan.train else self._loaded(plan)
        if choice is None and self.night.question.retrain == "never":
            choice = self._stand_in(plan)
        if choice is None:
            choice = self._trained(plan)
        entry = self.night.entry
        entry.model_version, entry.served = choice.version, choice.recipe
        entry.retrained, entry.decision = choice.retrained, choice.decision
        return choice

    def _loaded(self, plan: ModelPlan) -> Choice[Model] | None:
        """The planned version from the store; None, with a warning, if it cannot be used."""
        if plan.version is None:
            return None
        loaded = self._load(plan.version)
        if loaded is None:
            return None
        model, skill = loaded
        version = plan.version.model_version
        decision = f"loaded {version}: {plan.why}"
        return Choice(model, version, False, False, decision, skill)

    def _load(self, version: ModelVersion) -> tuple[Model, Floats | None] | None:
        """The model of a version and its skill on each subject; None, with a warning, if its artifact is damaged."""
        if version.artifact is None or version.sha256 is None:
            return None
        try:
            with open_artifact(self.night.store, version.artifact, version.sha256) as folder:
                return self.product.load(folder), load_skill(folder, self.prepared.ids.to_pylist())
        except InputError as error:
            self.night.warn(f"{error.reason} It was not loaded.")
            return None

    def _stand_in(self, plan: ModelPlan) -> Choice[Model]:
        """The baseline, in place of a model that is worse or cannot serve."""
        model = self.product.fit_baseline(self.night.sections, self.prepared)
        why = plan.why if plan.stand_in else f"no trained model can, {plan.why}"
        return Choice(model, None, False, False, f"{model.recipe} serves: {why}")

    def _trained(self, plan: ModelPlan) -> Choice[Model]:
        """Run the gate, and keep the model that it trained."""
        selection = self._selection(plan)
        verb = "trained" if selection.retrained else "compared"
        return Choice(
            selection.model,
            self._kept_version(plan, selection),
            promote=selection.retrained,
            retrained=selection.retrained,
            decision=f"{verb}, {plan.why}: {selection.decision}",
            skill=selection.skill,
        )

    def _selection(self, plan: ModelPlan) -> Selection[Model]:
        champion = self._champion(plan)  # also in a retry, which starts without warnings
        if not self._trained_before:
            sections, progress = self.night.sections, self.night.progress
            self._trained_before.append(self.product.select(sections, self.prepared, champion, plan.tuned, progress))
        return self._trained_before[0]

    def _champion(self, plan: ModelPlan) -> Champion[Model] | None:
        """The version to compare with; None if the plan was to load it, since that has failed."""
        if plan.version is None or not plan.train:
            return None
        loaded = self._load(plan.version)
        return None if loaded is None else Champion(loaded[0], to_day(plan.version.as_of))

    @cached_property
    def _trained_before(self) -> list[Selection[Model]]:
        """The selection that an earlier try could not keep; at most one."""
        return []

    def _kept_version(self, plan: ModelPlan, selection: Selection[Model]) -> str | None:
        """Keep the trained model; where the champion won as it is, add a row without an artifact for the others."""
        run = self.night.run
        if run is None:
            return None
        new = _version(run, plan, selection)
        if not selection.retrained:
            add_version(self.night.database, replace(new, status="rejected"), selection.evaluations)
            return plan.version.model_version if plan.version is not None else None
        metadata = {"product": run.product, "as_of": run.as_of, **new.parameters, "metrics": new.metrics}
        sha256 = save_artifact(self.night.store, run.version, partial(self._save, selection), metadata)
        kept = replace(new, artifact=run.version, sha256=sha256)
        add_version(self.night.database, kept, selection.evaluations)
        return run.version

    def _save(self, selection: Selection[Model], folder: Path) -> None:
        selection.model.save(folder)
        if selection.skill is not None:
            save_skill(folder, self.prepared.ids.to_pylist(), selection.skill)


def _version(run: Run, plan: ModelPlan, selection: Selection[Any]) -> ModelVersion:
    parameters = {"recipe": selection.recipe, "shape": plan.shape}
    metrics = _means(selection.evaluations)
    return ModelVersion(run.version, run.product, "challenger", run.as_of, None, None, parameters, metrics)


def _means(evaluations: Sequence[Evaluation]) -> dict[str, float]:
    """The mean of each metric over all origins; an origin with several baselines counts once."""
    values: dict[str, dict[int, float]] = {}
    for one in evaluations:
        if one.segment == WHOLE and math.isfinite(one.value):
            values.setdefault(one.metric, {})[one.day] = one.value
    return {metric: sum(by_origin.values()) / len(by_origin) for metric, by_origin in values.items()}
