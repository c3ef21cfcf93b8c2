"""The state of the products as Prometheus reads it (the text format, version 0.0.4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest, write_to_textfile

from flows.doctor.attention import ProductState
from nightcast.errors import UsageError

GAUGES = {
    "nightcast_ok": "1 if nothing about the product needs attention, else 0.",
    "nightcast_newest_run_ok": "0 if the newest run failed or was abandoned, else 1.",
    "nightcast_newest_run_start_timestamp_seconds": "When the newest run started.",
    "nightcast_forecast_age_days": "Days since the as-of of the forecasts that readers see.",
    "nightcast_data_age_days": "Days since the newest day of the data that they were made from.",
    "nightcast_review_score": "Mean score of the newest reviews; less is better.",
    "nightcast_review_baseline_score": "The same of the baseline.",
    "nightcast_review_promised_score": "The score that the evaluations promised.",
}


def prometheus_text(states: Sequence[ProductState]) -> str:
    """The state of each product; what is not known has no sample."""
    return generate_latest(_registry(states)).decode()


def write_prometheus_file(states: Sequence[ProductState], path: Path) -> None:
    """Write the same for the node exporter, which reads whole files alone: it is replaced at once.

    Raises:
        UsageError: if it cannot be written.
    """
    try:
        write_to_textfile(str(path), _registry(states))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or type(error).__name__}.",
            "Name a file in a folder that exists, with a name that ends in .prom.",
        ) from None


def _registry(states: Sequence[ProductState]) -> CollectorRegistry:
    registry = CollectorRegistry()
    gauges = {name: Gauge(name, meaning, ["product"], registry=registry) for name, meaning in GAUGES.items()}
    for state in states:
        for name, value in _samples(state).items():
            if value is not None:
                gauges[name].labels(state.product.value).set(value)
    return registry


def _samples(state: ProductState) -> dict[str, float | None]:
    started = state.newest_started_at
    values = (
        not state.finding,
        None if state.newest_status is None else state.newest_status not in ("failed", "abandoned"),
        None if started is None else started.timestamp(),
        state.age_days,
        state.data_age_days,
        state.review_score,
        state.baseline_score,
        state.promised_score,
    )
    return dict(zip(GAUGES, values, strict=True))
