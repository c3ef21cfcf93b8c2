"""What a reader has to know of a study of waves."""

from __future__ import annotations

from collections.abc import Iterator

from studies.series.data import SeriesData
from studies.waves.charts import noise_floor
from studies.waves.preparation import Samples
from studies.waves.scores import Shown
from studies.waves.settings import Settings

_POWERS = ("", "t", "t^2", "t^3", "t^4", "t^5")


def notes(settings: Settings, data: SeriesData, samples: Samples, shown: list[Shown]) -> list[str]:
    """Sentences on the samples, the noise and the networks."""
    return [_on_samples(settings, data, samples), *_on_waves(settings), *_on_networks(shown)]


def _on_samples(settings: Settings, data: SeriesData, samples: Samples) -> str:
    train, test = int(samples.train.sum()), int(samples.test.sum())
    between = len(samples.train) - train - test
    window = settings.windows
    return (
        f"{len(data.values):,} values of {', '.join(data.names)} give {len(samples.train):,} samples of "
        f"{window.look_back} values read and {window.horizon} forecast: {train:,} to learn from, {test:,} to test. "
        f"The {between:,} between, whose forecasts lie in both parts, are left out of both."
    )


def _on_waves(settings: Settings) -> Iterator[str]:
    series, floor = settings.series, noise_floor(settings.series)
    if floor is None:
        return
    for number, (amplitude, period, trend) in enumerate(
        zip(series.amplitudes, series.periods, series.trends, strict=True), start=1
    ):
        powers = [f" + {value:g} {_POWERS[power]}".rstrip() for power, value in enumerate(trend) if value]
        yield f"x{number} is {amplitude:g} sin(2 pi t / {period:g}){''.join(powers)} + noise."
    yield (
        f"The noise is normal with a standard deviation of {series.noise:g}, drawn with the seed {series.seed}. "
        f"Whoever knew everything but the noise would have a MAE of {floor:.3f} (sigma sqrt(2 / pi)) in the mean. "
        "All repeats learn from this one draw: their spread is that of the weights they begin with, not of other noise."
    )


def _on_networks(shown: list[Shown]) -> Iterator[str]:
    for each in shown:
        if each.layers:
            yield f"{each.name}: {each.layers}."
