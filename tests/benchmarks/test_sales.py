"""The figures of sales forecasts against slow references, and the protocol: who is shown what, from which origin."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import sales, sales_forecasts, sales_peers, sales_scoring, sales_tables
from benchmarks.sales_data_set import DataSet
from benchmarks.sales_forecasts import NAIVE, SERVED
from benchmarks.sales_peers import Cases
from benchmarks.sales_scoring import DECILES, LEVELS, Forecast
from benchmarks.sales_sets import USUAL, UsualSet
from benchmarks.sales_source import Source
from models.sales.data.panel import SalesPanel
from models.sales.recipes.model import forecast_of
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.settings import SalesSettings

Numbers = NDArray[np.float64]
NAN = math.nan
START = int(np.datetime64("2024-01-01", "D").astype(int))
"""A Monday."""

RANDOM = np.random.default_rng(7)
HISTORY: Numbers = RANDOM.integers(-3, 9, (9, 23)).astype(float)
ACTUAL: Numbers = RANDOM.integers(-3, 9, (9, 5)).astype(float)
MEDIAN: Numbers = RANDOM.integers(-3, 9, (9, 5)).astype(float)
QUANTILES: Numbers = np.sort(MEDIAN[:, :, None] + RANDOM.integers(-4, 5, (9, 5, len(LEVELS))), axis=2)
HISTORY[0, :4] = HISTORY[1, 6] = HISTORY[2, 20:] = NAN
HISTORY[3] = 2.0
ACTUAL[4, 1:3] = ACTUAL[5] = NAN
ACTUAL[6], MEDIAN[6, :3] = 0.0, 0.0


def known(row: int) -> list[int]:
    return [step for step in range(5) if not math.isnan(ACTUAL[row, step])]


CASES = [row for row in range(9) if known(row)]


def carried(row: Numbers) -> list[float]:
    values: list[float] = []
    for value in row:
        values.append(values[-1] if values and math.isnan(value) else value)
    return values


def slow_scale(row: Numbers, season: int) -> float:
    values = carried(row)
    pairs = [abs(values[now] - values[now - season]) for now in range(season, len(values))]
    numbers = [pair for pair in pairs if not math.isnan(pair)]
    return sum(numbers) / len(numbers) if numbers else NAN


SCALE: Numbers = np.array([slow_scale(row, 7) for row in HISTORY])
SCALED = [row for row in CASES if SCALE[row] > 0]


def test_the_scale_is_seasonal_naives_error_inside_the_history() -> None:
    np.testing.assert_allclose(sales_scoring.naive_scale(HISTORY, 7), SCALE)
    assert SCALE[3] == 0
    assert np.isnan(sales_scoring.naive_scale(HISTORY, 23)).all()
    assert np.isnan(sales_scoring.naive_scale(HISTORY, 40)).all()


def test_smape_is_the_slow_one() -> None:
    def one(actual: float, forecast: float) -> float:
        return 0.0 if actual == forecast == 0 else 200 * abs(actual - forecast) / (abs(actual) + abs(forecast))

    slow = [np.mean([one(ACTUAL[row, step], MEDIAN[row, step]) for step in known(row)]) for row in CASES]
    assert sales_scoring.smape(ACTUAL, MEDIAN) == pytest.approx(np.mean(slow))


def test_mase_and_scaled_rmse_are_the_slow_ones_over_cases_with_a_scale() -> None:
    assert len(SCALED) == 7
    errors = {row: [ACTUAL[row, step] - MEDIAN[row, step] for step in known(row)] for row in SCALED}
    mase = [np.mean([abs(error) for error in errors[row]]) / SCALE[row] for row in SCALED]
    rmse = [math.sqrt(np.mean([error**2 for error in errors[row]])) / SCALE[row] for row in SCALED]
    assert sales_scoring.mase(ACTUAL, MEDIAN, SCALE) == pytest.approx(np.mean(mase))
    assert sales_scoring.scaled_rmse(ACTUAL, MEDIAN, SCALE) == pytest.approx(np.mean(rmse))


def test_wape_and_quantile_loss_are_the_slow_ones() -> None:
    cells = [(row, step) for row in CASES for step in known(row)]
    total = sum(abs(ACTUAL[cell]) for cell in cells)
    assert sales_scoring.wape(ACTUAL, MEDIAN) == pytest.approx(sum(abs(ACTUAL[c] - MEDIAN[c]) for c in cells) / total)
    loss = 0.0
    for cell in cells:
        for level, forecast in zip(DECILES, QUANTILES[cell][1:-1], strict=True):
            above = ACTUAL[cell] - forecast
            loss += 2 * (level * above if above >= 0 else (level - 1) * above) / len(DECILES)
    assert sales_scoring.quantile_loss(ACTUAL, QUANTILES) == pytest.approx(loss / total)
    alike = np.repeat(MEDIAN[:, :, None], len(LEVELS), axis=2)
    assert sales_scoring.quantile_loss(ACTUAL, alike) == pytest.approx(sales_scoring.wape(ACTUAL, MEDIAN))


@pytest.mark.parametrize(("percent", "low", "high"), [(80, 1, 9), (95, 0, 10)])
def test_coverage_counts_what_lies_inside_the_band_or_on_its_ends(percent: int, low: int, high: int) -> None:
    inside = [
        QUANTILES[row, step, low] <= ACTUAL[row, step] <= QUANTILES[row, step, high]
        for row in CASES
        for step in known(row)
    ]
    assert 0 < sum(inside) < len(inside)
    assert sales_scoring.coverage(ACTUAL, QUANTILES, percent) == pytest.approx(np.mean(inside))


def test_nothing_is_said_where_nothing_came() -> None:
    nothing = np.full((2, 3), NAN)
    forecast = Forecast(np.ones((2, 3)), np.ones((2, 3, len(LEVELS))))
    assert all(math.isnan(value) for value in sales_scoring.scores(nothing, forecast, np.ones(2)).values())
    assert math.isnan(sales_scoring.wape(np.zeros((2, 3)), forecast.mean))


def test_the_pooled_error_counts_every_cell_alike() -> None:
    squares = [(ACTUAL[row, step] - MEDIAN[row, step]) ** 2 for row in CASES for step in known(row)]
    assert sales_scoring.pooled_rmse(ACTUAL, MEDIAN) == pytest.approx(math.sqrt(np.mean(squares)))


def test_silence_gains_nothing() -> None:
    silent = QUANTILES.copy()
    silent[8, 4] = NAN
    figures = sales_scoring.scores(ACTUAL, Forecast(silent[:, :, 2], silent), SCALE)
    assert all(math.isnan(value) for value in figures.values())
    unscored = QUANTILES.copy()
    unscored[4, 1] = unscored[5] = NAN
    figures = sales_scoring.scores(ACTUAL, Forecast(unscored[:, :, 2], unscored), SCALE)
    assert figures == sales_scoring.scores(ACTUAL, Forecast(QUANTILES[:, :, 2], QUANTILES), SCALE)


@pytest.mark.parametrize("season", [1, 4, 7, 30])
def test_seasonal_naive_is_the_value_one_season_earlier(season: int) -> None:
    forecasts = sales_scoring.seasonal_naive(HISTORY, season, 9)
    for row, values in enumerate(HISTORY):
        series = carried(values)
        for step in range(9):
            back = len(series) - season + step % season
            value = series[back] if back >= 0 else NAN
            assert forecasts[row, step] == pytest.approx(np.nanmean(values) if math.isnan(value) else value)


# The protocol.

GRID: Numbers = RANDOM.integers(1, 50, (4, 60)).astype(float)
ENDS = (59, 59, 52, 45)
"""The last column of each series of `ragged`."""


def source_of(grid: Numbers, absent: NDArray[np.bool_]) -> Source:
    """Daily rows where none is absent."""
    series, column = (~absent).nonzero()
    return Source.of(series.astype(np.int64), (START + column).astype(np.int64), grid[series, column])


def ragged(grid: Numbers = GRID) -> Source:
    return source_of(grid, np.arange(grid.shape[1]) > np.array(ENDS)[:, None])


def data_set_of(source: Source, origins: int = 1) -> DataSet:
    return DataSet.of("data_set", source, 7, 7, origins)


def test_each_series_has_its_own_origin() -> None:
    data_set = data_set_of(ragged())
    assert data_set.series.tolist() == [0, 1, 2, 3]
    assert data_set.column.tolist() == [53, 53, 46, 39]
    assert {column: cases.tolist() for column, cases in data_set.nights()} == {39: [3], 46: [2], 53: [0, 1]}
    for case, column in enumerate(data_set.column):
        np.testing.assert_array_equal(data_set.actual[case], GRID[case, column : column + 7])
        np.testing.assert_array_equal(data_set.history[case, -column:], GRID[case, :column])
        assert np.isnan(data_set.history[case, :-column]).all()


def test_each_rolling_origin_has_figures_of_its_own() -> None:
    data_set = data_set_of(ragged(), origins=2)
    off = np.where(data_set.number == 0, 1.0, 3.0)[:, None] * data_set.scale[:, None]
    quantiles = np.repeat((data_set.actual + off)[:, :, None], len(LEVELS), axis=2)
    data_set.forecasts[SERVED] = Forecast(data_set.actual + off, quantiles)
    assert [row["mase"] for row in data_set.scores_by_origin(SERVED)] == pytest.approx([1.0, 3.0])


def test_rolling_origins_lie_a_horizon_apart_and_a_series_not_yet_begun_is_no_case() -> None:
    absent = np.zeros(GRID.shape, bool)
    absent[1, :50] = absent[2, :53] = True
    data_set = data_set_of(source_of(GRID, absent), origins=3)
    cases = sorted(zip(data_set.series.tolist(), data_set.number.tolist(), data_set.column.tolist(), strict=True))
    assert cases == [(0, 0, 53), (0, 1, 46), (0, 2, 39), (1, 0, 53), (3, 0, 53), (3, 1, 46), (3, 2, 39)]


def test_a_night_holds_what_all_series_had_before_its_origin() -> None:
    data_set = data_set_of(ragged())
    settings = SalesSettings(horizon=7, season=7)
    for column, _ in data_set.nights():
        panel = data_set.source.panel(column, settings)
        assert panel.step_days[0] == START + column
        np.testing.assert_array_equal(panel.values, data_set.source.grid[:, :column])
    assert np.isnan(panel.values[2]).tolist() == [False] * 53


def serve_sum(panel: SalesPanel, settings: SalesSettings) -> tuple[Numbers, Numbers, str]:
    """Forecasts the sum of everything that it is shown."""
    total = np.full((panel.series_count, panel.lengths.horizon), np.nansum(panel.values))
    return total, np.repeat(total[:, :, None], len(LEVELS), axis=2), "the only one"


def peer_input(grid: Numbers, origins: int) -> tuple[DataSet, Numbers, Numbers]:
    """A data set, with what our models make of all they see and what peers are shown."""
    data_set = data_set_of(ragged(grid), origins)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sales_forecasts, "serve", serve_sum)
        sales_forecasts.forecast_served(data_set, SalesSettings(horizon=7, season=7))
    sales_forecasts.forecast_naive(data_set)
    ours = np.concatenate([data_set.forecasts[SERVED].mean, data_set.forecasts[NAIVE].mean], axis=1)
    return data_set, ours, sales_forecasts.input_of_peers(data_set)["history"]


@pytest.mark.parametrize("origins", [1, 3])
def test_nothing_from_the_origin_on_is_shown(origins: int) -> None:
    data_set, before, history = peer_input(GRID, origins)
    for column, cases in data_set.nights():
        grid = GRID.copy()
        grid[:, column:] += 1_000.0
        _, after, shown = peer_input(grid, origins)
        np.testing.assert_array_equal(after[cases], before[cases])
        np.testing.assert_array_equal(shown[cases], history[cases])
        grid[:, column - 1] += 1_000.0
        _, after, shown = peer_input(grid, origins)
        assert (after[cases, :7] > before[cases, :7]).all()
        assert (shown[cases, -1] == history[cases, -1] + 1_000.0).all()


def test_an_absent_row_is_no_sale_where_there_are_many() -> None:
    absent = np.random.default_rng(1).random(GRID.shape) < 0.3
    absent[3] = np.arange(60) == 20  # too few to be no sale, were it not for the other series
    absent[:, 0] = absent[0, 40:] = absent[1, :10] = True
    absent[2, 59] = False
    source = source_of(GRID, absent)
    assert source.gaps
    assert source.end.tolist() == [58] * 4  # column 0 is the day after the first
    expected = np.where(absent, 0.0, GRID)[:, 1:]
    for series in range(4):
        expected[series, : (~absent[series]).argmax() - 1] = NAN
    np.testing.assert_array_equal(source.grid, expected)
    data_set = data_set_of(source)
    assert not data_set.actual[0].any()
    panel = source.panel(52, SalesSettings(horizon=7, season=7))
    np.testing.assert_array_equal(panel.values, expected[:, :52])


def test_an_absent_row_is_unknown_where_there_are_few_and_closed_weekdays_are_zero() -> None:
    absent = np.zeros(GRID.shape, bool)
    absent[:, 6::7] = absent[0, 30] = absent[1, 56] = True
    source = source_of(GRID, absent)
    assert not source.gaps
    expected = np.where(absent, NAN, GRID)
    expected[:, 6::7] = 0.0
    np.testing.assert_array_equal(source.grid, expected)
    data_set = data_set_of(source)
    assert np.isnan(data_set.actual).sum() == 1
    panel = source.panel(53, SalesSettings(horizon=7, season=7))
    np.testing.assert_array_equal(panel.values, expected[:, :53])


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(["name,month,sales", *lines]))
    return path


def test_files_are_read_as_a_user_means_them(tmp_path: Path) -> None:
    months = [f"{name},2020-{month:02}-01,{month}" for name in ("007", "NA") for month in range(1, 13)]
    odd = ["7,2020-03-01,", "007,2020-03-01,33.5", "NA,2020-04-17,44"]
    source = Source.read(write(tmp_path / "sales.csv", [*months, *odd]))
    assert source.calendar.frequency == "MS"
    expected = np.tile(np.arange(1.0, 13.0), (3, 1))
    expected[0, 2], expected[2] = 33.5, NAN
    np.testing.assert_array_equal(source.grid, expected)
    assert source.end.tolist() == [11, 11, 2]
    assert data_set_of(source).series.tolist() == [0, 1]


def test_quarters_that_begin_in_any_month_keep_their_calendar(tmp_path: Path) -> None:
    lines = [f"a,{2010 + part // 4}-{2 + 3 * (part % 4):02}-01,{part}" for part in range(24)]
    source = Source.read(write(tmp_path / "sales.csv", lines))
    assert source.panel(20, SalesSettings()).calendar == source.calendar
    assert source.calendar.frequency == "QS-FEB"


# The other methods.


def test_peers_see_no_gap() -> None:
    row = [NAN, NAN, 1.0, 2.0, NAN, 4.0, 5.0, NAN, NAN, NAN, NAN]
    frame = Cases(np.array([row, np.arange(11.0)]), horizon=2, season=4).frame
    first = frame[frame["unique_id"] == 0]
    assert first["ds"].tolist() == list(range(2, 11))
    # Four back, else four ahead, else the one before.
    assert first["y"].tolist() == [1, 2, 2, 4, 5, 2, 2, 4, 5]
    assert frame[frame["unique_id"] == 1]["y"].tolist() == list(range(11))


def test_a_peer_that_fails_is_left_out_and_the_others_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes: list[int] = []

    def repeat(cases: Cases) -> tuple[Any, Any]:
        sizes.append(len(cases.history))
        mean = np.repeat(cases.history[:, -1:], cases.horizon, axis=1)
        return mean, np.repeat(mean[:, :, None], len(LEVELS), axis=2)

    def fail(cases: Cases) -> tuple[Any, Any]:
        raise ImportError("there is no such package")

    monkeypatch.setattr(sales_peers, "PEERS", {"one": repeat, "broken": fail, "out": repeat, "peer_tsb": repeat})
    monkeypatch.setattr(sales_peers, "quiet", lambda: None)
    data_set = data_set_of(ragged(), origins=2)
    data_set.history[0, -1] = data_set.history[1, -1] = -5.0
    data_set.history[1, -2] = data_set.history[0, -2] = 0.0
    np.savez(tmp_path / "cases.npz", **sales_forecasts.input_of_peers(data_set))
    sales_peers.main([str(tmp_path / "cases.npz"), str(tmp_path / "peers.npz"), "--without", "out"])
    assert capsys.readouterr().out == "broken is left out: ImportError: there is no such package\n"
    sales_forecasts.read_peers(data_set, tmp_path / "peers.npz")
    assert list(data_set.forecasts) == ["one"]
    assert sizes == [4, 4]
    np.testing.assert_array_equal(data_set.forecasts["one"].median[:, 3], data_set.history[:, -1])
    assert data_set.seconds["one"] >= 0


def test_peers_are_cut_at_zero_where_nothing_was_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    def below(cases: Cases) -> tuple[Any, Any]:
        return np.full((len(cases.history), 2), -1.0), np.full((len(cases.history), 2, len(LEVELS)), -2.0)

    monkeypatch.setattr(sales_peers, "PEERS", {"below": below})
    history = np.array([[NAN, 1.0, 2.0], [1.0, -1.0, 2.0]])
    forecasts = sales_peers.forecast("below", {"history": history, "origin": np.zeros(2), "horizon": 2, "season": 1})
    assert forecasts["below/mean"].tolist() == [[0, 0], [-1, -1]]
    assert forecasts["below/quantiles"][:, 1, 3].tolist() == [0, -2]


# The whole.


def naive(panel: SalesPanel, settings: SalesSettings) -> tuple[Numbers, Numbers, str]:
    model = SeasonalNaive(panel.lengths.horizon, panel.lengths.season, panel.calendar.frequency)
    forecasts = forecast_of(model, panel)
    return forecasts.mean, forecasts.quantiles, "it is the only one"


def tiny(path: Path) -> Path:
    days = np.datetime64("2024-01-01") + np.arange(60)
    rows = [f"{name},{day},{GRID[row, at]}" for row, name in enumerate("ab") for at, day in enumerate(days)]
    return write(path, rows[:-3])


def test_a_run_ends_with_a_line_for_each_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sales_forecasts, "serve", naive)
    chosen = ["--horizon", "7", "--season", "7", "--origins", "1", "--without-peers", "--recipes", "seasonal_naive"]
    assert sales.main([str(tiny(tmp_path / "tiny.csv")), *chosen]) == 0
    table, lines = capsys.readouterr().out.rsplit("\n\n", 1)
    assert "tiny: 2 forecasts" in table
    assert table.count("1 series: it is the only one") == 2
    assert [line.split()[0] for line in table.splitlines()[1:4]] == ["served", "seasonal", "seasonal_naive"]
    figures = dict(re.findall(r"^figure (\w+) (\S+)", lines, re.MULTILINE))
    assert len(figures) == len(lines.splitlines())
    assert figures["tiny_mase"] == figures["tiny_harness_mase"]
    slow = np.mean(
        [
            np.abs(GRID[row, end - 7 : end] - GRID[row, end - 14 : end - 7]).mean()
            / slow_scale(GRID[row, : end - 7], 7)
            for row, end in ((0, 60), (1, 57))
        ]
    )
    assert float(figures["tiny_mase"]) == pytest.approx(slow, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "season", "origins", "goals"),
    [("data_set", 7, 1, 1), ("usual", 6, 1, 1), ("usual", 7, 1, 5), ("usual", 7, 4, 9)],
)
def test_goals_are_those_of_the_usual_protocol(name: str, season: int, origins: int, goals: int) -> None:
    rolling = replace(data_set_of(ragged(), origins), name=name, season=season)
    ones = np.ones(rolling.actual.shape)
    forecast = Forecast(ones, np.repeat(ones[:, :, None], len(LEVELS), axis=2))
    rolling.forecasts, rolling.seconds = {NAIVE: forecast, SERVED: forecast}, {NAIVE: 0.0, SERVED: 1.0}
    usual = UsualSet("usual", 7, 7, goals={"mase": 1.5, "rmse_pooled": 2.0}, harness_mase=(1.0, 2.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(USUAL, "usual", usual)
        figures = list(sales_tables.figures(rolling.last, rolling))
    assert sum(figure.goal is not None for figure in figures) == goals
    assert len({figure.name for figure in figures}) == len(figures)


def test_the_served_forecast_is_set_against_the_models_that_ran() -> None:
    data_set = replace(data_set_of(ragged()), name="usual")
    forecast = Forecast(np.ones((4, 7)), np.ones((4, 7, len(LEVELS))))
    silent = Forecast(np.ones((4, 7)), np.full((4, 7, len(LEVELS)), NAN))
    data_set.forecasts = {NAIVE: forecast, SERVED: forecast, "peer_auto_ets": forecast, "peer_tsb": silent}
    beaten = {"wape": ("peer_auto_ets", "peer_tsb", "peer_lstm"), "rmse_mean": ("peer_tsb",)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(USUAL, "usual", UsualSet("usual", 7, 7, beaten=beaten))
        names = {figure.name for figure in sales_tables.figures(data_set, data_set) if "beside" in figure.name}
    assert names == {"usual_wape_beside_peer_auto_ets", "usual_rmse_mean_beside_peer_tsb"}


def test_accuracy_is_that_of_the_last_origin_and_coverage_that_of_all() -> None:
    rolling = data_set_of(ragged(), 2)
    low, high = rolling.actual - 1, rolling.actual + np.where(rolling.number == 0, 1, -0.5)[:, None]
    quantiles = np.linspace(low, high, len(LEVELS), axis=2)
    rolling.forecasts[SERVED] = Forecast(rolling.actual + 2.0, quantiles)
    rolling.forecasts[NAIVE] = rolling.forecasts[SERVED]
    by_name = {figure.name: figure.value for figure in sales_tables.figures(rolling.last, rolling)}
    assert by_name["data_set_rmse_pooled"] == pytest.approx(2.0)
    assert by_name["data_set_coverage_95"] == pytest.approx(0.5)


def test_the_newest_periods_of_each_series_are_kept() -> None:
    source = ragged().newest(30)
    known = ~np.isnan(source.grid)
    assert known.sum(axis=1).tolist() == [30] * 4
    for series, end in enumerate(ENDS):
        np.testing.assert_array_equal(source.grid[series, known[series]], GRID[series, end - 29 : end + 1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.csv"], "there is no nowhere.csv"),
        (["--only", "nn5_daily"], r"there is no \S*nn5_daily.csv.gz: "),
        (["--only", "another"], "invalid choice"),
        (["--only", "nn5_daily", "some.csv"], "--only"),
        (["--recipes", "no_recipe"], "invalid choice"),
        (["--without", "nobody"], "invalid choice"),
        (["--origins", "0"], "0 is less than 1"),
    ],
)
def test_wrong_calls_are_refused(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    with pytest.raises(SystemExit, match="2"):
        sales.options(arguments)
    assert re.search(message, capsys.readouterr().err)


def test_only_names_which_of_the_usual_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    (tmp_path / "sales").mkdir()
    files = {name: tmp_path / "sales" / f"{usual.file}.csv.gz" for name, usual in USUAL.items()}
    for file in files.values():
        file.touch()
    assert sales.options([]).files == files
    names = ["nn5_daily", "tourism_monthly_short"]
    assert sales.options([part for name in names for part in ("--only", name)]).files == {
        name: files[name] for name in names
    }


def test_without_the_peers_environment_a_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sales_forecasts, "PEERS_PYTHON", tmp_path / "python")
    data_set = data_set_of(ragged())
    sales_forecasts.forecast_peers(data_set, [])
    assert "make bench-sales-peers" in capsys.readouterr().out
    assert not data_set.forecasts


@pytest.mark.parametrize(("chosen", "expected"), [([], {"peer_theta", "peer_tsb"}), (["--slow-peers"], {"peer_tsb"})])
def test_slow_peers_are_left_out_unless_asked_for(
    chosen: list[str], expected: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_out: list[set[str]] = []
    monkeypatch.setattr(sales_forecasts, "serve", naive)
    monkeypatch.setattr(sales, "forecast_peers", lambda data_set, without: left_out.append(without))
    monkeypatch.setitem(USUAL, "tiny", UsualSet("tiny", 7, 7, slow_peers=frozenset({"peer_theta"})))
    recipes = ["--origins", "1", "--recipes", "seasonal_naive"]
    sales.main([str(tiny(tmp_path / "tiny.csv")), *recipes, "--without", "peer_tsb", *chosen])
    assert left_out == [expected]


def test_peers_run_in_a_process_of_their_own(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sales_forecasts, "PEERS_PYTHON", Path(sys.executable))
    data_set = data_set_of(ragged())
    sales_forecasts.forecast_peers(data_set, set(sales_peers.PEERS) - {"peer_nhits"})
    assert "peer_nhits is left out: ModuleNotFoundError" in capfd.readouterr().out
    assert not data_set.forecasts
