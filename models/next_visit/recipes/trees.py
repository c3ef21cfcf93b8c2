"""Gradient boosted trees that give probabilities of the bins: scikit-learn's classifier, and its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.common.trees import one_thread, read_trees, write_trees

SMALLEST = 1e-6
"""The smallest probability of a bin, before the probabilities are brought to a sum of 1."""


@dataclass(frozen=True, eq=False)
class Trees:
    """A fitted HistGradientBoostingClassifier of bins.

    Attributes:
        classifier: scikit-learn's; None without training rows, when every bin is as likely as any other.
        bins: K; the classifier may have seen fewer.
    """

    classifier: Any
    bins: int

    @classmethod
    def fit(
        cls, summary: NDArray[np.float32], observed: NDArray[np.int64], bins: int, seed: int, parameters: dict[str, Any]
    ) -> Self:
        """Fit the trees.

        Args:
            summary: (r, features), one row at least.
            observed: (r,), the bin of each row, from 0.
            bins: K.
            seed: seed of the classifier.
            parameters: parameters of the classifier.
        """
        from sklearn.ensemble import HistGradientBoostingClassifier

        classifier = HistGradientBoostingClassifier(**parameters, random_state=seed)
        with one_thread():
            return cls(classifier.fit(summary, observed), bins)

    def probabilities(self, summary: NDArray[np.float32]) -> NDArray[np.float64]:
        """Probability of each bin, (r, K) from (r, features); bins that were never observed have the smallest."""
        shares = np.full((len(summary), self.bins), SMALLEST)
        if self.classifier is not None:
            observed = self.classifier.classes_
            with one_thread():  # of a single class, scikit-learn gives the probability that it is not, too
                shares[:, observed] = self.classifier.predict_proba(summary)[:, : len(observed)]
        shares = np.maximum(shares, SMALLEST)
        normalised: NDArray[np.float64] = shares / shares.sum(axis=1, keepdims=True)
        return normalised

    def write(self, path: Path) -> None:
        """Write the classifier into a file."""
        write_trees(self.classifier, path)

    @classmethod
    def read(cls, path: Path, features: int, bins: int) -> Self:
        """The trees of a file.

        Raises:
            InputError: if the file is damaged, holds a type that is not trusted, or its trees have other numbers of
                features or bins.
        """
        what = f"trees of {features} features for {bins} bins"
        return cls(read_trees(path, lambda trees: _fits(trees, features, bins), what), bins)


def _fits(classifier: Any, features: int, bins: int) -> bool:
    from sklearn.ensemble import HistGradientBoostingClassifier

    if classifier is None:
        return True
    if not isinstance(classifier, HistGradientBoostingClassifier) or classifier.n_features_in_ != features:
        return False
    return bool(np.isin(classifier.classes_, np.arange(bins)).all())
