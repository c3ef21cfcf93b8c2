"""The parts that are taken away from the sales network, one and no other, and the picture of its attention."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from matplotlib.figure import Figure

from benchmarks import attention_picture, sales_ablation, sales_forecasts
from benchmarks.attention_picture import Picture
from benchmarks.sales_ablation import ROWS, WHOLE, Row, with_parts
from benchmarks.sales_data_set import DataSet
from benchmarks.sales_source import Source
from models.common import keras_runtime
from models.common.arrays import Floats
from models.common.recipe import Training
from models.sales.data.build import build_panel
from models.sales.data.calendar import Calendar
from models.sales.data.panel import SalesPanel
from models.sales.features import inputs as features
from models.sales.features import training_windows
from models.sales.features.covariate_scales import CovariateScales
from models.sales.features.inputs import CALENDAR_COLUMNS, Inputs
from models.sales.features.training_windows import sample_windows
from models.sales.recipes import registry
from models.sales.recipes.model import QUANTILES
from models.sales.recipes.networks import outputs
from models.sales.recipes.networks.fit import NetworkRecipe
from models.sales.recipes.networks.model import NetworkModel
from models.sales.recipes.networks.network import NetworkShape, build
from models.sales.settings import SalesSettings
from tests.models.sales.reference import day
from tests.models.sales.shop import panel_of, rhythm, settings_with

BY_NAME = {row.name: row for row in ROWS}
LENGTH, HORIZON = 130, 7
SECTIONS = {"network", "classic"}


def months() -> SalesPanel:
    values = rhythm(3, 72)
    series, column = np.indices(values.shape)
    days = (np.datetime64("2015-01", "M") + column.ravel()).astype("datetime64[D]").astype(np.int64)
    settings = SalesSettings(horizon=12)
    return build_panel(
        series.ravel(), days, values.ravel(), 3, day("2021-01-01"), frequency="MS", missing="unknown", settings=settings
    )


def inputs_of(panel: SalesPanel, row: str) -> Inputs:
    with with_parts(BY_NAME[row].parts):
        return sample_windows(panel, True, CovariateScales.fitted(panel.covariates), np.random.default_rng(1)).inputs


@pytest.mark.parametrize("panel", [panel_of(rhythm(4, LENGTH)), months()], ids=["days", "months"])
def test_only_the_part_is_taken_away_from_what_the_network_reads(panel: SalesPanel) -> None:
    whole = inputs_of(panel, WHOLE)
    bare = inputs_of(panel, "without candidates")
    assert whole.candidates.any()
    assert not bare.candidates.any()
    np.testing.assert_array_equal(bare.past, whole.past)
    np.testing.assert_array_equal(bare.steps, whole.steps)

    bare = inputs_of(panel, "without the seasonal difference")
    width = whole.past.shape[2] // panel.lengths.patch
    differences = np.arange(whole.past.shape[2]) % width == 2
    assert np.abs(whole.past[:, :, differences]).mean() > 0.01
    assert not bare.past[:, :, differences].any()
    np.testing.assert_array_equal(bare.past[:, :, ~differences], whole.past[:, :, ~differences])
    np.testing.assert_array_equal(bare.candidates, whole.candidates)
    np.testing.assert_array_equal(bare.steps, whole.steps)

    bare = inputs_of(panel, "without the calendar")
    columns = CALENDAR_COLUMNS[panel.calendar.family]
    assert np.ptp(whole.steps[:, :, 1:columns], axis=(0, 1)).all()
    assert not np.ptp(bare.steps[:, :, :columns], axis=(0, 1)).any()
    np.testing.assert_array_equal(bare.steps[:, :, columns:], whole.steps[:, :, columns:])
    assert not np.ptp(bare.past[:, :, 3:width], axis=(0, 1)).any()
    np.testing.assert_array_equal(bare.past[:, :, :3], whole.past[:, :, :3])
    np.testing.assert_array_equal(bare.candidates, whole.candidates)


def test_a_constant_column_is_left_of_the_calendar() -> None:
    for frequency in ("D", "W-MON", "MS", "QS", "YS"):
        given = np.arange(500, 520), Calendar(frequency), True
        bare, whole = sales_ablation.without_calendar(*given), features.calendar_columns(*given)
        np.testing.assert_array_equal(bare[:, 0], whole[:, 0])
        assert bare.shape == whole.shape
        assert not bare[:, 1:].any()


def test_the_network_without_a_decoder_has_one_lstm_less() -> None:
    keras = keras_runtime.start(3)
    shape = NetworkShape(patches=9, patch_columns=21, horizon=7, step_columns=14, units=4)

    def lstms() -> tuple[int, tuple[int, ...]]:
        recipe = registry.RECIPES["seasonal_lstm"]
        assert isinstance(recipe, NetworkRecipe)
        network = build(keras, recipe.output, shape)
        return sum(isinstance(layer, keras.layers.LSTM) for layer in network.layers), network.output_shape

    count, output = lstms()
    with with_parts(BY_NAME["without the decoder"].parts):
        assert lstms() == (count - 1, output)
    assert lstms() == (count, output)


def test_the_median_weighs_no_more_than_the_others() -> None:
    keras, generator = keras_runtime.start(3), np.random.default_rng(1)
    target = np.concatenate([generator.normal(size=(3, 7, 2)), np.ones((3, 7, 1))], axis=2).astype(np.float32)
    quantiles = generator.normal(size=(3, 7, len(QUANTILES)))
    output = np.concatenate([quantiles, target[:, :, 1:2]], axis=2).astype(np.float32)
    with with_parts(BY_NAME["without the median's weight"].parts):
        loss = float(outputs.loss(keras)(target, output))
    error, levels = target[:, :, :1] - output[:, :, :-1], np.array(QUANTILES)
    slow = np.maximum(levels * error, (levels - 1) * error).mean(axis=2).sum() / (3 * 7 + 1)
    assert loss == pytest.approx(slow, rel=1e-5)
    assert float(outputs.loss(keras)(target, output)) != pytest.approx(slow, rel=1e-3)


def test_parts_are_put_back_whatever_happens() -> None:
    before = vars(training_windows)["inputs_of"]

    def fail() -> None:
        assert vars(training_windows)["inputs_of"] is not before
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), with_parts(BY_NAME["without candidates"].parts):
        fail()
    assert vars(training_windows)["inputs_of"] is before


def data_set_of(name: str = "data_set") -> DataSet:
    values = rhythm(3, LENGTH)
    series, column = np.indices(values.shape)
    days = day("2024-01-01") + column.ravel()
    return DataSet.of(name, Source.of(series.ravel(), days, values.ravel()), HORIZON, 7, origins=2)


def test_rows_differ_from_the_whole_in_what_their_names_say() -> None:
    data_set = data_set_of("nn5_daily")
    whole = sales_ablation.settings_of(data_set, BY_NAME[WHOLE]).model_dump()

    def other(name: str, steps: int | None = None) -> dict[str, object]:
        settings = sales_ablation.settings_of(data_set, BY_NAME[name], steps).model_dump()
        changed = {**settings, **settings.pop("network"), **settings.pop("classic")}
        usual = {**whole, **whole["network"], **whole["classic"]}
        return {key: value for key, value in changed.items() if key not in SECTIONS and value != usual[key]}

    assert whole["country"] == "GB"
    assert whole["network"]["members"] == 2
    assert other("without holidays") == {"country": None}
    assert other("one member") == {"members": 1}
    assert other("half the steps") == {"steps": whole["network"]["steps"] // 2}
    assert other("half the steps", 10) == {"steps": 5}
    assert other("lstm, stateful") == {"stateful": True}
    assert other("served") == {}
    assert other("without candidates") == other("seq2seq") == {}
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_holidays_are_known_only_where_the_row_knows_them() -> None:
    data_set = data_set_of("nn5_daily")
    for name, count in ((WHOLE, 5), ("without holidays", 0)):
        panel = sales_forecasts.night_panel(data_set, 100, sales_ablation.settings_of(data_set, BY_NAME[name]))
        assert (0 if panel.covariates is None else len(panel.covariates.names)) == count
    assert not sales_ablation.measured(data_set_of(), BY_NAME["without holidays"])
    assert sales_ablation.measured(data_set, BY_NAME["without holidays"])


def tiny(folder: Path, length: int) -> tuple[Path, Floats]:
    """A file of two daily series, and its values."""
    values, path = rhythm(2, length), folder / "tiny.csv"
    dates = np.datetime64("2024-01-01") + np.arange(length)
    lines = [f"{name},{date},{values[row, at]}" for row, name in enumerate("ab") for at, date in enumerate(dates)]
    path.write_text("\n".join(["series,day,value", *lines]))
    return path, values


def test_a_run_tells_every_figure_of_both_origins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    naive = [Row(row.name, "seasonal_naive", {}, holidays=row.holidays) for row in ROWS]
    monkeypatch.setattr(sales_ablation, "ROWS", tuple(naive))
    path, values = tiny(tmp_path, 110)
    chosen = ["--horizon", str(HORIZON), "--rows", "one member", "without holidays"]
    assert sales_ablation.main([str(path), *chosen]) == 0
    table, figures = capsys.readouterr().out.rsplit("\n\n", 1)
    assert [line[:14].strip() for line in table.splitlines()[1:]] == [WHOLE, "one member"]
    by_name = dict(re.findall(r"^figure (\w+) (\S+)$", figures, re.MULTILINE))
    assert len(by_name) == len(figures.splitlines()) == 8
    for origin, end in (("own", 110), ("earlier", 110 - HORIZON)):
        history, actual = values[:, : end - HORIZON], values[:, end - HORIZON : end]
        error = np.abs(actual - history[:, -7:]).mean(axis=1)
        scale = np.abs(history[:, 7:] - history[:, :-7]).mean(axis=1)
        assert float(by_name[f"tiny_one_member_mase_{origin}"]) == pytest.approx((error / scale).mean(), rel=1e-4)


def test_a_row_that_cannot_learn_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sales_ablation, "ROWS", (Row(WHOLE), Row("seasonal_naive", "seasonal_naive", {})))
    path, _ = tiny(tmp_path, 20)
    assert sales_ablation.main([str(path), "--horizon", str(HORIZON)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith(f"  {WHOLE} is left out: NothingToLearnError")
    assert lines[2].startswith("  seasonal_naive")
    assert sum(line.startswith("figure tiny_seasonal_naive_") for line in lines) == 4


def test_attention_is_read_of_the_series_that_are_asked_for() -> None:
    panel = panel_of(rhythm(6, LENGTH))
    settings = settings_with(steps=2, members=2)
    model = registry.RECIPES["seq2seq_luong"].fit(panel, Training(settings, 1))
    assert isinstance(model, NetworkModel)
    look_back, attention = attention_picture.read(model, panel, np.arange(6))
    lengths = panel.lengths
    assert attention.shape == (6, HORIZON, lengths.look_back // lengths.patch)
    np.testing.assert_allclose(attention.sum(axis=2), 1, rtol=1e-5)
    assert np.ptp(attention, axis=0).max() > 0
    recent = panel.values[:, -lengths.look_back :]
    np.testing.assert_allclose(look_back, recent / recent.mean(axis=1, keepdims=True))
    chosen = attention_picture.read(model, panel, np.array([4, 1]))
    np.testing.assert_array_equal(chosen[0], look_back[[4, 1]])
    np.testing.assert_allclose(chosen[1], attention[[4, 1]], rtol=1e-5)
    with pytest.raises(ValueError, match="lstm is not seq2seq_luong"):
        attention_picture.read(replace(model, recipe="lstm"), panel, np.arange(6))


def test_series_of_all_sizes_are_shown() -> None:
    values = np.ones((7, LENGTH)) * np.array([[5], [900], [1], [70], [3], [2], [4]])
    values += np.arange(LENGTH) % 7 * 0.1
    assert attention_picture.few_of(panel_of(values), np.array([0, 1, 2, 3, 4]), 3).tolist() == [4, 0, 3]
    assert attention_picture.few_of(panel_of(values), np.array([3, 5]), 3).tolist() == [5, 3]


def test_each_panel_shows_its_weights_in_equal_shares() -> None:
    axes = Figure().subplots(1, 2)
    attention = np.random.default_rng(1).dirichlet(np.ones(9), (2, 14))
    picture = Picture("title", "day", 7, ("one", "two"), np.ones((2, 63)), attention)
    attention_picture._draw_attention(picture, axes)
    for place, below in enumerate(axes):
        (image,) = below.images
        np.testing.assert_allclose(image.get_array(), attention[place] * 9)
        assert image.get_clim() == pytest.approx((attention.min() * 9, attention.max() * 9))
        assert image.get_extent() == [-63.5, -0.5, 14.5, 0.5]
        assert below.get_xticks().tolist() == [-14, -28, -42, -56]
        assert below.get_yticks().tolist() == [7, 14]


def test_a_picture_is_always_the_same_file(tmp_path: Path) -> None:
    attention = np.random.default_rng(1).dirichlet(np.ones(30), (4, 24))
    picture = Picture("title", "month", 12, ("a", "b", "c", "d"), np.ones((4, 30)), attention)
    for name in ("one", "two"):
        attention_picture.draw(picture, tmp_path / "docs" / f"{name}.png")
    drawn = (tmp_path / "docs" / "one.png").read_bytes()
    assert drawn.startswith(b"\x89PNG")
    assert len(drawn) < 60_000
    assert drawn == (tmp_path / "docs" / "two.png").read_bytes()


@pytest.mark.parametrize("module", [sales_ablation, attention_picture])
def test_data_that_are_not_there_are_named(
    module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    with pytest.raises(SystemExit) as left:
        module.main([])
    assert left.value.code == 2
    assert f"there is no {tmp_path}" in capsys.readouterr().err
