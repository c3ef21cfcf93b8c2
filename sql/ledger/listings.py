"""The listings of ``nightcast show``, as rows of plain values."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from nightcast.values import WHOLE, Product
from sql.engine import Database
from sql.listing import Listing, Part, Row
from sql.nearest import nearest_identifiers
from sql.tables import SCHEMA, evaluation, forecast_run, model_version, series_status
from sql.types import UtcDateTime

SCORES = ("log_loss", "auc_return", "wape", "mase")
"""The metrics in the list of models; `evaluation` has all."""

# SQLite does not know the types of a view's columns.
_DATES = {"as_of", "from_date", "to_date", "last_visit_on", "data_through", "scored_through"}
_DATES |= {"week", "next_period", "last_forecast_period", "last_period", "period", "newest_as_of"}
_DATES |= {"from_period", "to_period"}
_MOMENTS = {"published_at", "rejected_at", "started_at", "finished_at", "newest_started_at"}


def runs(database: Database, limit: int | None, product: Product | None = None) -> Listing:
    """Runs, newest first."""
    columns = "product as_of status started_at served retrained subjects rows_read rows_written rows_rejected"
    view = _view("rpt_run_history", f"{columns} data_through model_version decision notes error run_id")
    query = _only(sa.select(view), view.c.product, product)
    query = query.order_by(view.c.started_at.desc(), view.c.run_id.desc())
    return Listing(database, Part(query), limit=limit)


def freshness(database: Database) -> Listing:
    """The run that readers see, and the newest run, of each product that ever ran."""
    columns = "product as_of data_through newest_status newest_as_of newest_started_at newest_error"
    view = _view("rpt_freshness", columns)
    return Listing(database, Part(sa.select(view).order_by(view.c.product)), limit=None)


def customers_due(database: Database, limit: int | None, customer: str | None = None) -> Listing:
    """Customers of the latest forecast with the probability of each bin, the likeliest to come soon first."""
    columns = (
        "customer_id probability state last_visit_on elapsed_days overdue_days visit_days median_days_ahead"
        " date_10 date_50 date_90 as_of"
    )
    due = _view("rpt_customers_due", columns)
    query = _only(sa.select(due), due.c.customer_id, customer).order_by(due.c.probability.desc(), due.c.customer_id)
    return Listing(database, Part(query, lambda rows: _all_with_bins(database, rows)), limit=limit)


def _all_with_bins(database: Database, rows: list[Row]) -> list[Row]:
    bins = _bins_of(database, [row["customer_id"] for row in rows])
    return [_with_bins(row, bins.get(row["customer_id"], {})) for row in rows]


def _with_bins(row: Row, bins: dict[str, float]) -> Row:
    kept = {name: value for name, value in row.items() if name not in ("probability", "as_of")}
    return (
        kept
        | {f"days {label}" if label[0].isdigit() else label: value for label, value in bins.items()}
        | {"as_of": row["as_of"]}
    )


def _bins_of(database: Database, customers: list[str]) -> dict[str, dict[str, float]]:
    """The probability of each bin by customer and label, in the order of the bins."""
    view = _view("latest_next_visit_bin", "customer_id bin label probability")
    query = sa.select(view).where(view.c.customer_id.in_(customers)).order_by(view.c.customer_id, view.c.bin)
    probabilities: dict[str, dict[str, float]] = {}
    for row in database.rows(query):
        probabilities.setdefault(row.customer_id, {})[row.label] = row.probability
    return probabilities


def sales_outlook(database: Database, limit: int | None, series: str | None = None) -> Listing:
    """Series of the latest forecast, the largest first; with `series`, every step of that series."""
    if series is not None:
        steps = _view("latest_sales_forecast", "series_id period step mean q025 q10 q50 q90 q975 model as_of")
        of_series = sa.select(steps).where(steps.c.series_id == series).order_by(steps.c.step)
        return Listing(database, Part(of_series), limit=limit)
    columns = "series_id next_period next_mean next_q10 next_q90 total_mean steps status model skill reason as_of"
    view = _view("rpt_sales_outlook", columns)
    order = (sa.func.coalesce(view.c.total_mean, 0).desc(), view.c.series_id)
    return Listing(database, Part(sa.select(view).order_by(*order)), limit=limit)


def sales_totals(database: Database, limit: int | None) -> Listing:
    """Totals of the latest forecast of sales: of all series, then of groups, over weeks, months and the horizon."""
    view = _view("rpt_sales_totals", "level group_value span from_period to_period is_whole mean q10 q90 as_of")
    of_all = sa.case((view.c.level == WHOLE, 0), else_=1)
    longest = sa.case((view.c.span == "horizon", 0), (view.c.span == "month", 1), else_=2)
    order = (of_all, view.c.level, view.c.group_value, longest, view.c.from_period)
    return Listing(database, Part(sa.select(view).order_by(*order)), limit=limit)


def visits_ahead(database: Database, limit: int | None, series: str | None = None) -> Listing:
    """The days and weeks of the latest forecast of visits per day, those of everybody first."""
    columns = "series_id span from_date to_date expected q10 q90 year_ago booked known_customers as_of"
    view = _view("rpt_visits_ahead", columns)
    order = (sa.case((view.c.series_id == WHOLE, 0), else_=1), view.c.series_id, view.c.span, view.c.from_date)
    query = _only(sa.select(view), view.c.series_id, series).order_by(*order)
    return Listing(database, Part(query), limit=limit)


def is_published(database: Database, product: Product) -> bool:
    """Whether readers see a forecast of the product."""
    latest = _view("latest_run", "product run_id")
    return database.value(sa.select(latest.c.run_id).where(latest.c.product == product)) is not None


def near_customers(database: Database, customer: str) -> list[str]:
    """Customers of the latest forecast whose identifiers are near to this one."""
    return nearest_identifiers(database, _view("latest_next_visit", "customer_id").c.customer_id, customer)


def near_series(database: Database, product: Product, series: str) -> list[str]:
    """Series of a product's latest forecast whose identifiers are near to this one."""
    view = {Product.SALES: "rpt_sales_outlook", Product.VISIT_COUNTS: "latest_visit_count_forecast"}[product]
    return nearest_identifiers(database, _view(view, "series_id").c.series_id, series)


def why_not_forecast(database: Database, product: Product, series: str) -> str | None:
    """Why a series of a product's latest night has no forecast; None if it has one, or is not known."""
    latest, status = _view("latest_run", "product run_id"), series_status.c
    reason = sa.select(sa.func.coalesce(status.reason, "it was skipped"))
    skipped = (status.series_id == series) & (status.status == "skipped") & (latest.c.product == product)
    return database.value(reason.join(latest, latest.c.run_id == status.run_id).where(skipped))


_ACCURACY = "product measured as_of part week segment metric value baseline baseline_value skill served model_version"


def accuracy(database: Database, limit: int | None, product: Product | None = None) -> Listing:
    """Reviews of published forecasts, then those of backfills, then the evaluations of the serving models."""
    view = _reviews()
    order = (view.c.as_of.desc(), view.c.scored_through.desc(), view.c.part, view.c.metric)
    reviews = _only(sa.select(view).order_by(view.c.is_backfill, view.c.product, *order), view.c.product, product)
    evaluations = _only(_evaluations_of_champions(), evaluation.c.product, product)
    return Listing(database, Part(reviews, _as_reviews), Part(evaluations, _as_evaluations), limit=limit)


def trust(database: Database, product: Product | None = None) -> list[str]:
    """How far the forecasts of each product can be trusted, a sentence each, with the mark."""
    view = _view("rpt_trust", "product mark sentence")
    query = _only(sa.select(view).order_by(view.c.product), view.c.product, product)
    return [f"{row.product}{f' ({row.mark})' if row.mark else ''}: {row.sentence}" for row in database.rows(query)]


def _reviews() -> sa.Table:
    columns = (
        "product as_of part week metric value baseline_value skill served model_version scored_through is_backfill"
    )
    return _view("rpt_forecast_accuracy", columns)


def _as_reviews(rows: list[Row]) -> list[Row]:
    return [
        _accuracy_row(row | {"measured": "backfill" if row["is_backfill"] else "review", "segment": "all"})
        for row in rows
    ]


def _as_evaluations(rows: list[Row]) -> list[Row]:
    return [_accuracy_row(row | {"measured": "evaluation"}) for row in rows]


def _accuracy_row(row: Row) -> Row:
    return {name: row.get(name) for name in _ACCURACY.split()}


def _evaluations_of_champions() -> sa.Select[Any]:
    """The champions' scores on past origins, beside the baseline's."""
    table = evaluation.c
    return (
        sa.select(table.product, table.as_of, table.segment, table.metric, table.value)
        .add_columns(table.baseline, table.baseline_value, table.model_version)
        .join(model_version, model_version.c.model_version == table.model_version)
        .where(model_version.c.status == "champion")
        .order_by(table.product, table.as_of.desc(), table.segment != "all", table.segment, table.metric)
        .order_by(table.baseline)
    )


def models(database: Database, limit: int | None, product: Product | None = None) -> Listing:
    """Model versions, newest first."""
    table = model_version.c
    query = sa.select(table.model_version, table.product, table.status, table.as_of, table.trained_at)
    query = query.add_columns(table.metrics, table.parameters).order_by(table.trained_at.desc())
    part = Part(_only(query, table.product, product), lambda rows: [_model_row(row) for row in rows])
    return Listing(database, part, limit=limit)


def _model_row(row: Row) -> Row:
    kept = {name: value for name, value in row.items() if name not in ("metrics", "parameters")}
    metrics = row["metrics"]
    score = ", ".join(f"{name} {metrics[name]:.3f}" for name in SCORES if name in metrics)
    return kept | {"recipe": row["parameters"].get("recipe"), "score": score or None, "metrics": metrics}


def rejected(database: Database, limit: int | None) -> Listing:
    """Rejected rows of runs and loads by reason, newest first."""
    view = _view("rpt_rejected_rows", "source reason rows example rejected_by file_name rejected_at")
    query = sa.select(view).order_by(view.c.rejected_at.desc(), view.c.source, view.c.rows.desc())
    return Listing(database, Part(query), limit=limit)


def mean_seconds(database: Database, product: Product, *, retrained: bool, nights: int = 5) -> float | None:
    """The mean duration in seconds of the last published nights that trained, or did not; None if there were none."""
    run = forecast_run.c
    query = (
        sa.select(run.stage_seconds)
        .where(run.product == product, run.retrained == retrained, run.published_at.is_not(None))
        .order_by(run.published_at.desc())
        .limit(nights)
    )
    seconds = [sum((stages or {}).values()) for stages in database.column(query)]
    return round(sum(seconds) / len(seconds), 1) if seconds else None


def _view(name: str, columns: str) -> sa.Table:
    """A view with these columns, in the schema that connections translate as for tables."""
    return sa.Table(name, sa.MetaData(schema=SCHEMA), *(sa.Column(column, _type(column)) for column in columns.split()))


def _type(column: str) -> TypeEngine[Any]:
    if column in _DATES:
        return sa.Date()
    if column in ("retrained", "is_backfill", "is_whole"):
        return sa.Boolean()
    return UtcDateTime() if column in _MOMENTS else sa.types.NullType()


def _only(query: sa.Select[Any], column: sa.ColumnElement[Any], value: str | None) -> sa.Select[Any]:
    """The rows of one value, where one is given."""
    return query if value is None else query.where(column == value)
