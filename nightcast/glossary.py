"""What each metric means, for people without training in statistics."""

from __future__ import annotations

METRICS = {
    "log_loss": "how surprising the outcomes were; 0 is perfect, less is better",
    "rps": "mean squared error of the probabilities of a visit by each day; less is better",
    "brier_N": "squared error of the probability of a visit by day N; less is better",
    "ece": "mean gap between the expected and the real share of visits; less is better",
    "auc_return": "how well those who come are told from those who do not; 1 perfect, 0.5 guessing",
    "predicted_returners": "customers expected within the horizon",
    "realised_returners": "customers who came within the horizon",
    "predicted_customers": "customers expected in these days",
    "realised_customers": "customers whose next visit was in these days",
    "customers": "customers who were measured",
    "wape": "sum of errors over the sum of sales; 0.2: off by 20 %; less is better",
    "wape_mean": "the same of the means in place of the medians",
    "mase": "errors beside those of repeating last season; below 1 is better than that",
    "mae": "mean absolute error of a series, in its own unit; less is better",
    "bias": "mean of forecast less value of a series; above 0: too much was forecast",
    "smape": "mean error in percent of sales and forecast; less is better",
    "weighted_quantile_loss": "error of all quantiles over the sum of sales; less is better",
    "coverage_80": "share of values within the 80 % bands; 0.8 is right",
    "coverage_95": "share of values within the 95 % bands; 0.95 is right",
    "series": "series that were measured",
    "skill": "share by which the loss is less than the baseline's; above 0 is better than it",
}


def meaning(metric: str) -> str:
    """What a metric means; empty for one that is not known."""
    stem, _, number = metric.rpartition("_")
    return METRICS.get(f"{stem}_N" if number.isdecimal() and f"{stem}_N" in METRICS else metric, "")
