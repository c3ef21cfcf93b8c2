"""The usual data sets of the sales benchmarks: their protocol, and the goals of the served forecast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.figures import Figure, Goal


@dataclass(frozen=True)
class UsualSet:
    """A usual data set.

    Attributes:
        file: The name of its file, without the ending.
        horizon, season: In periods.
        country: The country whose public holidays are known ahead.
        kept: Periods that are kept of each series before the last horizon; None for all.
        goals: The largest value of metrics.
        beaten: Models than which the served forecast has to be better, by metric.
        slow_peers: Peers that take more than three minutes on two cores.
        harness_mase: Bounds of seasonal naive's MASE if the protocol is the published one.
    """

    file: str
    horizon: int
    season: int
    country: str | None = None
    kept: int | None = None
    goals: Mapping[str, float] = field(default_factory=dict)
    beaten: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    slow_peers: frozenset[str] = frozenset()
    harness_mase: tuple[float, float] | None = None


MEAN_OF_TWO = "mean of auto_ets and theta"

COUNTING_PEERS = ("peer_croston", "peer_tsb", "peer_adida")

USUAL = {
    "tourism_monthly": UsualSet(
        "tourism_monthly",
        horizon=24,
        season=12,
        goals={"mase": 1.40, "quantile_loss": 0.0745},
        slow_peers=frozenset({"peer_auto_arima"}),
        harness_mase=(1.6308, 1.6310),  # Godahewa and others (2021): 1.631
    ),
    "tourism_monthly_short": UsualSet(
        "tourism_monthly",
        horizon=12,
        season=12,
        kept=38,
        beaten={"mase": ("auto_ets", "theta", MEAN_OF_TWO, "peer_auto_ets", "peer_theta")},
        slow_peers=frozenset({"peer_auto_arima"}),
    ),
    "nn5_daily": UsualSet(
        "nn5_daily", horizon=56, season=7, country="GB", goals={"mase": 0.74, "quantile_loss": 0.140}
    ),
    "carparts": UsualSet("carparts", horizon=12, season=12, goals={"rmse_pooled": 1.10, "quantile_loss": 0.89}),
    "online_retail_2_products": UsualSet(
        "online_retail_2_products",
        horizon=28,
        season=7,
        country="GB",
        goals={"wape": 0.73},
        beaten={
            "wape": ("peer_auto_ets", "peer_lstm"),
            "rmse_mean": COUNTING_PEERS,
            "quantile_loss": COUNTING_PEERS,
        },
        slow_peers=frozenset({"peer_auto_arima"}),
    ),
}

COVERAGE_GOALS = {"coverage_80": (0.77, 0.83), "coverage_95": (0.93, 0.97)}
"""Bounds of the share of values inside each band, over at least `ENOUGH_ORIGINS` rolling origins."""

ENOUGH_ORIGINS = 4
"""Rolling origins: years differ, and coverage at one origin says little."""

SECONDS_GOAL = 120


def bounded(name: str, value: float, limits: tuple[float, float] | None) -> list[Figure]:
    """A figure with two goals, or with none."""
    if limits is None:
        return [Figure(name, value)]
    at_least, at_most = Goal(">=", limits[0]), Goal("<=", limits[1])
    return [Figure(f"{name}_at_least", value, at_least), Figure(f"{name}_at_most", value, at_most)]
