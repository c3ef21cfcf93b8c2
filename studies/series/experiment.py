"""A study of single series: every configuration walks through its series, as often as is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from models.common.arrays import Floats
from models.common.selection import Progress, no_progress, part_of
from nightcast.errors import InputError
from studies.charts import Chart
from studies.results import StudyResult
from studies.series import naive, seasonal_arima
from studies.series.curves import forecasts_over_series, standard_errors
from studies.series.data import SeriesData, generated
from studies.series.repeats import Outcome, with_networks, without_chance
from studies.series.settings import (
    AnyConfiguration,
    ArimaConfiguration,
    LstmConfiguration,
    NaiveConfiguration,
    Settings,
)
from studies.series.sources import GappedSource, MackeyGlass, NoisySine
from studies.series.unknown import counted_as, filled


def run(settings: Settings, data: Mapping[str, SeriesData], progress: Progress = no_progress) -> StudyResult:
    """Run a study.

    Scores are ``train_rmse``, ``test_rmse`` and ``test_mae``, on the scale of the series.

    Args:
        settings: Of the study.
        data: Its series by name, each of one column; further columns are not looked at.
        progress: Is told the share that is done.

    Raises:
        InputError: if a series is missing, has unknown values that count as nothing, or is too short for its split or
            a configuration.
    """
    known = {name: _values(name, data, settings) for name in settings.series}
    whole = {name: filled(name, values, _rule(settings, name)) for name, values in known.items()}
    groups, found = list(_groups(settings)), dict[str, Outcome]()
    for number, group in enumerate(groups):
        told = part_of(progress, number / len(groups), (number + 1) / len(groups))
        name = settings.series_of(group[0])
        outcomes = _outcomes(settings, group, whole[name], known[name], told)
        found |= {outcome.result.name: outcome for outcome in outcomes}
        told(1.0)
    ordered = {configuration.name: found[configuration.name] for configuration in settings.configurations}
    results = [outcome.result for outcome in ordered.values()]
    return StudyResult(results, list(_charts(settings, known, ordered)), list(_notes(settings, known)))


def _values(name: str, data: Mapping[str, SeriesData], settings: Settings) -> Floats:
    """The values of a series, (n,), NaN where unknown, checked."""
    if name not in data:
        raise InputError(f"There are no values for the series {name!r}.", "Correct its source in [series].")
    values = np.asarray(data[name].values[:, 0], np.float64)
    if not 0 < settings.split.count(len(values)) < len(values):
        raise InputError(
            f"The series {name!r} has {len(values)} values, which a training part of {settings.split.train} does not "
            "split in two.",
            "Give it a longer series, or another [split] train.",
        )
    train = settings.split.count(len(values))
    if not (np.isfinite(values[:train]).any() and np.isfinite(values[train:]).any()):
        raise InputError(
            f"No value of the series {name!r} is known in one of its parts, {train} values and those after them.",
            "Correct its source in [series], or give another [split] train.",
        )
    return np.where(np.isfinite(values), values, np.nan)


def _rule(settings: Settings, name: str) -> str:
    """What unknown values of a series count as."""
    source = settings.series[name]
    return source.unknown if isinstance(source, GappedSource) else "error"


def _groups(settings: Settings) -> Iterator[list[AnyConfiguration]]:
    """Configurations that share trained networks, the one that trains them first; all others by themselves."""
    followers: dict[str, list[AnyConfiguration]] = {}
    for configuration in settings.configurations:
        if isinstance(configuration, LstmConfiguration) and configuration.networks_of is not None:
            followers.setdefault(configuration.networks_of, []).append(configuration)
    for configuration in settings.configurations:
        if not isinstance(configuration, LstmConfiguration) or configuration.networks_of is None:
            yield [configuration, *followers.get(configuration.name, [])]


def _outcomes(
    settings: Settings, group: list[AnyConfiguration], values: Floats, truth: Floats, told: Progress
) -> list[Outcome]:
    """What a group comes to on its series (n,), whose unknown values are filled in but for the truth."""
    first, train = group[0], settings.split.count(len(values))
    if isinstance(first, NaiveConfiguration):
        return [without_chance(first, lambda: naive.walk(values, train, first), truth, settings.repeats)]
    if isinstance(first, ArimaConfiguration):
        return [without_chance(first, lambda: seasonal_arima.walk(values, train, first), truth, settings.repeats)]
    members = [member for member in group if isinstance(member, LstmConfiguration)]
    return with_networks(members, values, truth, train, settings.repeats, settings.seed, told)


def _charts(settings: Settings, known: Mapping[str, Floats], found: Mapping[str, Outcome]) -> Iterator[Chart]:
    drawn = [each for each in settings.configurations if settings.drawn is None or each.name in settings.drawn]
    errors = standard_errors([found[each.name].result for each in drawn], settings.metric)
    if errors is not None:
        yield errors
    for each in drawn:
        values = known[settings.series_of(each)]
        title = f"{each.name}: forecasts one step ahead over the series"
        yield forecasts_over_series(title, found[each.name].walk, values, settings.split.count(len(values)))


def _notes(settings: Settings, known: Mapping[str, Floats]) -> Iterator[str]:
    for name, values in known.items():
        train = settings.split.count(len(values))
        yield f"Series {name!r}: {len(values)} values, the first {train} for training, the other for the test."
        unknown, source = counted_as(name, values, _rule(settings, name)), settings.series[name]
        if unknown is not None:
            yield unknown
        if isinstance(source, NoisySine | MackeyGlass) and source.noise:
            noise = values - generated(source.model_copy(update={"noise": 0.0}))
            floor = np.sqrt(np.mean(noise[train:] ** 2))
            yield (
                f"The noise of {name!r} has a standard deviation of {source.noise:g}, and in the test part a root mean "
                f"square of {floor:.4g}: no forecast can be expected to err less."
            )
    for configuration in settings.configurations:
        if isinstance(configuration, LstmConfiguration) and configuration.networks_of is not None:
            yield f"{configuration.name!r} forecasts with the networks that {configuration.networks_of!r} trained."
