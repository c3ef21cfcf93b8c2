"""The interface of recipes and of the models that they fit, the same for every product.

``Known`` is what a product knows of its subjects at an as-of: a `CustomerBase` or a `SalesPanel`. ``Settings`` is the
product's section of the settings, and ``Model`` the protocol of its fitted models.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from models.common.selection import Progress, no_progress

Description = dict[str, Any]
"""The JSON description of a saved model: its recipe and its plain numbers."""


class FittedModel(Protocol):
    """The interface that fitted models of all products share; each product adds its own forecasting method."""

    @property
    def recipe(self) -> str:
        """The name of the recipe that fitted it."""
        ...

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is created where it is missing."""
        ...


Known = TypeVar("Known")
Known_contra = TypeVar("Known_contra", contravariant=True)
Settings = TypeVar("Settings")
Model = TypeVar("Model", bound=FittedModel)


@dataclass(frozen=True)
class Training(Generic[Settings, Model]):
    """How a recipe is fitted.

    Attributes:
        settings: the product's settings.
        seed: of everything random.
        progress: called with the share of the work that is done.
        earlier: the recipe's model of an earlier origin of the same night. A recipe may start from its weights, or keep
            what was chosen there.
    """

    settings: Settings
    seed: int
    progress: Progress = no_progress
    earlier: Model | None = None


class Recipe(Protocol[Known_contra, Settings, Model]):
    """A way to forecast with a name: the same name in settings, ledger and documents."""

    @property
    def name(self) -> str:
        """The recipe's name."""
        ...

    def fit(self, known: Known_contra, training: Training[Settings, Model]) -> Model:
        """Fit the recipe to what is known at the as-of, and to nothing else."""
        ...

    def load(self, folder: Path, description: Description) -> Model:
        """Read what the model's `save` wrote.

        Args:
            folder: where the model was saved.
            description: the content of the folder's JSON description.

        Raises:
            InputError: if a file is missing, malformed, or does not fit the others.
        """
        ...


@dataclass(frozen=True)
class Candidate(Generic[Known, Settings, Model]):
    """A recipe that takes part in the gate.

    Attributes:
        recipe: the recipe.
        settings: the settings to fit it with.
        is_tuned: whether the settings come from a search; the recipe then takes part a second time.
    """

    recipe: Recipe[Known, Settings, Model]
    settings: Settings
    is_tuned: bool = False

    @property
    def name(self) -> str:
        """Its name in the ledger's decision."""
        return f"{self.recipe.name} with tuned settings" if self.is_tuned else self.recipe.name

    def fit(self, known: Known, seed: int, progress: Progress = no_progress, earlier: Model | None = None) -> Model:
        """The recipe fitted with these settings; see `Training`."""
        return self.recipe.fit(known, Training(self.settings, seed, progress, earlier))
