"""Notes for readers of a study of waves."""

from __future__ import annotations

from collections.abc import Iterator

from studies.data import SeriesData
from studies.waves.charts import noise_floor
from studies.waves.measure import Outcome
from studies.waves.settings import Settings
from studies.waves.windows import Samples

_POWERS = ("", "t", "t^2", "t^3", "t^4", "t^5")


def notes(settings: Settings, data: SeriesData, samples: Samples, outcomes: list[Outcome]) -> list[str]:
    """Sentences on the samples, the noise and the networks."""
    return [_on_samples(settings, data, samples), *_on_waves(settings), *_on_networks(outcomes)]


def _on_samples(settings: Settings, data: SeriesData, samples: Samples) -> str:
    train, test = int(samples.train.sum()), int(samples.test.sum())
    between = len(samples.train) - train - test
    window = settings.windows
    return (
        f"{len(data.values):,} values of {', '.join(data.names)} give {len(samples.train):,} samples, each with "
        f"{window.look_back} values to read and {window.horizon} to forecast: {train:,} for training, {test:,} for the "
        f"test. The {between:,} samples between them, whose forecasts lie in both parts, are left out."
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
        f"A forecast that knew all but the noise would have an expected MAE of {floor:.3f} (sigma sqrt(2 / pi)). "
        "All repeats share this draw of the noise, and differ only in their first weights."
    )


def _on_networks(outcomes: list[Outcome]) -> Iterator[str]:
    for each in outcomes:
        if each.layers:
            yield f"{each.name}: {each.layers}."
