"""Scoring at the gate: what is compared, on whom, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.intervals import Rows, known_rows
from models.next_visit.data.landmarks import came_true
from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.figures import compare, log_losses
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins, Evaluation, to_date


@dataclass(frozen=True, eq=False)
class Gate:
    """The newest as-of F whose whole horizon has been seen, and what came true for the customers known then.

    Attributes:
        history: the visit days known at the as-of of the night, so those of the horizon after F too.
        rows: the customers known at F.
        label: int64 (r), the bins that came true, from 0.
        bins: those bins.
    """

    history: VisitHistory
    rows: Rows
    label: NDArray[np.int64]
    bins: Bins
    day: int

    @classmethod
    def of(cls, history: VisitHistory, day: int, bins: Bins) -> Gate:
        """The gate at `day`, at which at least one customer has to be known."""
        rows = known_rows(history, day)
        return cls(history, rows, came_true(history, rows, bins), bins, day)

    def score(self, model: NextVisitModel, settings: NextVisitSettings | None, is_tuned: bool = False) -> Candidate:
        """How good the model is for the customers known at F; the other arguments as in `Candidate`."""
        probabilities = model.probabilities(self.history.before(self.day), self.day)[self.rows.customer]
        return self.candidate(model, probabilities, settings, is_tuned)

    def candidate(
        self,
        model: NextVisitModel,
        probabilities: NDArray[np.float64],
        settings: NextVisitSettings | None,
        is_tuned: bool = False,
    ) -> Candidate:
        """The model with what it said of the customers known at F, (r, K)."""
        score = float(log_losses(probabilities, self.label).mean())
        return Candidate(model, probabilities, score, settings, is_tuned)

    def evaluations(
        self, winner: Candidate, baseline: Candidate, marginal: NDArray[np.float64] | None
    ) -> list[Evaluation]:
        """The winner's figures beside the baseline's; for all customers also beside the marginal's log loss."""
        visit_days = self.rows.visit_days(self.history)
        found = list(
            compare(
                self.day,
                visit_days,
                self.label,
                self.bins,
                winner.probabilities,
                baseline.probabilities,
                baseline.model.recipe,
            )
        )
        if marginal is not None:
            loss = float(-np.log(marginal)[self.label].mean())
            found.append(Evaluation(self.day, "all", "log_loss", winner.score, "marginal", loss))
        return found


@dataclass(frozen=True, eq=False)
class Candidate:
    """A model that was scored at the gate.

    Attributes:
        model: the model, fitted on what was known at F.
        probabilities: float64 (r, K), what it said of the customers known at F.
        score: its mean log loss.
        settings: what it is fitted again with, should it win; None for an old champion, which stays as it is.
        is_tuned: whether these are the settings that a search found.
    """

    model: NextVisitModel
    probabilities: NDArray[np.float64]
    score: float
    settings: NextVisitSettings | None
    is_tuned: bool = False

    @property
    def as_it_is(self) -> bool:
        """Whether it is an old champion, which is not fitted again."""
        return self.settings is None

    @property
    def name(self) -> str:
        """How the decision calls it."""
        if self.as_it_is:
            return f"the champion ({self.model.recipe})"
        return f"{self.model.recipe} with the settings of the search" if self.is_tuned else self.model.recipe


def comparison(winner: Candidate, candidates: list[Candidate], day: int) -> str:
    """The scores in words, the winner first."""
    others = sorted((one for one in candidates if one is not winner), key=lambda one: one.score)
    against = " and ".join(f"{one.score:.3f} of {one.name}" for one in others)
    against = f" against {against}" if against else ""
    verb = "goes on serving" if winner.as_it_is else "serves"
    return f"{winner.name} {verb}: log loss {winner.score:.3f}{against} at {to_date(day)}"
