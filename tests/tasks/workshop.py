"""Products whose models cost nothing, to test what is decided about models."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from models.common.arrays import Floats
from models.common.selection import Champion, Progress, Selection
from nightcast.errors import InputError
from nightcast.values import Evaluation, to_date
from sql.ledger.live_reviews import LiveMeasure
from tasks.next_visit.steps import NextVisitSteps
from tasks.night import Night, Prepared, Sections
from tasks.product import Parameters
from tasks.sales.steps import SalesSteps

NOTHING_KNOWN: Prepared[Any] = Prepared(pa.array([], pa.string()), None, None)
"""What these products are given to choose a model for: they do not look at it."""


@dataclass(frozen=True)
class FakeModel:
    """A model that knows nothing but its recipe."""

    recipe: str

    def save(self, folder: Path) -> None:
        (folder / "model.json").write_text(json.dumps(self.recipe), encoding="utf-8")


class Workshop:
    """The part of a product that makes models.

    Attributes:
        settings: the settings that shape a model.
        champion_wins: whether the gate finds the champion to be better.
        challengers: the champion, or None, of each time that the gate was run.
        tuned: the tuned settings, or None, of each time that the gate was run.
        skill: the skill that the gate measures.
        figures: the evaluations of the model that wins.
    """

    def __init__(self) -> None:
        self.settings: Parameters = {"product": {"edges": [7, 14], "units": 8}, "seed": 1}
        self.champion_wins = False
        self.challengers: list[Champion[Any] | None] = []
        self.tuned: list[Parameters | None] = []
        self.skill: Floats | None = None
        self.figures = [
            Evaluation(1, "all", "wape", 0.5, "naive", 0.75),
            Evaluation(1, "all", "mase", float("nan"), "naive", 1.0),
            Evaluation(1, "one visit", "wape", 0.9, "naive", 0.9),
        ]

    @property
    def trainings(self) -> int:
        return len(self.challengers)

    def shape(self, night: Night, prepared: Any) -> Parameters:
        return dict(self.settings)

    def select(
        self,
        sections: Sections,
        prepared: Any,
        champion: Champion[Any] | None,
        tuned: Parameters | None,
        progress: Progress,
    ) -> Selection[Any]:
        self.challengers.append(champion)
        self.tuned.append(tuned)
        if self.champion_wins and champion is not None:
            return Selection(champion.model, champion.model.recipe, False, "the champion was better", self.figures)
        return Selection(FakeModel("lstm"), "lstm", True, "lstm was better", self.figures, self.skill)

    def fit_baseline(self, sections: Sections, prepared: Any) -> Any:
        return FakeModel("baseline")

    def load(self, folder: Path) -> Any:
        try:
            return FakeModel(json.loads((folder / "model.json").read_text(encoding="utf-8")))
        except ValueError as error:
            raise InputError("The model is malformed.") from error


class CheapVisits(Workshop, NextVisitSteps):
    """Next visits with models that cost nothing."""


class CheapSales(Workshop, SalesSteps):
    """Sales with models that cost nothing, by days with a horizon of four weeks."""

    def horizon_end(self, night: Night, prepared: Any, day: int) -> int:
        return day + 27

    def live_measure(self, night: Night, prepared: Any, through: int) -> LiveMeasure:
        days = (to_date(day) for day in (through - 13, through - 6, through))
        return LiveMeasure("1-7", "weighted_quantile_loss", "steps 1-7", *days)
