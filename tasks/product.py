"""The interface of a product: its own part of each step.

The steps are the same for all products. A new product is a class with this interface, and a flow of a few lines.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from numpy.typing import NDArray

from models.common.search import Objective, Range, Tuning
from models.common.selection import Champion, Progress, Selection
from nightcast.values import Product
from sql.engine import Database
from sql.ledger.live_reviews import LiveMeasure
from sql.settings import SalesSource, SourceSettings, VisitSource
from sql.source.lookup import SourceRelation
from sql.source.reading import WantedColumn
from tasks.hindsight.interface import HindsightSteps
from tasks.night import Choice, Known, Model, Night, Prepared, Sections, SourceRows

Parameters = dict[str, Any]


@dataclass(frozen=True)
class LocatedSource:
    """The result of `check`: a source that exists, and the columns to read."""

    source: SourceRelation
    columns: Sequence[WantedColumn]


@dataclass(frozen=True)
class Batch:
    """Forecast rows that are appended in one transaction.

    Attributes:
        rows: pairs of a database table and the rows to append to it.
        subjects: number of customers or series that are complete with this batch.
    """

    rows: Sequence[tuple[sa.Table, pa.Table]]
    subjects: int


class Past(Protocol):
    """A product's past as a backtest needs it; all days are days since 1970-01-01."""

    @property
    def primary(self) -> str:
        """The name of the figure to sort by; less is better."""

    @property
    def through(self) -> int:
        """The last day that is settled."""

    @property
    def first_day(self) -> int:
        """The first day that is known."""

    def last_day(self, as_of: int) -> int:
        """The last day of the horizon of an as-of."""

    def as_ofs(self, count: int) -> list[int]:
        """The newest as-ofs whose whole horizon is settled, the newest first."""

    def recipes(self, known: Any, seed: int) -> dict[str, Callable[[], Any]]:
        """By recipe, a function that fits it on what was known; None if there is too little to learn from."""

    def figures(self, model: Any, known: Any, code: NDArray[np.int64]) -> dict[str, dict[str, float]]:
        """The figures of a model by segment and name."""


@dataclass(frozen=True)
class Rooms(Generic[Model]):
    """The functions in a product's folder of `models` that every product has under the same names."""

    select: Callable[..., Selection[Model]]
    fit_baseline: Callable[[Any, Any], Model]
    load_model: Callable[[Path], Model]
    space: Callable[[Any], Mapping[str, Range]]
    present: Callable[[Any], Parameters]
    applied: Callable[[Any, Parameters], Any]
    objective: Callable[[Any, Any, int], Objective]


class ProductSteps(HindsightSteps[Known, Model]):
    """One product's part in each step. ``Known`` is what its recipes read, ``Model`` what they fit.

    Attributes:
        name: the product.
        source: the name of its source, such as ``visits`` for ``[source.visits]``.
        subject: the noun for what it forecasts: customer or series.
        to_exclude: how to leave subjects out that are none, as a clause.
    """

    name: ClassVar[Product]
    source: ClassVar[str]
    subject: ClassVar[str]
    to_exclude: ClassVar[str]

    def settings_of_source(self, source: SourceSettings) -> VisitSource | SalesSource:
        """The settings of the product's source."""
        settings: VisitSource | SalesSource = getattr(source, self.source)
        return settings

    def model_settings(self, sections: Sections) -> Any:
        """The settings for the product's folder in `models`, by default its own section."""
        return getattr(sections, self.name)

    def settings_for(self, sections: Sections, prepared: Prepared[Known]) -> Any:
        """The same with what follows from the data, if anything does."""
        return self.model_settings(sections)

    @abstractmethod
    def check(self, database: Database, source: SourceSettings) -> LocatedSource:
        """Locate the source.

        Raises:
            InputError: if the source or a required column is missing.
        """

    @abstractmethod
    def read(self, night: Night, located: LocatedSource) -> SourceRows:
        """Read the usable rows before the as-of, and count all others."""

    @abstractmethod
    def prepare(self, night: Night, rows: SourceRows) -> Prepared[Known]:
        """Turn rows into what recipes read.

        Raises:
            InputError: if the settings reject the contents of the rows.
            StaleDataError: if the newest row is older than allowed, and `when_stale` is ``refuse``.
        """

    @abstractmethod
    def shape(self, night: Night, prepared: Prepared[Known]) -> Parameters:
        """The settings that shape a model; a model of another shape cannot serve."""

    @abstractmethod
    def horizon_end(self, night: Night, prepared: Prepared[Known], day: int) -> int:
        """The last day of the horizon of the as-of `day`; both in days since 1970-01-01."""

    def select(
        self,
        sections: Sections,
        prepared: Prepared[Known],
        champion: Champion[Model] | None,
        tuned: Parameters | None,
        progress: Progress,
    ) -> Selection[Model]:
        """Run the gate: compare the recipes on past origins, and fit what serves."""
        settings, seed = self.settings_for(sections, prepared), sections.model.seed
        better = None if tuned is None else self.rooms().applied(settings, tuned)
        return self.rooms().select(
            self.recipe_input(prepared),
            settings,
            seed,
            champion=champion,
            tuned=better,
            budget_seconds=sections.model.budget_seconds,
            progress=progress,
        )

    def fit_baseline(self, sections: Sections, prepared: Prepared[Known]) -> Model:
        """The model that needs no training."""
        return self.rooms().fit_baseline(self.recipe_input(prepared), self.settings_for(sections, prepared))

    def load(self, folder: Path) -> Model:
        """A model from its folder.

        Raises:
            InputError: if it is damaged.
        """
        return self.rooms().load_model(folder)

    def tuning(self, sections: Sections, prepared: Prepared[Known]) -> Tuning:
        """What a search for better settings needs."""
        rooms, settings = self.rooms(), self.settings_for(sections, prepared)
        objective = rooms.objective(self.recipe_input(prepared), settings, sections.model.seed)
        return Tuning(rooms.space(settings), rooms.present(settings), objective)

    @abstractmethod
    def rooms(self) -> Rooms[Model]:
        """The product's functions in `models`, imported when they are needed: that takes seconds."""

    @abstractmethod
    def batches(self, night: Night, prepared: Prepared[Known], choice: Choice[Model]) -> Iterator[Batch]:
        """Forecast every subject, a bounded number at a time."""

    @abstractmethod
    def rows_to_write(self, night: Night, prepared: Prepared[Known]) -> int:
        """The number of rows in `batches`."""

    def not_forecast(self, prepared: Prepared[Known]) -> str:
        """Numbers of subjects with zeros or without a forecast, and why, in words; empty if there are none."""
        return ""

    def merged(self, prepared: Prepared[Known]) -> str:
        """How many rows are merged into others, and their share, in words; empty if none is."""
        return ""

    @abstractmethod
    def live_measure(self, night: Night, prepared: Prepared[Known], through: int) -> LiveMeasure:
        """The measure by which published forecasts are compared with their evaluation and the baseline.

        Args:
            night: tonight.
            prepared: what is known tonight.
            through: the last day that is settled, in days since 1970-01-01.
        """

    def recipe_input(self, prepared: Prepared[Known]) -> Any:
        """The part of what is known that recipes read."""
        return prepared.known

    def pinned(self, source: SourceSettings, prepared: Prepared[Known]) -> SourceSettings:
        """The settings of the source, with automatic ones fixed to their values for `prepared`."""
        return source

    @abstractmethod
    def past(self, sections: Sections, prepared: Prepared[Known], through: int) -> Past:
        """The product's past, for a backtest."""
