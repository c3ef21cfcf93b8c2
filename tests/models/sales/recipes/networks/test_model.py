from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.common.description import FILE_NAME
from models.common.recipe import Training
from models.sales.data.covariate_rows import EVERY_SERIES, build_covariates
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate.select import select
from models.sales.recipes.ensemble import EnsembleModel
from models.sales.recipes.model import SalesModel, forecast_of
from models.sales.recipes.networks.model import NETWORK, NetworkModel
from models.sales.recipes.registry import load_model
from models.sales.recipes.seasonal_lstm import SEASONAL_LSTM
from models.sales.recipes.seasonal_naive import SeasonalNaive
from nightcast.errors import InputError
from tests.models.sales.shop import panel_of, rhythm, settings_with

BRIEF = settings_with(steps=10)
NETWORK_ALONE = settings_with(recipes=("seasonal_lstm",))


@pytest.fixture(scope="module")
def trained() -> SalesModel:
    return SEASONAL_LSTM.fit(panel_of(rhythm(6, 120)), Training(BRIEF, 1))


def test_quantiles_never_cross_and_no_scale_overflows(trained: SalesModel) -> None:
    values = np.vstack([rhythm(2, 90), rhythm(1, 90) * 1e-12, rhythm(1, 90) / 1e4 * 1e13, np.full((1, 90), 7.0)])
    values = np.vstack([values, np.zeros((1, 90)), np.random.default_rng(1).normal(size=(1, 90))])
    forecasts = forecast(trained, panel_of(values))
    assert forecasts.status.tolist() == ["forecast"] * 7
    assert np.isfinite(forecasts.mean).all()
    assert np.isfinite(forecasts.quantiles).all()
    assert (np.diff(forecasts.quantiles, axis=2) >= 0).all()
    assert forecasts.quantiles[:6].min() == 0.0
    assert (forecasts.quantiles[:5, :, -1] > forecasts.quantiles[:5, :, 0]).all()
    assert (forecasts.mean[5] == 0).all()


def test_forecasts_follow_the_scale_and_the_last_value(trained: SalesModel) -> None:
    values = rhythm(1, 90)
    changed = values.copy()
    changed[0, -1] *= 2
    plain, scaled, other = (forecast_of(trained, panel_of(one)).mean for one in (values, values * 1e6, changed))
    np.testing.assert_allclose(scaled, plain * 1e6, rtol=1e-4)
    assert np.abs(other / plain - 1).max() > 1e-3


def test_short_and_silent_series_fall_back(trained: SalesModel) -> None:
    values = rhythm(3, 120)
    values[0, :-10] = np.nan
    values[1, -70:] = np.nan
    forecasts = forecast(trained, panel_of(values))
    assert forecasts.model.tolist() == ["seasonal_naive", "seasonal_naive", "seasonal_lstm"]
    assert "63 periods" in forecasts.reason[1]
    expected = forecast_of(SeasonalNaive(7, 7, "D"), panel_of(values))
    np.testing.assert_array_equal(forecasts.mean[:2], expected.mean[:2])


def test_saved_and_loaded_forecasts_the_same(trained: SalesModel, tmp_path: Path) -> None:
    panel = panel_of(rhythm(3, 100, seed=4))
    for model in (trained, SeasonalNaive(7, 7, "D")):
        folder = tmp_path / model.recipe
        folder.mkdir()
        model.save(folder)
        loaded = load_model(folder)
        assert (loaded.recipe, loaded.horizon, loaded.frequency) == (model.recipe, 7, "D")
        ours, theirs = forecast_of(model, panel), forecast_of(loaded, panel)
        np.testing.assert_array_equal(ours.mean, theirs.mean)
        np.testing.assert_array_equal(ours.quantiles, theirs.quantiles)


def priced(panel: SalesPanel, *names: str, dearer: float = 0.0) -> SalesPanel:
    """The panel with covariates, each another one each day; `dearer` from the panel's end on."""
    ahead = np.random.default_rng(5).normal(10, 1, (len(names), panel.grid.width))
    ahead[:, panel.length :] += dearer
    name, place = (index.ravel() for index in np.indices(ahead.shape))
    every = np.full(len(name), EVERY_SERIES)
    days = panel.first_ordinal + place
    covariates = build_covariates(every, days, name, ahead.ravel(), names, panel.grid)
    return replace(panel, covariates=covariates)


@pytest.fixture(scope="module")
def priced_network() -> SalesModel:
    return SEASONAL_LSTM.fit(priced(panel_of(rhythm(6, 120)), "price", "weather"), Training(BRIEF, 1))


def test_scales_of_covariates_are_kept_with_the_network(priced_network: SalesModel, tmp_path: Path) -> None:
    priced_network.save(tmp_path)
    loaded = load_model(tmp_path)
    assert isinstance(loaded, NetworkModel)
    assert isinstance(priced_network, NetworkModel)
    assert loaded.reading.scales == priced_network.reading.scales
    assert [one.name for one in loaded.reading.scales.scales] == ["price", "weather"]
    panel = priced(panel_of(rhythm(3, 100, seed=4)), "price", "weather")
    np.testing.assert_array_equal(forecast_of(loaded, panel).mean, forecast_of(priced_network, panel).mean)
    dearer = priced(panel_of(rhythm(3, 100, seed=4)), "price", "weather", dearer=4.0)
    assert np.abs(forecast_of(loaded, dearer).mean / forecast_of(loaded, panel).mean - 1).max() > 1e-3


def test_covariates_may_come_and_go_while_a_network_serves(priced_network: SalesModel) -> None:
    panel = panel_of(rhythm(3, 100, seed=4))
    usual, more = (priced(panel, *names) for names in (("price", "weather"), ("price", "weather", "event")))
    one, none = priced(panel, "price"), panel
    expected = forecast_of(priced_network, usual).mean
    np.testing.assert_array_equal(forecast_of(priced_network, more).mean, expected)
    for fewer in (one, none):
        mean = forecast_of(priced_network, fewer).mean
        assert np.isfinite(mean).all()
        assert (mean != expected).any()


def edited(**changes: object) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return edit


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        (FILE_NAME, Path.unlink),
        (FILE_NAME, lambda path: path.write_bytes(b"\xff{")),
        (FILE_NAME, lambda path: path.write_text("[]")),
        (FILE_NAME, edited(format=99)),
        (FILE_NAME, edited(recipe="other")),
        (FILE_NAME, edited(frequency="H")),
        (FILE_NAME, edited(frequency=None)),
        (FILE_NAME, edited(lengths={"horizon": 7})),
        (FILE_NAME, edited(covariates=[{"name": "price"}])),
        (FILE_NAME, edited(covariates=None)),
        (NETWORK, Path.unlink),
        (NETWORK, lambda path: path.write_bytes(path.read_bytes()[:1000])),
        (NETWORK, lambda path: path.write_bytes(b"")),
    ],
)
def test_a_damaged_folder_is_refused(
    trained: SalesModel, tmp_path: Path, file: str, damage: Callable[[Path], object]
) -> None:
    trained.save(tmp_path)
    damage(tmp_path / file)
    with pytest.raises(InputError):
        load_model(tmp_path)


def test_the_same_seed_gives_the_same_night() -> None:
    panel = panel_of(rhythm(5, 110))
    settings = settings_with(NETWORK_ALONE, steps=3)
    nights = [select(panel, settings, 5) for _ in range(2)]
    first, again = (forecast(night.model, panel) for night in nights)
    np.testing.assert_array_equal(first.mean, again.mean)
    np.testing.assert_array_equal(first.quantiles, again.quantiles)
    assert nights[0].decision == nights[1].decision


def test_a_trained_network_beats_the_baseline_on_a_noisy_rhythm() -> None:
    settings = settings_with(NETWORK_ALONE, steps=60)
    selection = select(panel_of(rhythm(20, 200), settings=settings), settings, 3)
    assert isinstance(selection.model, EnsembleModel)
    assert selection.model.weights("smooth")["seasonal_lstm"] > 0.3
    assert selection.skill is not None
    assert np.nanmean(selection.skill) > 0.1


def test_a_model_that_is_loaded_forecasts_without_tensorflow(trained: SalesModel, tmp_path: Path) -> None:
    trained.save(tmp_path / "network")
    program = (
        "import sys; from pathlib import Path; from models.sales.recipes.model import forecast_of; "
        "from models.sales.recipes.registry import load_model; from tests.models.sales.shop import panel_of, rhythm; "
        f"forecast_of(load_model(Path({str(tmp_path / 'network')!r})), panel_of(rhythm(3, 120))); "
        "sys.exit(bool({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
