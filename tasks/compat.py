"""TEMPORARY: the models' coming signatures on top of the present ones."""

from __future__ import annotations

from typing import Any

from models.common.selection import no_progress


def visit_select(
    known: Any, settings: Any, seed: int, *, champion: Any = None, tuned: Any = None, progress: Any = no_progress
) -> Any:
    from models.next_visit.gate.select import select

    m, d = (None, None) if champion is None else (champion.model, champion.as_of_day)
    return select(known.history, known.as_of, settings, seed, m, d, progress, tuned)


def visit_baseline(known: Any, settings: Any) -> Any:
    from models.next_visit.recipes.registry import fit_baseline

    return fit_baseline(known.history, known.as_of, settings)


def visit_load(folder: Any) -> Any:
    from models.next_visit.recipes.model import load_model

    return load_model(folder)


def visit_objective(known: Any, settings: Any, seed: int) -> Any:
    from models.next_visit.search import objective

    return objective(known.history, known.as_of, settings, seed)


def visit_forecast(model: Any, known: Any) -> Any:
    from models.next_visit.forecast import forecast

    return forecast(model, known.history, known.as_of)


def visit_review(history: Any, day: Any, bins: Any, p: Any) -> Any:
    from models.next_visit.review import score_published

    return score_published(history, day, bins, p)


def visit_past(known: Any, settings: Any, through: int) -> Any:
    from models.next_visit.backtest import VisitPast

    class P(VisitPast):
        def recipes(self, known: Any, seed: int) -> Any:
            return super().recipes(known.history, known.as_of, seed)  # type: ignore

        def figures(self, model: Any, known: Any, code: Any, record: Any) -> Any:
            return super().figures(model, known.history, code, known.as_of)  # type: ignore

    return P(known.history, settings, through)


def sales_select(
    known: Any, settings: Any, seed: int, *, champion: Any = None, tuned: Any = None, progress: Any = no_progress
) -> Any:
    from models.sales.gate.select import select

    m, d = (None, None) if champion is None else (champion.model, champion.as_of_day)
    return select(known, settings, seed, m, d, None, progress, tuned)


def sales_load(folder: Any) -> Any:
    from models.sales.recipes.model import load_model

    return load_model(folder)


def sales_space(settings: Any) -> Any:
    from models.sales.search import SPACE

    return SPACE


def sales_forecast(model: Any, panel: Any, record: Any) -> Any:
    from models.sales.forecast import forecast
    from models.sales.settings import SalesSettings

    return forecast(model, panel, SalesSettings(), record)


def sales_review(panel: Any, origin: Any, mean: Any, q: Any) -> Any:
    from models.sales.review import score_published
    from models.sales.settings import SalesSettings

    return score_published(panel, SalesSettings(), origin, mean, q)


def sales_past(panel: Any, settings: Any, through: int) -> Any:
    from models.sales.backtest import SalesPast

    class P(SalesPast):
        def recipes(self, known: Any, seed: int) -> Any:
            return super().recipes(known, 0, seed)  # type: ignore

        def figures(self, model: Any, known: Any, code: Any, record: Any) -> Any:
            return super().figures(model, known, code, 0, record)  # type: ignore

    return P(panel, settings, through)


def without_outliers(panel: Any) -> Any:
    return panel
