"""The rolling-origin evaluation: what would have been forecast on past as-ofs, against what came.

Each as-of gets a night of its own, prepared from the rows before it alone, as a night of that day would have read them.
"""

from __future__ import annotations

import datetime
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from models.common.selection import no_progress
from models.sales.data.outliers import without_outliers
from models.sales.gate.record import SeriesRecord
from nightcast.errors import InputError
from nightcast.values import Product, to_date, to_day
from sql.settings import Frequency, SourceSettings
from tasks.check import check_source
from tasks.night import Night, SourceRows
from tasks.prepare import prepare_sales, prepare_visits
from tasks.products import models_of, record_of
from tasks.reading.extract import extract_sales, extract_visits
from tasks.shape import find_settings

SERVED = "served"
"""The name of what the gate would have let serve."""

EVERYONE = "all"
"""The segment of all customers or series."""

NEVER_STALE = 1_000_000
"""Days; how fresh the data has to be is a question of tonight."""

Say = Callable[[str], None]


class Past(Protocol):
    """What a product says of its past; all days since 1970-01-01."""

    @property
    def primary(self) -> str:
        """The figure to sort by; less is better."""

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

    def recipes(self, known: Any, as_of: int, seed: int) -> dict[str, Callable[[], Any]]:
        """How each recipe is fitted on what was known; None comes of too little to learn from."""

    def figures(
        self, model: Any, known: Any, code: NDArray[np.int64], as_of: int, record: Any = None
    ) -> dict[str, dict[str, float]]:
        """The figures of a model by segment and name."""


@dataclass(frozen=True)
class Score:
    """How good one model's forecasts of one segment were.

    Attributes:
        as_of: the as-of; None for the mean over as-ofs.
        segment: which customers or series.
        model: the recipe, or `SERVED`.
        recipe: what that was; the different ones in turn where as-ofs differ.
        as_ofs: how many as-ofs the figures are of.
        seconds: fitting and forecasting; of `SERVED`, the comparison before it too.
        figures: by name; those that are undefined are left out.
    """

    as_of: datetime.date | None
    segment: str
    model: str
    recipe: str
    as_ofs: int
    seconds: float
    figures: dict[str, float]


class Backtest:
    """A product's past, to look back at from as-of after as-of.

    Attributes:
        past: what came.
    """

    def __init__(self, night: Night) -> None:
        """Check, read and prepare the sources of a night that writes nothing.

        Raises:
            NightcastError: where the night itself could not be prepared.
        """
        night.sections = replace(night.sections, source=_never_stale(night.sections.source))
        check_source(night)
        _extract(night)
        if night.rows is None:
            raise RuntimeError("the sources have been read")
        self._night, self._rows = night, night.rows
        _prepare(night)
        self.past: Past = _past(night)
        if night.panel is not None:  # so that no as-of is forecast on another calendar than what came
            self._keep_calendar(night.panel.calendar.frequency)

    def as_ofs(self, asked: Sequence[datetime.date], count: int) -> list[datetime.date]:
        """The as-ofs to look back from, the earliest first: those that are asked for, else the `count` newest.

        Raises:
            InputError: if the horizon of one is not over, or none is long enough ago.
        """
        for as_of in asked:
            self._require_over(as_of)
        found = sorted({*asked}) or [to_date(day) for day in reversed(self.past.as_ofs(count))]
        if not found:
            raise self._too_short()
        return found

    def scores(self, as_of: datetime.date, say: Say) -> Iterator[Score]:
        """What the gate would have let serve, and every recipe, fitted on what was known then.

        Args:
            as_of: one of `as_ofs`.
            say: told the decision, and what was left out.
        """
        then, known, code = self._known_at(as_of)

        record: SeriesRecord | None = None

        def serve() -> Any:
            nonlocal record
            selection = models_of(then.product).select(then, None, None, no_progress)
            say(f"{as_of}: {selection.decision}")
            record = record_of(selection)
            return selection.model

        for name, fit in {SERVED: serve, **self.past.recipes(known, to_day(as_of), then.sections.model.seed)}.items():
            started = time.monotonic()
            model = fit()
            if model is None:
                say(f"{as_of}: {name} has too little to learn from.")
                continue
            found = self.past.figures(model, known, code, to_day(as_of), record if name == SERVED else None)
            seconds = time.monotonic() - started
            for segment, figures in found.items():
                yield Score(as_of, segment, name, model.recipe, 1, seconds, figures)

    def _known_at(self, as_of: datetime.date) -> tuple[Night, Any, NDArray[np.int64]]:
        """The night of an as-of, what was known then, and the codes that its subjects have now."""
        then = Night(replace(self._night.question, as_of=as_of), self._night.sections, self._night.database)
        then.facts["rows_read"] = self._night.facts["rows_read"]
        then.rows, code = _rows_before(self._rows, to_day(as_of))
        _prepare(then)
        find_settings(then)
        return then, then.history if then.panel is None else without_outliers(then.panel), code

    def _keep_calendar(self, frequency: str) -> None:
        kept = frequency if frequency in get_args(Frequency) else frequency.partition("-")[0]
        source = self._night.sections.source
        sales = source.sales.model_copy(update={"frequency": kept})
        self._night.sections = replace(self._night.sections, source=source.model_copy(update={"sales": sales}))

    def _require_over(self, as_of: datetime.date) -> None:
        last = self.past.last_day(to_day(as_of))
        if last <= self.past.through:
            return
        settled = to_date(last + 1 + self._night.sections.model.settle_days)
        newest = [f"; the newest as-of that can be is {to_date(day)}" for day in self.past.as_ofs(1)]
        raise InputError(
            f"The horizon of the as-of {as_of} goes through {to_date(last)}, and what came is settled through "
            f"{to_date(self.past.through)} only.",
            f"It can be looked back at from {settled} on, once the source goes through {to_date(last)}"
            f"{''.join(newest)}.",
        )

    def _too_short(self) -> InputError:
        first, through = to_date(self.past.first_day), to_date(self.past.through)
        earliest = to_date(self.past.last_day(self.past.first_day + 1) + 1 + self._night.sections.model.settle_days)
        return InputError(
            f"What is known begins on {first} and is settled through {through}: no as-of has seen its whole horizon.",
            f"Come back from {earliest} on, or choose a shorter horizon.",
        )


def means(scores: Sequence[Score]) -> list[Score]:
    """The mean of each segment's and model's figures over the as-ofs, each as-of counting the same."""
    groups: dict[tuple[str, str], list[Score]] = {}
    for score in scores:
        groups.setdefault((score.segment, score.model), []).append(score)
    return [_mean(group) for group in groups.values()]


def _mean(group: list[Score]) -> Score:
    names = dict.fromkeys(name for score in group for name in score.figures)
    known = {name: [score.figures[name] for score in group if name in score.figures] for name in names}
    return Score(
        as_of=None,
        segment=group[0].segment,
        model=group[0].model,
        recipe=", ".join(dict.fromkeys(score.recipe for score in group)),
        as_ofs=len(group),
        seconds=sum(score.seconds for score in group) / len(group),
        figures={name: sum(values) / len(values) for name, values in known.items()},
    )


def _extract(night: Night) -> None:
    if night.product == Product.SALES:
        extract_sales(night)
    else:
        extract_visits(night)


def _prepare(night: Night) -> None:
    if night.product == Product.SALES:
        prepare_sales(night)
    else:
        prepare_visits(night)


def _past(night: Night) -> Past:
    from models.next_visit.backtest import VisitPast
    from models.sales.backtest import SalesPast

    sections, settled = night.sections, night.question.day - 1 - night.sections.model.settle_days
    if night.panel is not None:
        return SalesPast(night.panel, sections.sales, min(settled, night.panel.data_through))
    if night.history is None or night.history.data_through is None:
        raise RuntimeError("the sources have been prepared")
    return VisitPast(night.history, sections.next_visit, min(settled, night.history.data_through))


def _never_stale(source: SourceSettings) -> SourceSettings:
    never = {"stale_after_days": NEVER_STALE}
    told = {"visits": source.visits.model_copy(update=never), "sales": source.sales.model_copy(update=never)}
    return source.model_copy(update=told)


def _rows_before(rows: SourceRows, day: int) -> tuple[SourceRows, NDArray[np.int64]]:
    """The rows before a day with their subjects coded anew, in the same order, and the codes that these had."""
    then = rows.day < day
    codes, code = np.unique(rows.code[then], return_inverse=True)
    kept = SourceRows(rows.ids.take(codes), code.astype(np.int32), rows.day[then], rows.value[then], Counter())
    return kept, codes.astype(np.int64)
