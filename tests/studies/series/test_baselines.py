from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from models.common.arrays import Floats
from nightcast.errors import InputError
from studies.series.baselines import walk_arima, walk_naive
from studies.series.data import read
from studies.series.generated import noisy_sine
from studies.series.settings import ArimaConfiguration, NaiveConfiguration, Settings
from tests.studies.database import NoDatabase
from tests.studies.series.example import values

PUBLISHED = Path(__file__).parents[3] / "benchmarks" / "published"
AR_1 = ArimaConfiguration(name="arima", model="seasonal_arima", order=(1, 0, 0))
LONG = ArimaConfiguration(name="arima", model="seasonal_arima", season=63, order=(0, 0, 1), seasonal_order=(0, 1, 1))
CHOSEN = ArimaConfiguration(name="arima", model="seasonal_arima")


def test_persistence_on_shampoo_sales_errs_as_published() -> None:
    path = PUBLISHED / "shampoo_sales.toml"
    settings = Settings.model_validate(tomllib.loads(path.read_text()))
    series = read(settings, path.parent, NoDatabase())["series"].values[:, 0]
    scores = walk_naive(series, 24, NaiveConfiguration(name="p", model="persistence")).scores(series)
    assert round(float(scores["test_rmse"][0]), 3) == 136.761


def test_seasonal_naive_repeats_the_season_before() -> None:
    series = values(20)
    walk = walk_naive(series, 12, NaiveConfiguration(name="s", model="seasonal_naive", season=5))
    assert walk.test.forecasts[0].tolist() == [series[t - 5] for t in range(12, 20)]
    assert walk.train.forecasts[0].tolist() == [series[t - 5] for t in range(5, 12)]
    with pytest.raises(InputError, match="season of 5"):
        walk_naive(series, 5, NaiveConfiguration(name="s", model="seasonal_naive", season=5))


@pytest.mark.parametrize(
    ("configuration", "series", "train"),
    [(AR_1, values(60), 40), (CHOSEN, values(60), 40), (LONG, noisy_sine(400, 0.1, 0.5, 0), 300)],
)
def test_arima_knows_nothing_of_what_it_forecasts(
    configuration: ArimaConfiguration, series: Floats, train: int
) -> None:
    other, place = series.copy(), train + 7
    other[place:] += 50.0
    one, two = (walk_arima(each, train, configuration) for each in (series, other))
    np.testing.assert_allclose(one.test.forecasts[:, :8], two.test.forecasts[:, :8], rtol=1e-9)
    assert not np.allclose(one.test.forecasts[:, 8:], two.test.forecasts[:, 8:])
    assert one.test.places.tolist() == list(range(train, len(series)))


def test_arima_finds_the_coefficient_that_a_series_was_made_with() -> None:
    noise, series = np.random.default_rng(1).normal(size=2_000), np.zeros(2_000)
    for place in range(1, 2_000):
        series[place] = 0.8 * series[place - 1] + noise[place]
    walk = walk_arima(series, 1_500, AR_1)
    np.testing.assert_allclose(walk.test.forecasts[0], 0.8 * series[1_499:-1], atol=0.15)
    assert walk.scores(series)["test_rmse"][0] == pytest.approx(noise[1_500:].std(), rel=0.01)


@pytest.mark.parametrize("configuration", [LONG, AR_1.model_copy(update={"order": (3, 0, 3)})])
def test_much_of_the_noise_is_taken_away(configuration: ArimaConfiguration) -> None:
    series = noisy_sine(3_000, 0.1, 0.5, 0)
    errors = walk_arima(series, 2_400, configuration).scores(series)
    assert errors["test_rmse"][0] < 0.58
    assert errors["train_rmse"][0] == pytest.approx(errors["test_rmse"][0], rel=0.1)


@pytest.mark.parametrize("configuration", [AR_1, LONG])
def test_a_training_part_that_is_too_short_for_arima_is_refused(configuration: ArimaConfiguration) -> None:
    with pytest.raises(InputError, match="cannot be fitted on"):
        walk_arima(values(32), 1 if configuration is AR_1 else 20, configuration)
