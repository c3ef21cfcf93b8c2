"""The experiment of a study of single series: every configuration forecasts its series, repeat by repeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from models.common.arrays import Floats
from models.common.selection import Progress, no_progress, with_shares
from nightcast.errors import InputError
from studies.charts import Chart
from studies.data import SeriesData
from studies.results import StudyResult
from studies.series.baselines import walk_arima, walk_naive
from studies.series.charts import forecasts_over_series, standard_errors
from studies.series.data import filled
from studies.series.notes import notes
from studies.series.repeats import Outcome, repeat_baseline, repeat_networks
from studies.series.settings import (
    AnyConfiguration,
    ArimaConfiguration,
    LstmConfiguration,
    NaiveConfiguration,
    Settings,
)


def run(settings: Settings, data: Mapping[str, SeriesData], progress: Progress = no_progress) -> StudyResult:
    """Run a study.

    Scores are ``train_rmse``, ``test_rmse`` and ``test_mae``, in the units of the series.

    Args:
        settings: Settings of the study.
        data: Its series by name; the first column of each is used.
        progress: Called with the share that is done.

    Raises:
        InputError: if a series is missing, has unknown values that count as errors, or is too short for its split or a
            configuration.
    """
    actual = {name: _actual(name, data, settings) for name in settings.series}
    whole = {name: filled(name, values, settings.unknown_of(name)) for name, values in actual.items()}
    groups, outcomes = list(_groups(settings)), dict[str, Outcome]()
    for group, part in with_shares(groups, progress):
        name = settings.series_of(group[0])
        for outcome in _outcomes(settings, group, whole[name], actual[name], part):
            outcomes[outcome.result.name] = outcome
        part(1.0)
    results = [outcomes[configuration.name].result for configuration in settings.configurations]
    return StudyResult(results, list(_charts(settings, actual, outcomes)), list(notes(settings, actual)))


def _actual(name: str, data: Mapping[str, SeriesData], settings: Settings) -> Floats:
    """The values of a series, (n,), NaN where unknown.

    Raises:
        InputError: if the series is missing, or either part of it is empty or unknown.
    """
    if name not in data:
        raise InputError(f"There are no values for the series {name!r}.", "Correct its source in [series].")
    values = np.asarray(data[name].values[:, 0], np.float64)
    train = settings.split.count(len(values))
    if not 0 < train < len(values):
        raise InputError(
            f"The series {name!r} has {len(values)} values. A [split] train of {settings.split.train} leaves nothing "
            f"for {'training' if train <= 0 else 'the test'}.",
            "Give it a longer series, or another [split] train.",
        )
    if not (np.isfinite(values[:train]).any() and np.isfinite(values[train:]).any()):
        raise InputError(
            f"All values of the series {name!r} are unknown in its training part or in its test part.",
            "Correct its source in [series], or give another [split] train.",
        )
    return np.where(np.isfinite(values), values, np.nan)


def _groups(settings: Settings) -> Iterator[list[AnyConfiguration]]:
    """Configurations that share trained networks, the one that trains them first; each other one alone."""
    followers: dict[str, list[AnyConfiguration]] = {}
    for configuration in settings.configurations:
        if isinstance(configuration, LstmConfiguration) and configuration.networks_of is not None:
            followers.setdefault(configuration.networks_of, []).append(configuration)
    for configuration in settings.configurations:
        if not isinstance(configuration, LstmConfiguration) or configuration.networks_of is None:
            yield [configuration, *followers.get(configuration.name, [])]


def _outcomes(
    settings: Settings, group: list[AnyConfiguration], values: Floats, actual: Floats, progress: Progress
) -> list[Outcome]:
    """The outcomes of a group on its series (n,), whose unknown values are filled in, but NaN in `actual`."""
    first, train = group[0], settings.split.count(len(values))
    if isinstance(first, NaiveConfiguration):
        return [repeat_baseline(first, lambda: walk_naive(values, train, first), actual, settings.repeats)]
    if isinstance(first, ArimaConfiguration):
        return [repeat_baseline(first, lambda: walk_arima(values, train, first), actual, settings.repeats)]
    members = [member for member in group if isinstance(member, LstmConfiguration)]
    return repeat_networks(members, values, actual, train, settings.repeats, settings.seed, progress)


def _charts(settings: Settings, actual: Mapping[str, Floats], outcomes: Mapping[str, Outcome]) -> Iterator[Chart]:
    drawn = [each for each in settings.configurations if settings.drawn is None or each.name in settings.drawn]
    errors = standard_errors([outcomes[each.name].result for each in drawn], settings.metric)
    if errors is not None:
        yield errors
    for each in drawn:
        values = actual[settings.series_of(each)]
        title = f"{each.name}: forecasts one step ahead"
        yield forecasts_over_series(title, outcomes[each.name].walk, values, settings.split.count(len(values)))
