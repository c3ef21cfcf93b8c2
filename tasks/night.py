"""What the steps of one product's night share: the question, and what has been made so far."""

from __future__ import annotations

import datetime
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.common.selection import Progress, Selection, no_progress
from models.common.settings import ModelSettings
from models.next_visit.settings import NextVisitSettings
from models.sales.settings import SalesSettings
from nightcast.rejections import Rejections
from nightcast.values import Product, to_day
from sql.engine import Database
from sql.ledger.runs import Run
from sql.settings import SourceSettings

if TYPE_CHECKING:
    from models.next_visit.data.visits import VisitHistory
    from models.sales.data.covariates import Covariates
    from models.sales.data.panel import SalesPanel
    from models.sales.gate.record import SeriesRecord

logger = logging.getLogger("nightcast")

Retrain = Literal["auto", "always", "never"]
ShowProgress = Callable[[str], AbstractContextManager[Progress]]


def silent_progress(_stage: str) -> AbstractContextManager[Progress]:
    """Shows nothing."""
    return nullcontext(no_progress)


@dataclass(frozen=True)
class Question:
    """What a night is asked to do; the same question and data give the same answer.

    Attributes:
        product: what to forecast.
        as_of: the date to forecast from.
        clock: the moment that counts as now, aware.
        timezone: whose calendar days count.
        retrain: whether to train.
        dry_run: compute everything, write nothing.
    """

    product: Product
    as_of: datetime.date
    clock: datetime.datetime
    timezone: str
    retrain: Retrain
    dry_run: bool

    @property
    def day(self) -> int:
        """The as-of in days since 1970-01-01."""
        return to_day(self.as_of)


@dataclass(frozen=True)
class Sections:
    """The sections of the settings that the steps look at."""

    source: SourceSettings
    next_visit: NextVisitSettings
    sales: SalesSettings
    model: ModelSettings


@dataclass
class SourceRows:
    """The usable rows of a source, coded: subject `code[i]` is the identifier ``ids[code[i]]``, in sorted order.

    Attributes:
        ids: identifiers, text (n,).
        code: int32 (m,).
        day: int32 (m,), days since 1970-01-01, all before the as-of.
        value: float64 (m,), NaN where unknown.
        future: rows left out since they lie after the clock, by day; filled for sales, whose calendar decides.
    """

    ids: pa.Array
    code: NDArray[np.int32]
    day: NDArray[np.int32]
    value: NDArray[np.float64]
    future: Counter[int]


@dataclass
class Serving:
    """The model that serves tonight.

    Attributes:
        model: the fitted model.
        recipe: its name.
        version: its row in `model_version`, None for one that is not kept.
        promote: whether the flip makes it champion.
        retrained: whether it was trained tonight.
        decision: why it was trained or loaded, and why it serves.
        record: what was measured of each series, where anything was.
    """

    model: Any
    recipe: str
    version: str | None
    promote: bool
    retrained: bool
    decision: str
    record: SeriesRecord | None = None


class Night:
    """One product's run, from question to publication.

    Steps pass it on and return counts: the arrays stay here, in this process, so that a task runner never copies,
    hashes or stores them. What a step has made is an attribute that is None before.
    """

    def __init__(
        self,
        question: Question,
        sections: Sections,
        database: Database,
        run: Run | None = None,
        show_progress: ShowProgress = silent_progress,
    ) -> None:
        self.question = question
        self.sections = sections
        self.database = database
        self.run = run
        self.show_progress = show_progress
        self.progress: Progress = no_progress
        self.rejections = Rejections()
        self.notes: list[str] = []
        self.stage_seconds: dict[str, float] = {}
        self.facts: dict[str, Any] = {}
        self.rows: SourceRows | None = None
        self.ids: Any = None  # the subjects' identifiers, a pyarrow.Array
        self.history: VisitHistory | None = None
        self.panel: SalesPanel | None = None
        self.covariates: Covariates | None = None  # what is known ahead of the sales, on the panel's calendar
        self.found: dict[str, Any] | None = None  # settings that a search found to be better
        self.selection: Selection[Any] | None = None
        self.serving: Serving | None = None

    @property
    def product(self) -> Product:
        """What is forecast."""
        return self.question.product

    @property
    def store(self) -> str:
        """Where model artifacts are kept."""
        return self.sections.model.store

    def warn(self, message: str) -> None:
        """Say something that whoever operates the night should know; it also goes into the ledger's decision."""
        logger.warning("%s: %s", self.product, message)
        self.notes.append(message)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage, and let its steps tell how far they are."""
        started = time.monotonic()
        with self.show_progress(f"{self.product} {name}") as self.progress:
            yield
        self.progress = no_progress
        self.stage_seconds[name] = round(self.stage_seconds.get(name, 0.0) + time.monotonic() - started, 3)
