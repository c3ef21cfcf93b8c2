"""What an operator has to see of each product: failed nights, stale forecasts and data, reviews that have worsened."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flows.settings import Settings
from nightcast.values import WHOLE, Product, counted
from sql.engine import Database
from sql.ledger import listings
from sql.ledger.live_reviews import NewestReviews, newest_reviews


@dataclass(frozen=True)
class ProductState:
    """The state of a product; of one that never ran, all but the finding is None.

    Attributes:
        newest_status: the status of its newest run.
        newest_as_of: the as-of of that run.
        newest_started_at: when that run started.
        as_of: the as-of of the forecasts that readers see.
        age_days: the days since.
        data_through: the newest day of the data that they were made from.
        data_age_days: the days since.
        scored_through: the last day that has been reviewed.
        review_score: the mean score of the newest reviews; less is better.
        baseline_score: that of the baseline.
        promised_score: that of the evaluations of the models that made them.
        finding: what needs attention; empty if nothing does.
    """

    product: Product
    newest_status: str | None = None
    newest_as_of: datetime.date | None = None
    newest_started_at: datetime.datetime | None = None
    as_of: datetime.date | None = None
    age_days: int | None = None
    data_through: datetime.date | None = None
    data_age_days: int | None = None
    scored_through: datetime.date | None = None
    review_score: float | None = None
    baseline_score: float | None = None
    promised_score: float | None = None
    finding: str = "no night has run yet"


def product_states(database: Database, settings: Settings, now: datetime.datetime) -> list[ProductState]:
    """The state of the products that the settings name; if they name none, of those that ever ran.

    Args:
        database: where the ledger is.
        settings: what counts as stale.
        now: the clock, aware.
    """
    today = now.astimezone(ZoneInfo(settings.run.timezone)).date()
    rows = {Product(row["product"]): row for row in listings.freshness(database)}
    return [
        _state(database, product, rows[product], settings, today) if product in rows else ProductState(product)
        for product in settings.run.products or rows
    ]


def _state(
    database: Database, product: Product, row: dict[str, Any], settings: Settings, today: datetime.date
) -> ProductState:
    reviews = newest_reviews(database, product, *_measure(product, settings))
    ages = _of_ages(product, row, settings, today)
    found = (_of_newest_run(row), *ages, *_of_reviews(reviews, settings.model.worsened_share))
    return ProductState(
        product,
        row["newest_status"],
        row["newest_as_of"],
        row["newest_started_at"],
        row["as_of"],
        _age(row["as_of"], today),
        row["data_through"],
        _age(row["data_through"], today),
        reviews.scored_through if reviews else None,
        reviews.value if reviews else None,
        reviews.baseline_value if reviews else None,
        reviews.beside_promise[1] if reviews and reviews.beside_promise else None,
        "; ".join(filter(None, found)),
    )


def _measure(product: Product, settings: Settings) -> tuple[str, Callable[[str], str]]:
    """The metric of the reviews, and the segment of the evaluation for each part, as `ProductSteps.live_measure`."""
    if product == Product.NEXT_VISIT:
        from models.next_visit.gate.figures import brier_name

        return brier_name(settings.next_visit.bins.edges[0]), lambda _: WHOLE
    from models.sales.gate.figures import PRIMARY
    from models.sales.gate.stretches import segment_of

    return PRIMARY, segment_of


def _of_newest_run(row: dict[str, Any]) -> str:
    if row["newest_status"] in ("failed", "abandoned"):
        return f"the newest run, as of {row['newest_as_of']}, {_ENDED[row['newest_status']]}: {row['newest_error']}"
    return ""


_ENDED = {"failed": "failed", "abandoned": "was abandoned"}


def _of_ages(product: Product, row: dict[str, Any], settings: Settings, today: datetime.date) -> Iterator[str]:
    """Whether the forecasts that readers see are old now, and whether their data were old when they were made."""
    as_of, data_through = row["as_of"], row["data_through"]
    if as_of is None:
        yield "" if row["newest_status"] == "running" else "readers see no forecast"
        return
    if (today - as_of).days > settings.run.stale_after_days:
        yield f"readers see the forecasts as of {as_of}, {counted((today - as_of).days, 'day')} old"
    name = "sales" if product == Product.SALES else "visits"
    allowed = getattr(settings.source, name).stale_after_days
    # As the night has judged them, see `tasks.prepare.check_freshness`.
    if data_through is not None and (as_of - data_through).days - 1 > allowed:
        yield f"the {name} end on {data_through}, {counted((as_of - data_through).days - 1, 'day')} before the as-of"


def _of_reviews(reviews: NewestReviews | None, share: float) -> Iterator[str]:
    """Whether the newest forecasts turned out worse than the baseline's, or than their evaluation promised."""
    if reviews is None:
        return
    beginning = f"the reviews until {reviews.scored_through} are worse than"
    if reviews.is_worse_than_baseline:
        yield f"{beginning} the baseline's: {reviews.value:.4g} against {reviews.baseline_value:.4g}"
    if reviews.beside_promise and reviews.is_worse_than_promised(share):
        score, promised = reviews.beside_promise
        yield f"{beginning} the evaluation promised, by more than {share:.0%}: {score:.4g} against {promised:.4g}"


def _age(day: datetime.date | None, today: datetime.date) -> int | None:
    return None if day is None else (today - day).days
