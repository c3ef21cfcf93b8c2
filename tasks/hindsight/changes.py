"""Why tonight's forecast differs from the one before: new data, a new model, or other days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from models.common.artifacts import open_artifact
from nightcast.errors import InputError
from sql.hindsight.changes import PublishedRun, run_before, write_changes
from sql.ledger.model_versions import find_version
from tasks.hindsight.interface import Expected
from tasks.night import Known, Model, Night, Prepared
from tasks.plan import TUNED, changed_settings
from tasks.product import ProductSteps

MOST_SECONDS = 120
"""Where forecasting took longer tonight, the model before does not forecast again just to tell why."""


def explain_changes(night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known]) -> None:
    """Store how tonight's published totals differ from those of the run before, and why."""
    before = run_before(night.database, night.product, night.question.as_of)
    if night.run is None or before is None:
        return
    tonight = product.expected(night.database, prepared, night.run.run_id)
    previous = product.expected(night.database, prepared, before.run_id)
    is_same = (night.entry.model_version, night.entry.served) == (before.model_version, before.served)
    again = tonight if is_same else _by_model_before(night, product, prepared, before)
    of_run = {
        "run_id": night.run.run_id,
        "product": night.product,
        "as_of": night.question.as_of,
        "previous_run_id": before.run_id,
        "previous_as_of": before.as_of,
    }
    rows = [of_run | change for change in _changes(tonight, previous, tonight if again is None else again)]
    if again is None:
        rows = [row | {"by_data": None, "by_model": None} for row in rows]
    if rows:
        write_changes(night.database, night.run.run_id, rows)


def _changes(
    tonight: Mapping[str, Expected], previous: Mapping[str, Expected], again: Mapping[str, Expected]
) -> Iterator[dict[str, Any]]:
    """The change of each measure.

    Args:
        tonight: what tonight's model expects on tonight's data.
        previous: what the model before expected on the data before.
        again: what the model before expects on tonight's data.
    """
    for measure in tonight.keys() & previous.keys() & again.keys():
        new, old = tonight[measure], previous[measure]
        if not len(new.total) or not len(old.total):
            continue
        days = (int(max(new.first.min(), old.first.min())), int(min(new.last.max(), old.last.max())))
        before, data, both = (one.within(*days) for one in (old, again[measure], new))
        yield {
            "measure": measure,
            "previous": float(old.total.sum()),
            "present": float(new.total.sum()),
            "by_calendar": (float(new.total.sum()) - both) - (float(old.total.sum()) - before),
            "by_data": data - before,
            "by_model": both - data,
        }


def _by_model_before(
    night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known], before: PublishedRun
) -> Mapping[str, Expected] | None:
    """What the model before expects on tonight's data; None if it cannot forecast, or would take too long."""
    if night.stage_seconds.get("forecast", 0.0) > MOST_SECONDS:
        return None
    try:
        model = _model_before(night, product, prepared, before)
        return None if model is None else product.expected_by(prepared, model)
    except InputError:
        return None  # of other bins or periods, or its artifact has been removed


def _model_before(
    night: Night, product: ProductSteps[Known, Model], prepared: Prepared[Known], before: PublishedRun
) -> Model | None:
    if before.model_version is None:
        model = product.fit_baseline(night.sections, prepared)
        return model if model.recipe == before.served else None
    version = find_version(night.database, before.model_version)
    if version is None or version.artifact is None or version.sha256 is None:
        return None
    if not {*changed_settings(version, product.shape(night, prepared))} <= {TUNED}:
        return None
    with open_artifact(night.store, version.artifact, version.sha256) as folder:
        return product.load(folder)
