"""The recipes of next visits, each fitted with small settings, saved and loaded.

`_forecast` is the only function that calls the models, so a change of their interface is made in one place.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.recorded.comparison import Forecasts
from benchmarks.recorded.shop import CUSTOMERS, as_of_day, visit_rows
from models.common.recipe import Training
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.forecast import forecast
from models.next_visit.recipes.registry import RECIPES, load_model
from models.next_visit.settings import NextVisitSettings

SEED = 3


@cache
def _known(day: int) -> CustomerBase:
    return CustomerBase(VisitHistory.from_rows(*visit_rows(), customers=CUSTOMERS).before(day), day)


def _settings(**given: Any) -> NextVisitSettings:
    return NextVisitSettings.model_validate({"network": {"epochs": 1}, **given})


def _forecast(recipe: str, settings: NextVisitSettings, as_ofs: tuple[int, ...] = (0,)) -> Forecasts:
    """The probabilities of a saved and loaded model, after trainings at `as_ofs` days before the as-of."""
    for before in as_ofs:
        model = RECIPES[recipe].fit(_known(as_of_day() - before), Training(settings, SEED))
    with tempfile.TemporaryDirectory(prefix="nightcast-") as folder:
        model.save(Path(folder))
        return {"probability": forecast(load_model(Path(folder)), _known(as_of_day())).probabilities}


CLASSIC = {"classic": {"epochs": 2}}
DEEP = {"classic": {"epochs": 2, "look_back": 10, "units": (8, 4), "dense_units": (), "interval_edges_days": (7, 30)}}

VARIANTS: dict[str, Callable[[], Forecasts]] = {
    "life_table": lambda: _forecast("life_table", _settings()),
    "pareto_nbd": lambda: _forecast("pareto_nbd", _settings()),
    "gradient_boosting": lambda: _forecast("gradient_boosting", _settings()),
    "gradient_boosting of two bins": lambda: _forecast("gradient_boosting", _settings(bin_edges_days=(28,))),
    "hazard_lstm": lambda: _forecast("hazard_lstm", _settings(network={"epochs": 2})),
    "hazard_lstm of one member": lambda: _forecast(
        "hazard_lstm",
        _settings(network={"epochs": 1, "members": 1}, look_back=5, bin_edges_days=(7, 30, 90)),
        (120, 0),
    ),
    "blend": lambda: _forecast("blend", _settings()),
    "interval_classifier": lambda: _forecast("interval_classifier", _settings(**CLASSIC)),
    "interval_classifier, trained twice": lambda: _forecast("interval_classifier", _settings(**CLASSIC), (90, 0)),
    "interval_classifier, deep": lambda: _forecast("interval_classifier", _settings(**DEEP)),
    "multi_sequence": lambda: _forecast("multi_sequence", _settings(**CLASSIC)),
}
"""Forecasts of each variant, by its name."""
