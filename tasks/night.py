"""One night of one product: the question, the database, and the values that each step passes to the next."""

from __future__ import annotations

import datetime
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any, Generic, Literal, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.common.recipe import FittedModel
from models.common.selection import Progress, no_progress
from models.common.settings import ModelSettings
from models.next_visit.settings import NextVisitSettings
from models.sales.settings import SalesSettings
from models.visit_counts.settings import VisitCountSettings
from nightcast.rejections import Rejections
from nightcast.values import Product, to_day
from sql.engine import Database
from sql.ledger.runs import Run
from sql.settings import SourceSettings

logger = logging.getLogger("nightcast")

Retrain = Literal["auto", "always", "never"]
ShowProgress = Callable[[str], AbstractContextManager[Progress]]

Known = TypeVar("Known")
Model = TypeVar("Model", bound=FittedModel)


def silent_progress(_stage: str) -> AbstractContextManager[Progress]:
    """Show no progress."""
    return nullcontext(no_progress)


@dataclass(frozen=True)
class Question:
    """What a night has to forecast; the same question and data give the same forecasts.

    Attributes:
        product: the product to forecast.
        as_of: the date to forecast from.
        clock: the moment that counts as now, aware.
        timezone: the time zone of calendar days.
        retrain: whether to train.
        dry_run: compute everything, and write nothing.
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
    """The sections of the settings that the steps read."""

    source: SourceSettings
    next_visit: NextVisitSettings
    sales: SalesSettings
    visit_counts: VisitCountSettings
    model: ModelSettings


@dataclass(frozen=True, eq=False)
class Bookings:
    """Rows after the clock that are known ahead; row i belongs to the subject ``ids[i]``.

    Attributes:
        ids: identifiers, text (k,).
        day: int32 (k,), days since 1970-01-01.
        value: float64 (k,).
    """

    ids: pa.Array
    day: NDArray[np.int32]
    value: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SourceRows:
    """The result of `read`: the usable rows of a source; row i belongs to the subject ``ids[code[i]]``.

    Attributes:
        ids: identifiers in sorted order, text (n,).
        code: int32 (m,).
        day: int32 (m,), days since 1970-01-01, all before the as-of.
        value: float64 (m,), NaN where unknown.
        late: bool (m,), whether the moment is midnight of the day after, in another time zone; only for sales.
        future: number of rows by day after the clock; only for sales, whose calendar decides about them.
        rows_read: number of rows of the source, including unusable ones.
        last_day: the last day with a usable row, at or after the as-of too; -1 without one.
        bookings: the bookings of visits; None where rows after the clock are none, or were not known at the as-of.
        is_part: whether the rows are those of the customers that models learn from, and not of all.
    """

    ids: pa.Array
    code: NDArray[np.int32]
    day: NDArray[np.int32]
    value: NDArray[np.float64]
    late: NDArray[np.bool_]
    future: Counter[int]
    rows_read: int
    last_day: int
    bookings: Bookings | None = None
    is_part: bool = False


@dataclass(frozen=True, eq=False)
class Prepared(Generic[Known]):
    """The result of `prepare`: everything that is known at the as-of, in the form that recipes read.

    Attributes:
        ids: the subjects' identifiers, text (n,), in the order of their codes.
        known: the customer base, or the known sales.
        data_through: the last day that the data cover, in days since 1970-01-01; None if no period is over.
        bookings: as in `SourceRows`.
        times: how many times as many subjects there are, where `known` are a part of them by chance.
    """

    ids: pa.Array
    known: Known
    data_through: int | None
    bookings: Bookings | None = None
    times: float = 1.0


@dataclass(frozen=True, eq=False)
class Choice(Generic[Model]):
    """The result of `choose`: the model that serves tonight.

    Attributes:
        model: the fitted model.
        version: its row in `model_version`, None for one that is not kept.
        promote: whether publishing makes it champion.
        retrained: whether it was trained tonight.
        decision: why it was trained or loaded, and why it serves.
        skill: the skill of the model on each subject, float64 (n,), as measured at its training; None if it was not.
    """

    model: Model
    version: str | None
    promote: bool
    retrained: bool
    decision: str
    skill: NDArray[np.float64] | None = None

    @property
    def recipe(self) -> str:
        """The name of the recipe that fitted the model."""
        return self.model.recipe


@dataclass
class LedgerEntry:
    """The columns of the night's ledger row; each step fills in its own, and none reads them."""

    rows_read: int = 0
    rows_written: int = 0
    subjects: int = 0
    data_through: datetime.date | None = None
    model_version: str | None = None
    served: str | None = None
    retrained: bool | None = None
    decision: str | None = None


class Night:
    """What all steps of one product's night need: the question, the settings, the database, warnings and rejections.

    The result of a step is passed to the next step as an argument, never through this object. Where a Prefect flow runs
    the night (`in_flow`), its steps are tasks.
    """

    def __init__(
        self,
        question: Question,
        sections: Sections,
        database: Database,
        run: Run | None = None,
        show_progress: ShowProgress = silent_progress,
        *,
        in_flow: bool = False,
    ) -> None:
        self.question = question
        self.sections = sections
        self.database = database
        self.run = run
        self.show_progress = show_progress
        self.in_flow = in_flow
        self.progress: Progress = no_progress
        self.rejections = Rejections()
        self.notes: list[str] = []
        self.stage_seconds: dict[str, float] = {}
        self.entry = LedgerEntry()
        self.rows_anew: int | None = None  # rows that were read, where others were known from nights before
        self.afterwards: Callable[[], None] | None = None  # what is done when readers see the forecast

    @property
    def product(self) -> Product:
        """The product that is forecast."""
        return self.question.product

    @property
    def store(self) -> str:
        """The store of model artifacts."""
        return self.sections.model.store

    @property
    def ledger_columns(self) -> dict[str, Any]:
        """The columns of the ledger row that are known so far."""
        return {
            **asdict(self.entry),
            "rows_rejected": self.rejections.rows,
            "notes": "\n".join(self.notes) or None,
            "stage_seconds": dict(self.stage_seconds),
        }

    def warn(self, message: str) -> None:
        """Log a warning and keep it for the ledger's `notes`."""
        logger.warning("%s: %s", self.product, message)
        self.notes.append(message)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage, and show its progress."""
        started = time.monotonic()
        with self.show_progress(f"{self.product} {name}") as self.progress:
            yield
        self.progress = no_progress
        self.stage_seconds[name] = round(self.stage_seconds.get(name, 0.0) + time.monotonic() - started, 3)
