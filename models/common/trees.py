"""Files of scikit-learn's gradient boosted trees.

The format is that of skops, which is no pickle: reading a file runs nothing that it holds, and it is refused where it
holds a type that is not trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED

from models.common.description import attempt, damaged, require_bounded

TRUSTED = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
"""Types that a file may contain besides arrays, numbers and scikit-learn's estimators, which skops trusts by itself."""


def write_trees(trees: Any, path: Path) -> None:
    """Write estimators, or a list of them, into a file."""
    from skops.io import dump

    dump(trees, path, compression=ZIP_DEFLATED)


def read_trees(path: Path, fits: Callable[[Any], bool], what: str) -> Any:
    """The estimators of a file.

    Args:
        path: The file.
        fits: Whether its content is what it should be.
        what: What it should be, in words.

    Raises:
        InputError: if the file is damaged, holds a type that is not trusted, or something else.
    """
    from skops.io import load

    attempt(lambda: require_bounded(path), path.name)
    trees = attempt(lambda: load(path, trusted=TRUSTED), path.name)
    if not attempt(lambda: fits(trees), path.name):
        raise damaged(f"{path.name} holds no {what}")
    return trees


def one_thread() -> Any:
    """A context in which OpenMP has one thread: on a busy machine its threads wait for each other."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1, user_api="openmp")
