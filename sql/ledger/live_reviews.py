"""Reviews of the newest forecasts that readers saw in time, beside what the evaluation of their model promised."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from nightcast.values import Product
from sql.engine import Database
from sql.tables import evaluation, forecast_run, forecast_score


@dataclass(frozen=True)
class LiveMeasure:
    """The measure by which published forecasts are compared with their evaluation and with the baseline.

    Attributes:
        part: the first part of a forecast, which is known soonest.
        metric: the name of a metric; less is better.
        segment: the segment of the evaluation that covers the same days.
        since: the first of the two weeks in which the days of that part have ended; where a period is longer than a
            week, of two periods.
        middle: the first day of the second of them.
        through: their last day.
    """

    part: str
    metric: str
    segment: str
    since: datetime.date
    middle: datetime.date
    through: datetime.date


@dataclass(frozen=True)
class LiveReview:
    """One reviewed forecast.

    Attributes:
        scored_through: the last day of the part.
        value: the score of the forecast.
        baseline_value: the score of the baseline, if it has one.
        promised: the mean score of its model version over the origins of the evaluation, if there is one.
    """

    scored_through: datetime.date
    value: float
    baseline_value: float | None
    promised: float | None


@dataclass(frozen=True)
class LiveReviews:
    """The reviews by a measure, of forecasts by a model version; those of backfills do not count."""

    measure: LiveMeasure
    reviews: Sequence[LiveReview]

    @property
    def newest(self) -> datetime.date:
        """The newest last day of a reviewed part; there has to be a review."""
        return max(one.scored_through for one in self.reviews)

    def beside_promise(self) -> tuple[int, float, float] | None:
        """The number of reviews with a promise, their mean score, and the mean promise; None without any."""
        pairs = [(one.value, one.promised) for one in self.reviews if one.promised is not None]
        return _means(pairs) if pairs else None

    def beside_baseline(self) -> tuple[int, float, float] | None:
        """The number of reviews with a baseline, their mean score, and the baseline's; None without any."""
        weeks = [pair for week in self._weeks() for pair in week]
        return _means(weeks) if weeks else None

    def is_worse_than_baseline(self, *, by_one_week: bool = False) -> bool:
        """Whether the mean score was worse than the baseline's in each of both weeks.

        Args:
            by_one_week: let one week decide if the other has no reviews.
        """
        verdicts = [_is_worse(week) for week in self._weeks() if week]
        return all(verdicts) and len(verdicts) >= (1 if by_one_week else 2)

    def _weeks(self) -> list[list[tuple[float, float]]]:
        """The scores with the baseline's of each week."""
        weeks: list[list[tuple[float, float]]] = [[], []]
        for one in self.reviews:
            if one.baseline_value is not None:
                weeks[one.scored_through >= self.measure.middle].append((one.value, one.baseline_value))
        return weeks


FORTNIGHT = datetime.timedelta(days=14)
"""Over how many days the newest reviews are averaged, since those of single nights scatter."""

_ROUNDING = 1e-6
"""A score that is worse by less than this share is the baseline's own."""


def _is_worse(pairs: Sequence[tuple[float, float]]) -> bool:
    _, ours, theirs = _means(pairs)
    return ours > theirs + _ROUNDING * abs(theirs)


def _means(pairs: Sequence[tuple[float, float]]) -> tuple[int, float, float]:
    first, second = zip(*pairs, strict=True)
    return len(pairs), sum(first) / len(pairs), sum(second) / len(pairs)


@dataclass(frozen=True)
class StandIn:
    """The nights on which the baseline stood in for the model.

    Attributes:
        since: the as-of of the first of those that last until now; None if a model served last.
        before: the as-of of the last of those before a model served again; None if there are none.
    """

    since: datetime.date | None
    before: datetime.date | None


def stand_in_of(database: Database, product: Product, as_of: datetime.date) -> StandIn:
    """When, before `as_of`, the baseline stood in."""
    run = forecast_run.c
    published = sa.and_(run.product == product, run.status == "published", run.as_of < as_of)
    newest = database.value(sa.select(sa.func.max(run.as_of)).where(published, run.model_version.is_not(None)))
    if newest is None:
        return StandIn(None, None)
    alone = sa.and_(published, run.model_version.is_(None))
    return StandIn(
        database.value(sa.select(sa.func.min(run.as_of)).where(alone, run.as_of > newest)),
        database.value(sa.select(sa.func.max(run.as_of)).where(alone, run.as_of < newest)),
    )


def live_reviews(
    database: Database, product: Product, measure: LiveMeasure, after: datetime.date | None
) -> LiveReviews:
    """The reviews of published forecasts by a measure.

    Args:
        database: where the scores are.
        product: the product.
        measure: the measure.
        after: if given, only forecasts of later as-ofs count.
    """
    score, run = forecast_score.c, forecast_run.c
    query = (
        sa.select(score.scored_through, score.value, score.baseline_value, _promised(measure.segment, measure.metric))
        .join(forecast_run, run.run_id == score.run_id)
        .where(score.product == product, score.part == measure.part, score.metric == measure.metric)
        .where(score.scored_through.between(measure.since, measure.through))
        .where(~score.is_backfill, score.value.is_not(None))
        .where(run.status == "published", run.model_version.is_not(None))
    )
    if after is not None:
        query = query.where(score.as_of > after)
    return LiveReviews(measure, [LiveReview(*row) for row in database.rows(query)])


@dataclass(frozen=True)
class NewestReviews:
    """The reviews of the last fortnight that has reviews, as mean scores; less is better.

    Attributes:
        scored_through: the newest last day of a reviewed part.
        value: the score of the published forecasts.
        baseline_value: the score of the baseline.
        beside_promise: the score of the forecasts whose evaluation promised one, and the promise; None without any.
    """

    scored_through: datetime.date
    value: float
    baseline_value: float
    beside_promise: tuple[float, float] | None

    @property
    def is_worse_than_baseline(self) -> bool:
        """Whether the forecasts were worse than the baseline's, which the gate promised that they are not."""
        return _is_worse([(self.value, self.baseline_value)])

    def is_worse_than_promised(self, share: float) -> bool:
        """Whether the forecasts were worse than their evaluation promised, by more than a share."""
        return self.beside_promise is not None and self.beside_promise[0] > (1 + share) * self.beside_promise[1]


def newest_reviews(
    database: Database, product: Product, metric: str, segment_of: Callable[[str], str]
) -> NewestReviews | None:
    """The newest reviews of what readers saw, by a metric and of the first part that has it; None without any.

    Nights on which the baseline stood in count too, so that the mean recovers when it does.

    Args:
        database: where the scores are.
        product: the product.
        metric: the name of a metric; less is better.
        segment_of: the segment of the evaluation that covers the days of a part.
    """
    score = forecast_score.c
    counts = sa.and_(score.product == product, score.metric == metric, ~score.is_backfill)
    counts &= score.value.is_not(None) & score.baseline_value.is_not(None)
    # Parts that end on the same day: the shortest is that of the newest forecast.
    newest = sa.select(score.part, score.scored_through).where(counts)
    rows = database.rows(newest.order_by(score.scored_through.desc(), score.as_of.desc()).limit(1))
    if not rows:
        return None
    ((part, through),) = rows
    promised = _promised(segment_of(part), metric)
    fortnight = (
        sa.select(score.value, score.baseline_value, promised)
        .join(forecast_run, forecast_run.c.run_id == score.run_id, isouter=True)
        .where(counts, score.part == part, score.scored_through > through - FORTNIGHT)
    )
    reviews = [LiveReview(through, *row) for row in database.rows(fortnight)]
    _, value, baseline_value = _means([(one.value, one.baseline_value or 0.0) for one in reviews])
    pairs = [(one.value, one.promised) for one in reviews if one.promised is not None]
    return NewestReviews(through, value, baseline_value, _means(pairs)[1:] if pairs else None)


def _promised(segment: str, metric: str) -> sa.ScalarSelect[float]:
    """The mean score of a run's model version over the origins of its evaluation."""
    one = evaluation.c
    return (
        sa.select(sa.func.avg(one.value))
        .where(one.model_version == forecast_run.c.model_version, one.segment == segment, one.metric == metric)
        .correlate(forecast_run)
        .scalar_subquery()
    )
