"""Forecasts of sales by other methods; runs in an environment of its own (``make bench-sales-peers``).

Reads an archive with ``history`` (cases, periods), each row ending with the last period before the case's origin and
NaN where unknown, ``origin`` (cases,), the number of the rolling origin, ``horizon``, ``season`` and
``intermittent``. Writes one with ``<peer>/mean`` (cases, horizon), ``<peer>/quantiles`` (cases, horizon, 11), NaN where
a peer gives none, and ``<peer>/seconds``. It imports nothing from the program, so that both share no mistake.
Forecasts of a history without negative values are cut at 0, as a user of these methods would do.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

CENTRES = {20: (4, 6), 40: (3, 7), 60: (2, 8), 80: (1, 9), 95: (0, 10)}
"""The places of the quantiles at the ends of each central band, by its percentage."""

LEVELS = 11
MEDIAN = 5
CONFORMAL_WINDOWS = 10
SEED = 1
STEPS = {"peer_lstm": 300, "peer_nhits": 500}
Array = Any


@dataclass
class Cases:
    """The histories of all cases of one origin."""

    history: Array
    horizon: int
    season: int

    @property
    def frame(self) -> pd.DataFrame:
        """One row per period; gaps are filled from the same position of an earlier season, else of a later one."""
        series, column = np.nonzero(self._begun)
        rows = pd.DataFrame({"unique_id": series, "ds": column, "y": self.history[series, column]})
        seasons = rows.groupby([rows["unique_id"], rows["ds"] % self.season])["y"]
        filled = rows["y"].fillna(seasons.ffill()).fillna(seasons.bfill())
        return rows.assign(y=filled.groupby(rows["unique_id"]).ffill())

    @property
    def _begun(self) -> Array:
        return np.logical_or.accumulate(~np.isnan(self.history), axis=1)

    @property
    def shortest(self) -> int:
        """Periods of the shortest history."""
        return int(self._begun.sum(axis=1).min())

    def forecast(self, frame: pd.DataFrame, column: Callable[[int, str], str], mean: str) -> tuple[Array, Array]:
        """Mean and quantiles from columns: `column` names the ends of a band, by percentage and ``lo`` or ``hi``."""
        ordered = frame.sort_values(["unique_id", "ds"], kind="stable")
        shape = (len(self.history), self.horizon)
        quantiles = np.full((*shape, LEVELS), np.nan)
        quantiles[:, :, MEDIAN] = ordered[mean].to_numpy().reshape(shape)
        for percent, ends in CENTRES.items():
            for end, side in zip(ends, ("lo", "hi"), strict=True):
                if column(percent, side) in ordered:
                    quantiles[:, :, end] = ordered[column(percent, side)].to_numpy().reshape(shape)
        return quantiles[:, :, MEDIAN].copy(), quantiles


def statistical(make: Callable[[int, Any], Any], *, conformal: bool = False) -> Callable[[Cases], tuple[Array, Array]]:
    """A model of statsforecast, made from the season and, where it needs them, intervals of its past errors."""

    def forecast(cases: Cases) -> tuple[Array, Array]:
        from statsforecast import StatsForecast
        from statsforecast.models import Naive
        from statsforecast.utils import ConformalIntervals

        windows = min(CONFORMAL_WINDOWS, (cases.shortest - 1) // cases.horizon - 1)
        intervals = ConformalIntervals(n_windows=windows, h=cases.horizon) if conformal and windows >= 2 else None
        model = make(cases.season, intervals)
        levels = None if conformal and intervals is None else list(CENTRES)
        runner = StatsForecast(models=[model], freq=1, n_jobs=2, fallback_model=Naive())
        frame = runner.forecast(df=cases.frame, h=cases.horizon, level=levels)
        return cases.forecast(frame, lambda percent, side: f"{model}-{side}-{percent}", str(model))

    return forecast


def seasonal_naive(season: int, intervals: Any) -> Any:
    """The value one season earlier."""
    from statsforecast.models import SeasonalNaive

    return SeasonalNaive(season_length=season)


def auto_ets(season: int, intervals: Any) -> Any:
    """Exponential smoothing, its form chosen by AICc."""
    from statsforecast.models import AutoETS

    return AutoETS(season_length=season)


def theta(season: int, intervals: Any) -> Any:
    """The dynamic optimised theta method."""
    from statsforecast.models import DynamicOptimizedTheta

    return DynamicOptimizedTheta(season_length=season)


def auto_arima(season: int, intervals: Any) -> Any:
    """Seasonal ARIMA, its orders chosen by AICc."""
    from statsforecast.models import AutoARIMA

    return AutoARIMA(season_length=season)


def croston(season: int, intervals: Any) -> Any:
    """Croston's method."""
    from statsforecast.models import CrostonClassic

    return CrostonClassic(prediction_intervals=intervals)


def tsb(season: int, intervals: Any) -> Any:
    """Teunter, Syntetos and Babai's method, both weights 0.2."""
    from statsforecast.models import TSB

    return TSB(alpha_d=0.2, alpha_p=0.2, prediction_intervals=intervals)


def adida(season: int, intervals: Any) -> Any:
    """The aggregate-disaggregate method."""
    from statsforecast.models import ADIDA

    return ADIDA(prediction_intervals=intervals)


def neural(name: str) -> Callable[[Cases], tuple[Array, Array]]:
    """A network of neuralforecast with the loss of all quantiles; its median is its point forecast."""

    def forecast(cases: Cases) -> tuple[Array, Array]:
        from neuralforecast import NeuralForecast
        from neuralforecast.losses.pytorch import MQLoss
        from neuralforecast.models import LSTM, NHITS

        model = {"peer_lstm": LSTM, "peer_nhits": NHITS}[name](
            h=cases.horizon,
            input_size=2 * cases.horizon,
            loss=MQLoss(level=list(CENTRES)),
            max_steps=STEPS[name],
            scaler_type="standard",
            start_padding_enabled=True,
            random_seed=SEED,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        runner = NeuralForecast(models=[model], freq=1)
        runner.fit(df=cases.frame)
        frame = runner.predict()
        return cases.forecast(frame, lambda percent, side: f"{model}-{side}-{percent}", f"{model}-median")

    return forecast


PEERS: dict[str, Callable[[Cases], tuple[Array, Array]]] = {
    "peer_seasonal_naive": statistical(seasonal_naive),
    "peer_auto_ets": statistical(auto_ets),
    "peer_theta": statistical(theta),
    "peer_auto_arima": statistical(auto_arima),
    "peer_croston": statistical(croston, conformal=True),
    "peer_tsb": statistical(tsb, conformal=True),
    "peer_adida": statistical(adida, conformal=True),
    "peer_lstm": neural("peer_lstm"),
    "peer_nhits": neural("peer_nhits"),
}
INTERMITTENT = ("peer_croston", "peer_tsb", "peer_adida")
"""Peers for series of mostly zeros, which run on such data only."""


def forecast(peer: str, archive: Any) -> dict[str, Array]:
    """The forecasts of one peer, origin by origin, so that none learns from values held out at another."""
    history, origin, horizon = archive["history"], archive["origin"], int(archive["horizon"])
    mean, quantiles = np.empty((len(history), horizon)), np.empty((len(history), horizon, LEVELS))
    begin = time.perf_counter()
    for number in np.unique(origin):
        here = origin == number
        mean[here], quantiles[here] = PEERS[peer](Cases(history[here], horizon, int(archive["season"])))
    seconds = (time.perf_counter() - begin) / len(np.unique(origin))
    floor = np.where((history < 0).any(axis=1), -np.inf, 0.0)
    return {
        f"{peer}/mean": np.maximum(mean, floor[:, None]),
        f"{peer}/quantiles": np.maximum(quantiles, floor[:, None, None]),
        f"{peer}/seconds": np.array(seconds),
    }


def quiet() -> None:
    """Suppress messages of the libraries."""
    warnings.simplefilter("ignore")
    os.environ.update(NIXTLA_ID_AS_COL="1", PYTHONWARNINGS="ignore")
    logging.disable(logging.WARNING)  # also loggers with a level of their own


def save(target: str, forecasts: dict[str, Array]) -> None:
    """Write the forecasts so far, which are kept even if the next peer ends the process."""
    partial = f"{target}.partial.npz"
    np.savez_compressed(partial, **forecasts)
    os.replace(partial, target)


def main(arguments: Sequence[str]) -> None:
    """Forecast with every peer; a peer that is not installed, or fails, is left out with a message."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--without", action="append", default=[], choices=list(PEERS), metavar="NAME")
    chosen = parser.parse_args(arguments)
    quiet()
    with np.load(chosen.source, allow_pickle=False) as archive:
        given = dict(archive)
    left_out = {*chosen.without, *(() if given["intermittent"] else INTERMITTENT)}
    forecasts: dict[str, Array] = {}
    for peer in (name for name in PEERS if name not in left_out):
        try:
            forecasts |= forecast(peer, given)
        except Exception as error:
            print(f"{peer} is left out: {type(error).__name__}: {error}", flush=True)
        save(chosen.target, forecasts)


if __name__ == "__main__":
    main(sys.argv[1:])
