"""Measures candidates at an origin, by the probabilities that they gave to the observed bins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import observed_bin
from models.next_visit.features.training_rows import whole_rows
from models.next_visit.gate.figures import figures, log_losses, segments
from models.next_visit.recipes.blend import SHARE, BlendRecipe, blended
from models.next_visit.recipes.feature_model import probabilities_of
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.recipes.registry import RECIPES, NextVisitCandidate
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins, Evaluation


@dataclass(frozen=True, eq=False)
class Measurement:
    """The accuracy of a candidate for the customers known at the origin.

    Attributes:
        recipe: the name of the recipe.
        candidate: the recipe with its settings, to be refitted; None for the champion, which is measured as it is.
        probabilities: float64 (r, K).
        score: the mean log loss; less is better, and infinite where a customer has no forecast.
    """

    recipe: str
    candidate: NextVisitCandidate | None
    probabilities: NDArray[np.float64]
    score: float

    @property
    def name(self) -> str:
        """Its name in the decision."""
        return f"the champion ({self.recipe})" if self.candidate is None else self.candidate.name

    @property
    def preference(self) -> tuple[float, int, bool]:
        """A sort key: the score, then the simpler recipe, then the champion before a new fit of its recipe."""
        names = list(RECIPES)
        simplicity = names.index(self.recipe) if self.recipe in names else -1
        return self.score, -simplicity, self.candidate is not None


@dataclass(frozen=True, eq=False)
class Origin:
    """A past as-of: the customers as they were known then, and the bins that were observed since.

    Attributes:
        known: the customers at the origin.
        observed: int64 (r), the bin of each of ``known.rows``, from 0.
        bins: the bins, or the first ones.
    """

    known: CustomerBase
    observed: NDArray[np.int64]
    bins: Bins

    @classmethod
    def of(cls, now: CustomerBase, then: CustomerBase, bins: Bins) -> Origin:
        """The origin at the as-of of `then`, with bins observed by `now`; some customer has to be known then."""
        rows = Rows.at(now.history, then.rows.customer, then.as_of)
        return cls(then, observed_bin(now.history, rows, bins), bins)

    def measure(self, fitted: Sequence[tuple[NextVisitCandidate | None, NextVisitModel]]) -> list[Measurement]:
        """Measure models that were fitted on what was known at the origin; a champion comes without a candidate."""
        everybody = probabilities_of([model for _, model in fitted], self.known)
        return [
            self.measurement(model.recipe, candidate, probabilities[self.known.rows.customer])
            for (candidate, model), probabilities in zip(fitted, everybody, strict=True)
        ]

    def measurement(
        self, recipe: str, candidate: NextVisitCandidate | None, probabilities: NDArray[np.float64]
    ) -> Measurement:
        """The measurement of these probabilities, (r, K); those of bins after the origin's last one are added up."""
        last = self.bins.count - 1
        own = np.column_stack([probabilities[:, :last], probabilities[:, last:].sum(axis=1)])
        score = float(log_losses(own, self.observed).mean())
        return Measurement(recipe, candidate, own, score if np.isfinite(score) else np.inf)

    def measure_blend(self, measurements: Sequence[Measurement]) -> list[Measurement]:
        """The blend of the better network and the trees, where both were measured."""
        best = {one.recipe: one for one in sorted(measurements, key=lambda one: one.preference, reverse=True)}
        network, trees = best.get("hazard_lstm"), best.get("gradient_boosting")
        if network is None or trees is None or network.candidate is None:
            return []
        candidate = NextVisitCandidate(BlendRecipe(), network.candidate.settings, network.candidate.is_tuned)
        return [
            self.measurement(BlendRecipe.name, candidate, blended(network.probabilities, trees.probabilities, SHARE))
        ]

    def unchosen(self, measurements: Sequence[Measurement]) -> Measurement:
        """What the comparison is worth for customers by whom nothing is chosen.

        Every second customer gets the forecast of the candidate that is best for the others, and these get that of the
        candidate that is best for the former. The best for all would look better than it is, by chance.
        """
        second = np.arange(self.observed.size) % 2 == 1
        winner = min(measurements, key=lambda one: one.preference)
        if not second.any():
            return winner
        probabilities = winner.probabilities.copy()
        for part in (second, ~second):
            best = min((self._of(one, part) for one in measurements), key=lambda one: one.preference)
            probabilities[~part] = best.probabilities[~part]
        return self.measurement(winner.recipe, winner.candidate, probabilities)

    def _of(self, one: Measurement, part: NDArray[np.bool_]) -> Measurement:
        """The measurement scored by a part of the customers."""
        score = float(log_losses(one.probabilities[part], self.observed[part]).mean())
        return replace(one, score=score)

    def evaluations(
        self, winner: Measurement, baseline: Measurement, settings: NextVisitSettings, seed: int
    ) -> list[Evaluation]:
        """The figures of `winner` with the baseline's; for all customers also with the marginal's log loss."""
        day, evaluations = self.known.as_of, list(self._compared(winner, baseline))
        marginal = marginal_shares(self.known, settings, seed) if self.bins == settings.bins else None
        if marginal is not None:
            loss = float(-np.log(marginal)[self.observed].mean())
            evaluations.append(Evaluation(day, "all", "log_loss", winner.score, "marginal", loss))
        return evaluations

    def _compared(self, winner: Measurement, baseline: Measurement) -> Iterator[Evaluation]:
        """The figures of both, for each segment that has customers."""
        for segment, members in segments(self.known.rows.visit_days(self.known.history)).items():
            if members.any():
                ours, theirs = (
                    figures(one.probabilities[members], self.observed[members], self.bins) for one in (winner, baseline)
                )
                for metric, value in ours.items():
                    yield Evaluation(self.known.as_of, segment, metric, value, baseline.recipe, theirs[metric])


def marginal_shares(known: CustomerBase, settings: NextVisitSettings, seed: int) -> NDArray[np.float64] | None:
    """Shares of the bins over the landmarks seen whole, each bin counting one more row; None without a landmark."""
    rows = whole_rows(known, settings.bins, settings.look_back, seed)
    if not rows.size:
        return None
    counts = np.bincount(observed_bin(known.history, rows, settings.bins), minlength=settings.bins.count) + 1.0
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares
