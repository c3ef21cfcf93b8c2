"""Notes for readers of a study of single series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from models.common.arrays import Floats
from studies.series.data import generated
from studies.series.settings import LstmConfiguration, Settings
from studies.series.sources import MackeyGlass, NoisySine, Unknown


def notes(settings: Settings, actual: Mapping[str, Floats]) -> Iterator[str]:
    """Sentences on the series, their unknown values and their noise, and on shared networks.

    Args:
        settings: Settings of the study.
        actual: The values of each series, (n,), NaN where unknown.
    """
    for name, values in actual.items():
        train, source = settings.split.count(len(values)), settings.series[name]
        yield f"Series {name!r}: {len(values)} values, the first {train} for training, the others for the test."
        yield from _on_unknown(name, values, settings.unknown_of(name))
        if isinstance(source, NoisySine | MackeyGlass) and source.noise:
            yield _on_noise(name, values, train, source)
    for configuration in settings.configurations:
        if isinstance(configuration, LstmConfiguration) and configuration.networks_of is not None:
            yield f"{configuration.name!r} forecasts with the networks that {configuration.networks_of!r} trained."


def _on_unknown(name: str, values: Floats, unknown: Unknown) -> Iterator[str]:
    count = int((~np.isfinite(values)).sum())
    if count:
        shown = "the value before" if unknown == "previous" else "zero"
        yield (
            f"{count} of the {len(values)} values of {name!r} are unknown. Forecasts are made as if each were {shown}; "
            "unknown values do not count."
        )


def _on_noise(name: str, values: Floats, train: int, source: NoisySine | MackeyGlass) -> str:
    noise = values - generated(source.model_copy(update={"noise": 0.0}))
    floor = np.sqrt(np.mean(noise[train:] ** 2))
    return (
        f"The noise of {name!r} has a standard deviation of {source.noise:g}, and a root mean square of {floor:.4g} in "
        "the test part. No forecast is expected to have a smaller RMSE."
    )
