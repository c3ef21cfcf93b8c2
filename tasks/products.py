"""What differs between the products when a model is trained, loaded and shaped by settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.common.search import Tuning
from models.common.selection import Champion, Progress, Selection
from models.next_visit.settings import NextVisitSettings
from models.sales.gate.record import SeriesRecord
from nightcast.values import Product
from tasks.night import Night


@dataclass(frozen=True)
class ProductModels:
    """How one product's models are made and read.

    Attributes:
        select: runs the gate: (night, champion, its as-of as a day, progress) to what serves.
        fit_baseline: the model that needs no training.
        load: a model from its folder.
        shape: the settings that shape a model; another shape means another model.
        tuning: what a search for better settings needs.
    """

    select: Callable[[Night, Any, int | None, Progress], Selection[Any]]
    fit_baseline: Callable[[Night], Any]
    load: Callable[[Path], Any]
    shape: Callable[[Night], dict[str, Any]]
    tuning: Callable[[Night], Tuning]


def models_of(product: Product) -> ProductModels:
    """The product's models."""
    return _NEXT_VISIT if product == Product.NEXT_VISIT else _SALES


def record_of(selection: Selection[Any]) -> SeriesRecord | None:
    """What was measured of each series, where the product measures it."""
    record: SeriesRecord | None = getattr(selection, "record", None)
    return record


def _select_next_visit(night: Night, champion: Any, day: int | None, progress: Progress) -> Selection[Any]:
    from models.next_visit.gate.select import select
    from models.next_visit.search import applied

    sections = night.sections
    settings, seed = sections.next_visit, sections.model.seed
    found = None if night.found is None else applied(settings, night.found)
    return select(_made(night.history), night.question.day, settings, seed, champion, day, progress, found)


def _next_visit_baseline(night: Night) -> Any:
    from models.next_visit.recipes.registry import fit_baseline

    return fit_baseline(_made(night.history), night.question.day, night.sections.next_visit)


def _load_next_visit(folder: Path) -> Any:
    from models.next_visit.recipes.model import load_model

    return load_model(folder)


def _next_visit_shape(night: Night) -> dict[str, Any]:
    settings: NextVisitSettings = night.sections.next_visit
    return {
        "next_visit": settings.model_dump(mode="json"),
        "timezone": night.question.timezone,
        "seed": night.sections.model.seed,
    }


def _select_sales(night: Night, champion: Any, day: int | None, progress: Progress) -> Selection[Any]:
    from models.sales.data.outliers import without_outliers
    from models.sales.gate.select import select
    from models.sales.search import applied

    sections, known = night.sections, without_outliers(_made(night.panel))
    tuned = None if night.found is None else applied(sections.sales, night.found)
    serving = None if champion is None or day is None else Champion(champion, day)
    return select(known, sections.sales, sections.model.seed, champion=serving, tuned=tuned, progress=progress)


def _sales_baseline(night: Night) -> Any:
    from models.sales.recipes.registry import fit_baseline

    return fit_baseline(_made(night.panel), night.sections.sales)


def _load_sales(folder: Path) -> Any:
    from models.sales.recipes.registry import load_model

    return load_model(folder)


def _sales_shape(night: Night) -> dict[str, Any]:
    source, panel = night.sections.source.sales, _made(night.panel)
    return {
        "sales": night.sections.sales.model_dump(mode="json"),
        "frequency": panel.calendar.frequency,
        "horizon": panel.lengths.horizon,
        "missing": source.missing,
        "duplicates": source.duplicates,
        "covariates": list(panel.covariates.names) if panel.covariates is not None else [],
        "seed": night.sections.model.seed,
    }


def _tune_next_visit(night: Night) -> Tuning:
    from models.next_visit.search import objective, present, space

    settings, seed = night.sections.next_visit, night.sections.model.seed
    return Tuning(
        space(settings), present(settings), objective(_made(night.history), night.question.day, settings, seed)
    )


def _tune_sales(night: Night) -> Tuning:
    from models.sales.data.outliers import without_outliers
    from models.sales.search import objective, present, space

    settings, seed = night.sections.sales, night.sections.model.seed
    known = without_outliers(_made(night.panel))
    return Tuning(space(settings), present(settings), objective(known, settings, seed))


def _made(value: Any) -> Any:
    if value is None:
        raise RuntimeError("the sources have to be prepared before a model is chosen")
    return value


_NEXT_VISIT = ProductModels(
    _select_next_visit, _next_visit_baseline, _load_next_visit, _next_visit_shape, _tune_next_visit
)
_SALES = ProductModels(_select_sales, _sales_baseline, _load_sales, _sales_shape, _tune_sales)
