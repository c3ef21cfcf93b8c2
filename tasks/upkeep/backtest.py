"""The rolling-origin evaluation: forecasts from past as-ofs, compared with the outcome.

For each as-of a night is prepared from the rows before it, as a night of that day would have read them.
"""

from __future__ import annotations

import datetime
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from models.common.selection import no_progress
from nightcast.errors import InputError
from nightcast.values import to_date, to_day
from sql.settings import SourceSettings
from tasks.check import check
from tasks.night import Known, Model, Night, Prepared, SourceRows
from tasks.plan import tuned_settings
from tasks.prepare import prepare
from tasks.product import Past, ProductSteps
from tasks.read import read
from tasks.review import settled_through

SERVED = "served"
"""The name of the model that the gate would have chosen."""

EVERYONE = "all"
"""The segment of all customers or series."""

NEVER_STALE = 1_000_000
"""Days after which data count as stale: never, since freshness matters only tonight."""

Report = Callable[[str], None]


@dataclass(frozen=True)
class Score:
    """The accuracy of one model for one segment.

    Attributes:
        as_of: the as-of; None for the mean over as-ofs.
        segment: the name of the customers or series.
        model: the recipe, or `SERVED`.
        recipe: the recipe behind the model; all of them, in order, where as-ofs differ.
        as_ofs: number of as-ofs that the figures are means of.
        seconds: duration of fitting and forecasting; for `SERVED` including the gate.
        figures: the figures by name; undefined ones are missing.
    """

    as_of: datetime.date | None
    segment: str
    model: str
    recipe: str
    as_ofs: int
    seconds: float
    figures: dict[str, float]


class Backtest(Generic[Known, Model]):
    """Forecasts of a product from past as-ofs.

    Attributes:
        past: the product's past.
    """

    def __init__(self, night: Night, product: ProductSteps[Known, Model]) -> None:
        """Check, read and prepare the source of a night that writes nothing.

        Raises:
            NightcastError: if the night cannot be prepared.
        """
        night.sections = replace(night.sections, source=_never_stale(night.sections.source))
        self._night, self._product = night, product
        self._rows = read(night, product, check(night, product))
        prepared = prepare(night, product, self._rows)
        self.past: Past = product.past(night.sections, prepared, settled_through(night, prepared))
        # All as-ofs are forecast on the same calendar.
        night.sections = replace(night.sections, source=product.pinned(night.sections.source, prepared))

    def as_ofs(self, requested: Sequence[datetime.date], count: int) -> list[datetime.date]:
        """The as-ofs to forecast from, the earliest first: the requested ones, else the `count` newest.

        Raises:
            InputError: if the horizon of one is not over, or there is none whose horizon is.
        """
        for as_of in requested:
            self._require_over(as_of)
        as_ofs = sorted({*requested}) or [to_date(day) for day in reversed(self.past.as_ofs(count))]
        if not as_ofs:
            raise self._too_short()
        return as_ofs

    def scores(self, as_of: datetime.date, report: Report) -> Iterator[Score]:
        """The scores of the model that the gate would have chosen, and of every recipe, fitted on what was known then.

        Args:
            as_of: one of `as_ofs`.
            report: called with the gate's decision, and with a message about recipes with too little to learn from.
        """
        then, prepared, code = self._known_at(as_of)
        known = self._product.recipe_input(prepared)
        recipes = self.past.recipes(known, then.sections.model.seed)
        for name, fit in {SERVED: lambda: self._served(then, prepared, report), **recipes}.items():
            started = time.monotonic()
            fitted = fit()
            if fitted is None:
                report(f"{as_of}: {name} has too little to learn from.")
                continue
            figures = self.past.figures(fitted, known, code)
            seconds = time.monotonic() - started
            for segment, values in figures.items():
                yield Score(as_of, segment, name, fitted.recipe, 1, seconds, values)

    def _served(self, then: Night, prepared: Prepared[Known], report: Report) -> Model:
        """The model that the gate of that night would have chosen."""
        tuned = tuned_settings(then, self._product, prepared)
        selection = self._product.select(then.sections, prepared, None, tuned, no_progress)
        report(f"{then.question.as_of}: {selection.decision}")
        return selection.model

    def _known_at(self, as_of: datetime.date) -> tuple[Night, Prepared[Known], NDArray[np.int64]]:
        """The night of an as-of, what was known then, and the present codes of its subjects."""
        then = Night(replace(self._night.question, as_of=as_of), self._night.sections, self._night.database)
        rows, code = _rows_before(self._rows, to_day(as_of))
        return then, prepare(then, self._product, rows), code

    def _require_over(self, as_of: datetime.date) -> None:
        last = self.past.last_day(to_day(as_of))
        if last <= self.past.through:
            return
        settled = to_date(last + 1 + self._night.sections.model.settle_days)
        newest = [f"; today the newest possible as-of is {to_date(day)}" for day in self.past.as_ofs(1)]
        raise InputError(
            f"The horizon of the as-of {as_of} ends on {to_date(last)}, and the data are settled only through "
            f"{to_date(self.past.through)}.",
            f"Run the backtest from {settled} on, when the source reaches {to_date(last)}{''.join(newest)}.",
        )

    def _too_short(self) -> InputError:
        first, through = to_date(self.past.first_day), to_date(self.past.through)
        earliest = to_date(self.past.last_day(self.past.first_day + 1) + 1 + self._night.sections.model.settle_days)
        return InputError(
            f"The data begin on {first} and are settled through {through}: no as-of has its whole horizon in them.",
            f"Run the backtest from {earliest} on, or choose a shorter horizon.",
        )


def means(scores: Sequence[Score]) -> list[Score]:
    """The means of each segment's and model's figures over the as-ofs."""
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


def _never_stale(source: SourceSettings) -> SourceSettings:
    never = {"stale_after_days": NEVER_STALE}
    return source.model_copy(
        update={"visits": source.visits.model_copy(update=never), "sales": source.sales.model_copy(update=never)}
    )


def _rows_before(rows: SourceRows, day: int) -> tuple[SourceRows, NDArray[np.int64]]:
    """The rows before a day with new codes of their subjects, in the same order, and the old code of each."""
    then = rows.day < day
    codes, code = np.unique(rows.code[then], return_inverse=True)
    kept = replace(
        rows,
        ids=rows.ids.take(codes),
        code=code.astype(np.int32),
        day=rows.day[then],
        value=rows.value[then],
        future=Counter(),
    )
    return kept, codes.astype(np.int64)
