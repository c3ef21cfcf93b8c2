"""Evaluation of published forecasts, independent of the program's own, so that it checks it.

Frames have the columns of files and tables: visits ``customer_id`` and ``day`` (a timestamp at midnight), sales
``series_id``, ``period`` and ``value``. The as-of is a timestamp at midnight; rows at or after it are the outcome.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

EDGES = (7, 14, 28, 56)
"""Last day of each bin but ``later``; day 1 is the as-of day itself."""

SMALLEST = 1e-9
"""Smaller probabilities count as this one in a loss."""


def observed_bins(visits: pd.DataFrame, customers: pd.Index[str], as_of: pd.Timestamp) -> NDArray[np.int64]:
    """The bin of each customer's first visit day at or after the as-of, from 0 on; ``later`` where there is none."""
    ahead = visits.loc[visits["day"] >= as_of]
    first = ahead.groupby("customer_id")["day"].min().reindex(customers)
    wait = (first - as_of).dt.days + 1
    return np.searchsorted(EDGES, wait.fillna(EDGES[-1] + 1).to_numpy()).astype(np.int64)


def marginal(visits: pd.DataFrame, as_of: pd.Timestamp) -> NDArray[np.float64]:
    """Each bin's share of the customers known at the newest landmark whose horizon was over at the as-of: (K,).

    Raises:
        ValueError: if nobody was known by then.
    """
    landmark = as_of - pd.Timedelta(days=EDGES[-1])
    seen = visits.loc[visits["day"] < as_of]
    known = pd.Index(seen.loc[seen["day"] < landmark, "customer_id"].unique())
    if known.empty:
        raise ValueError(f"there is no visit before {landmark.date()} to compute shares from")
    observed = observed_bins(seen, known, landmark)
    return np.bincount(observed, minlength=len(EDGES) + 1) / len(known)


def probability_matrix(published: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``customer_id``, ``bin`` and ``probability`` as one row per customer and one column per bin.

    Raises:
        ValueError: if a customer lacks a bin or has one twice, or the probabilities do not sum to 1.
    """
    matrix = published.pivot(index="customer_id", columns="bin", values="probability")
    if set(published["bin"]) != set(range(1, len(EDGES) + 2)) or bool(matrix.isna().to_numpy().any()):
        raise ValueError(f"not every customer has the bins 1 to {len(EDGES) + 1}")
    if not np.allclose(matrix.sum(axis=1), 1, atol=1e-6):
        raise ValueError("the probabilities of a customer do not sum to 1")
    return matrix


def mean_log_loss(probabilities: NDArray[np.float64], observed: NDArray[np.int64]) -> float:
    """Mean negative log of the probability of the observed bin; nan without customers.

    Args:
        probabilities: (n, K), or (K,) if they are the same for every customer.
        observed: (n,), from 0 on.
    """
    if not observed.size:
        return float("nan")
    rows = np.broadcast_to(probabilities, (observed.size, probabilities.shape[-1]))
    given = np.take_along_axis(rows, observed[:, None], axis=1)
    return float(-np.log(np.maximum(given, SMALLEST)).mean())


def next_visit_figures(visits: pd.DataFrame, published: pd.DataFrame, as_of: pd.Timestamp) -> dict[str, float]:
    """The figures of the published probabilities and of the marginal, by name.

    customers: number of customers with a forecast.
    log_loss, marginal_log_loss: means over these customers.
    predicted_returners, realised_returners: customers expected, and observed, up to the last edge.
    """
    matrix = probability_matrix(published)
    probabilities = matrix.to_numpy(np.float64)
    observed = observed_bins(visits, matrix.index, as_of)
    return {
        "customers": len(matrix),
        "log_loss": mean_log_loss(probabilities, observed),
        "marginal_log_loss": mean_log_loss(marginal(visits, as_of), observed),
        "predicted_returners": float(probabilities[:, :-1].sum()),
        "realised_returners": float((observed < len(EDGES)).sum()),
    }


def values_at(sales: pd.DataFrame, asked: pd.MultiIndex) -> NDArray[np.float64]:
    """The values at pairs of series and period, 0 where there is no row."""
    return sales.set_index(["series_id", "period"])["value"].reindex(asked, fill_value=0.0).to_numpy(np.float64)


def seasonal_naive(sales: pd.DataFrame, asked: pd.MultiIndex, as_of: pd.Timestamp) -> NDArray[np.float64]:
    """The value on the same weekday of the last week before the as-of, for pairs of series and later day."""
    ahead = (pd.DatetimeIndex(asked.get_level_values("period")) - as_of).days.to_numpy()
    week_before = as_of + pd.to_timedelta(ahead % 7 - 7, unit="D")
    return values_at(sales, pd.MultiIndex.from_arrays([asked.get_level_values("series_id"), week_before]))


def wape(actual: NDArray[np.float64], forecast: NDArray[np.float64]) -> float:
    """Sum of absolute errors over sum of absolute actuals; nan where that is 0."""
    total = np.abs(actual).sum()
    return float(np.abs(actual - forecast).sum() / total) if total > 0 else float("nan")


def coverage(actual: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> float:
    """Share of actuals inside their band, its ends included."""
    return float(((actual >= low) & (actual <= high)).mean())


def sales_figures(sales: pd.DataFrame, published: pd.DataFrame, as_of: pd.Timestamp, days: int) -> dict[str, float]:
    """The figures of the forecasts of the first `days` days and of seasonal naive, by name.

    series, rows: number of series with a forecast, and of evaluated forecasts, one for each series and day.
    wape_mean, wape_q50, wape_seasonal_naive: of the mean, the median and the baseline.
    coverage_80, coverage_95: shares of actuals within q10..q90, and within q025..q975.

    Raises:
        ValueError: if a series does not have exactly one forecast for each of the days.
    """
    periods = pd.date_range(as_of, periods=days)
    forecast = published.loc[published["period"].isin(periods)].set_index(["series_id", "period"])
    series = published["series_id"].nunique()
    if forecast.index.has_duplicates or len(forecast) != series * days:
        raise ValueError(f"not every series has one forecast for each of {days} days")
    asked = pd.MultiIndex.from_frame(forecast.index.to_frame())
    actual = values_at(sales, asked)
    columns = {name: forecast[name].to_numpy(np.float64) for name in ("mean", "q025", "q10", "q50", "q90", "q975")}
    return {
        "series": series,
        "rows": len(forecast),
        "wape_mean": wape(actual, columns["mean"]),
        "wape_q50": wape(actual, columns["q50"]),
        "wape_seasonal_naive": wape(actual, seasonal_naive(sales, asked, as_of)),
        "coverage_80": coverage(actual, columns["q10"], columns["q90"]),
        "coverage_95": coverage(actual, columns["q025"], columns["q975"]),
    }
