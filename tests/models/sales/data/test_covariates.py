"""Covariates against a dictionary: which value each series has in each period, scaled, and known ahead or not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.sales.data.build import build_panel
from models.sales.data.calendar import weekday
from models.sales.data.covariate_rows import build_covariates, holiday_covariates
from models.sales.data.covariates import Covariates
from models.sales.data.holidays import holiday_columns, holiday_share
from models.sales.data.panel import SalesPanel
from models.sales.settings import SalesSettings
from nightcast.errors import SettingsError
from tests.models.sales.reference import day

START = day("2024-01-01")  # a Monday
SERIES = 3
HORIZON = 2
PERIODS = 5
NAMES = ("promotion", "price", "event")
LABELS = {
    "D": [START + place for place in range(PERIODS)],
    "B": [START + place for place in range(PERIODS)],
    "W-MON": [START + 7 * place for place in range(PERIODS)],
    "W-SUN": [START + 7 * place + 6 for place in range(PERIODS)],
    "MS": [day(f"2024-{month:02}-01") for month in range(1, PERIODS + 1)],
}
AS_OF = {"D": START + 5, "B": START + 7, "W-MON": START + 35, "W-SUN": START + 37, "MS": day("2024-06-11")}

Row = tuple[int, int, int, float]  # series, day, name, value


def panel_of(frequency: str) -> SalesPanel:
    labels = LABELS[frequency]
    lengths = SalesSettings(horizon=HORIZON)
    codes = np.repeat(np.arange(SERIES), PERIODS)
    panel = build_panel(
        codes, labels * SERIES, np.ones(len(codes)), SERIES, AS_OF[frequency], frequency=frequency, settings=lengths
    )
    assert panel.length == PERIODS
    return panel


def build(rows: list[Row], panel: SalesPanel, names: tuple[str, ...] = NAMES, **options: Any) -> Covariates:
    codes, days, kinds, values = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    return build_covariates(codes, days, kinds, values, names, panel.grid, **options)


def raw(covariates: Covariates, name: str) -> list[list[float]]:
    """Each series' values, brought back to what the rows held."""
    place = covariates.names.index(name)
    series, column = np.arange(len(covariates.own)), np.zeros(len(covariates.own), np.int64)
    window = covariates.window(series, column, 0, covariates.length)[:, :, place].astype(np.float64)
    values: list[list[float]] = (window * covariates.spread[place] + covariates.centre[place]).tolist()
    return values


def period_days(panel: SalesPanel, column: int) -> list[int]:
    ordinal = panel.first_ordinal + column
    return list(range(int(panel.calendar.first_day(ordinal)), int(panel.calendar.last_day(ordinal)) + 1))


def reference(rows: list[Row], panel: SalesPanel, kind: int) -> tuple[dict[tuple[int, int], float], bool, bool]:
    """The value of each cell (NaN unknown), whether the covariate is known ahead, and whether it is own."""
    mine = {(code, number): value for code, number, name, value in rows if name == kind}
    if panel.calendar.frequency == "B":
        mine = {key: value for key, value in mine.items() if int(weekday(key[1])) < 5}
    known = [value for value in mine.values() if not math.isnan(value)]
    binary = bool(known) and set(known) <= {0.0, 1.0}
    places = [(code, int(panel.calendar.ordinal(number)) - panel.first_ordinal) for code, number in mine]
    is_daily = len(set(places)) < len(places)
    width = PERIODS + HORIZON
    cells: dict[tuple[int, int], float] = {}
    for code, column in {place for place in places if place[1] >= 0}:
        days = period_days(panel, column)
        values = [mine[code, number] for number in days if (code, number) in mine]
        usable = [value for value in values if not math.isnan(value)]
        size = len(days) - (len(values) - len(usable)) if binary and is_daily else len(usable)
        cells[code, column] = sum(usable) / size if size else math.nan
    after = [column for (_, column), value in cells.items() if column >= PERIODS and not math.isnan(value)]
    absent = 0.0 if binary else math.nan
    result = {
        (code, column): cells.get((code, column), cells.get((-1, column), absent))
        for code in range(SERIES)
        for column in range(width)
    }
    ahead = bool(after) and (binary or min(after) < width)
    return result, ahead, any(code >= 0 and column < width for code, column in cells)


VALUES = st.one_of(st.sampled_from([0.0, 1.0, math.nan]), st.sampled_from([0.0, 1.0, 2.5, -3.0, math.nan]))


@st.composite
def sources(draw: st.DrawFn) -> tuple[str, list[Row]]:
    frequency = draw(st.sampled_from(sorted(LABELS)))
    first, last = LABELS[frequency][0], AS_OF[frequency]
    step = draw(st.sampled_from([1, 3, 9]))
    days = st.integers(0, (last + 70 - first) // step).map(lambda place: first - 10 + place * step)
    numbers = draw(st.sampled_from([st.sampled_from([0.0, 1.0, math.nan]), VALUES]))
    row = st.tuples(st.integers(-1, SERIES - 1), days, st.integers(0, 2), numbers)
    return frequency, draw(st.lists(row, max_size=80))


@settings(deadline=None)
@given(sources())
def test_values_agree_with_a_dictionary(source: tuple[str, list[Row]]) -> None:
    frequency, rows = source
    panel = panel_of(frequency)
    covariates = build(rows, panel)
    unknown: list[str] = []
    shared: list[str] = []
    own: list[str] = []
    for kind, name in enumerate(NAMES):
        cells, ahead, is_own = reference(rows, panel, kind)
        past = [value for (_, column), value in cells.items() if column < PERIODS and not math.isnan(value)]
        if not ahead:
            unknown.append(name)
        elif len(set(past)) > 1:
            (own if is_own else shared).append(name)
            place = covariates.names.index(name)
            assert covariates.centre[place] == pytest.approx(np.mean(past))
            assert covariates.spread[place] == pytest.approx(np.std(past))
            for series, line in enumerate(raw(covariates, name)):
                for column, value in enumerate(line):
                    expected = cells[series, column]
                    expected = covariates.centre[place] if math.isnan(expected) else expected
                    assert value == pytest.approx(expected, abs=1e-5)
    assert covariates.names == (*shared, *own)
    assert covariates.unknown_ahead == tuple(unknown)
    assert covariates.shared.shape == (PERIODS + HORIZON, len(shared))
    assert covariates.own.shape == (SERIES, PERIODS + HORIZON, len(own))
    weekends = sum(int(weekday(number)) > 4 for _, number, _, _ in rows) if frequency == "B" else 0
    assert covariates.off_calendar == weekends


@settings(deadline=None)
@given(sources(), st.randoms(use_true_random=False))
def test_the_order_of_distinct_rows_does_not_matter(source: tuple[str, list[Row]], random: Any) -> None:
    frequency, rows = source
    panel = panel_of(frequency)
    distinct = list({row[:3]: row for row in rows}.values())
    covariates = build(distinct, panel)
    random.shuffle(distinct)
    again = build(distinct, panel)
    assert again.names == covariates.names
    np.testing.assert_allclose(again.shared, covariates.shared, atol=1e-6)
    np.testing.assert_allclose(again.own, covariates.own, atol=1e-6)


def test_the_last_of_several_rows_holds() -> None:
    panel = panel_of("D")
    rows = [(-1, START, 0, 4.0), (-1, START + 1, 0, 2.0), (-1, START, 0, 8.0), (-1, START + 5, 0, 6.0)]
    covariates = build(rows, panel, ("price",))
    assert raw(covariates, "price")[0] == pytest.approx([8, 2, 5, 5, 5, 6, 5])


def test_an_absent_promotion_is_none_and_an_absent_price_is_unknown() -> None:
    panel = panel_of("D")
    promotion = [(-1, START + 1, 0, 1.0), (-1, START + 2, 0, math.nan), (-1, START + 5, 0, 1.0)]
    price = [(-1, START, 1, 2.0), (-1, START + 1, 1, 4.0), (-1, START + 6, 1, 4.0)]
    covariates = build(promotion + price, panel)
    assert covariates.names == ("promotion", "price")
    assert covariates.unknown_ahead == ("event",)
    assert covariates.shared[2, 0] == 0  # unknown, which is neither a promotion nor none
    assert raw(covariates, "promotion")[0] == pytest.approx([0, 1, 0.25, 0, 0, 1, 0], abs=1e-6)
    assert raw(covariates, "price")[0] == pytest.approx([2, 4, 3, 3, 3, 3, 4])


def test_a_series_of_its_own_goes_before_every_series() -> None:
    panel = panel_of("D")
    rows = [
        (-1, START, 0, 1.0),
        (0, START, 0, 0.0),
        (1, START + 6, 0, 1.0),
        (-1, START + 5, 1, 0.0),
        (-1, START, 1, 1.0),
    ]
    covariates = build(rows, panel, ("promotion", "event"))
    assert covariates.names == ("event", "promotion")  # the shared ones first
    assert raw(covariates, "promotion") == [
        pytest.approx([0, 0, 0, 0, 0, 0, 0], abs=1e-6),
        pytest.approx([1, 0, 0, 0, 0, 0, 1], abs=1e-6),
        pytest.approx([1, 0, 0, 0, 0, 0, 0], abs=1e-6),
    ]
    assert raw(covariates, "event")[2] == pytest.approx([1, 0, 0, 0, 0, 0, 0], abs=1e-6)


def test_days_are_averaged_over_weeks_and_single_rows_stay() -> None:
    panel = panel_of("W-SUN")
    two_days = [(-1, START, 0, 1.0), (-1, START + 1, 0, 1.0), (-1, START + 35, 0, 1.0)]
    prices = [(-1, START + 2, 1, 2.0), (-1, START + 3, 1, 4.0), (-1, START + 14, 1, 9.0), (-1, START + 40, 1, 9.0)]
    weekly = [(-1, START, 2, 1.0), (-1, START + 35, 2, 1.0)]
    covariates = build(two_days + prices + weekly, panel)
    assert raw(covariates, "promotion")[0] == pytest.approx([2 / 7, 0, 0, 0, 0, 1 / 7, 0], abs=1e-6)
    assert raw(covariates, "price")[0] == pytest.approx([3, 6, 9, 6, 6, 9, 6])
    assert raw(covariates, "event")[0] == pytest.approx([1, 0, 0, 0, 0, 1, 0], abs=1e-6)


def test_what_never_changed_before_the_as_of_is_left_out() -> None:
    panel = panel_of("W-MON")
    rows = [(-1, number, 0, 0.1) for number in range(START, START + 49)]
    rows += [(-1, START + 36, 1, 5.0)]
    rows += [(-1, number, 2, float(number == START + 36)) for number in range(START, START + 49)]
    covariates = build(rows, panel)
    assert covariates.names == ()
    assert covariates.unknown_ahead == ()
    assert covariates.window(np.array([0]), np.array([5]), 3, 2).shape == (1, 5, 0)


@pytest.mark.parametrize("size", [1e15, 1e-12])
def test_values_of_any_size_are_scaled(size: float) -> None:
    panel = panel_of("D")
    rows = [(series, START + place, 0, size * (-1.0) ** place) for series in range(SERIES) for place in range(6)]
    covariates = build([*rows, (0, START + 6, 0, 1e3 * size)], panel, ("price",))
    past = covariates.own[:, :PERIODS, 0].astype(np.float64)
    assert past.mean() == pytest.approx(0, abs=1e-6)
    assert past.std() == pytest.approx(1)
    assert covariates.own[0, 6, 0] == 100.0  # cut


def test_the_scale_is_of_what_lies_before_the_as_of() -> None:
    panel = panel_of("D")
    rows = [(-1, START + place, 0, float(place % 3)) for place in range(7)]
    other = [*rows[:5], (-1, START + 5, 0, 70.0), (-1, START + 6, 0, -5.0)]
    first, second = build(rows, panel, ("price",)), build(other, panel, ("price",))
    assert first.shared[:PERIODS].tolist() == second.shared[:PERIODS].tolist()
    assert first.centre == second.centre
    assert raw(second, "price")[0][5:] == pytest.approx([70, -5], rel=1e-5)


@pytest.mark.parametrize(("frequency", "offset", "known"), [("D", 4, False), ("D", 5, True), ("W-MON", 34, False)])
def test_known_ahead_begins_after_the_last_known_period(frequency: str, offset: int, known: bool) -> None:
    rows = [(-1, START, 0, 1.0), (-1, START + 1, 0, 3.0), (-1, START + 7 * 2, 0, 9.0), (-1, START + offset, 0, 2.0)]
    rows = [row for row in rows if row[1] <= START + offset]
    covariates = build(rows, panel_of(frequency), ("price",))
    assert covariates.unknown_ahead == (() if known else ("price",))


def test_an_unknown_value_ahead_is_not_known_ahead() -> None:
    rows = [(-1, START, 0, 1.0), (-1, START + 1, 0, 3.0), (-1, START + 5, 0, math.nan)]
    assert build(rows, panel_of("D"), ("price",)).unknown_ahead == ("price",)


def test_a_promotion_beyond_the_horizon_says_that_none_is_before() -> None:
    far = START + 5 + HORIZON + 100
    covariates = build([(0, START, 0, 1.0), (0, far, 0, 1.0), (0, START, 1, 2.5), (0, far, 1, 2.0)], panel_of("D"))
    assert raw(covariates, "promotion")[0] == pytest.approx([1, 0, 0, 0, 0, 0, 0], abs=1e-6)
    assert covariates.unknown_ahead == ("price", "event")


@settings(deadline=None)
@given(st.integers(-3, 12), st.integers(0, 4), st.integers(0, 4), st.integers(0, SERIES - 1))
def test_windows_agree_with_slices_and_are_zero_outside(origin: int, back: int, ahead: int, series: int) -> None:
    panel = panel_of("D")
    generator = np.random.default_rng(0)
    rows = [(code, START + place, 0, generator.normal()) for code in range(SERIES) for place in range(7)]
    rows += [(-1, START + place, 1, generator.normal()) for place in range(7)]
    covariates = build(rows, panel, ("price", "event"), country="GB")
    window = covariates.window(np.array([series, 0]), np.array([origin, 0]), back, ahead)
    assert window.shape == (2, back + ahead, 7)
    assert window.dtype == np.float32
    for place in range(back + ahead):
        column = origin - back + place
        inside = 0 <= column < 7
        expected = [*covariates.shared[column], *covariates.own[series, column]] if inside else [0.0] * 7
        assert window[0, place].tolist() == expected


def test_before_belongs_to_the_shorter_panel() -> None:
    panel = panel_of("D")
    rows = [(code, START + place, code % 2, float(place * code)) for code in range(SERIES) for place in range(7)]
    covariates = build(rows, panel, ("price", "event"), country="GB")
    for ordinal in (START - 4, START, START + 3, START + 5, START + 9):
        shorter, cut = panel.before(ordinal), covariates.before(ordinal)
        assert cut.length == shorter.length + HORIZON
        assert cut.shared.tolist() == covariates.shared[: cut.length].tolist()
        assert cut.own.tolist() == covariates.own[:, : cut.length].tolist()
        assert np.shares_memory(cut.own, covariates.own)
        assert cut.names == covariates.names


@pytest.mark.parametrize("frequency", ["D", "B", "W-SUN", "MS"])
def test_public_holidays_come_after_the_shared_covariates_unscaled(frequency: str) -> None:
    panel = panel_of(frequency)
    ahead = int(panel.step_days[0])
    rows = [
        (-1, LABELS[frequency][0], 0, 1.0),
        (-1, ahead, 0, 1.0),
        (1, LABELS[frequency][1], 1, 1.0),
        (1, ahead, 1, 1.0),
    ]
    covariates = build(rows, panel, ("promotion", "event"), country="GB-ENG")
    ordinals = panel.first_ordinal + np.arange(covariates.length)
    first, last = panel.calendar.first_day(ordinals), panel.calendar.last_day(ordinals)
    is_daily = frequency in "DB"
    expected = holiday_columns(first, "GB-ENG") if is_daily else holiday_share(first, last, "GB-ENG")[:, None]
    count = expected.shape[1]
    assert expected.any()  # New Year's Day
    assert covariates.shared[:, 1:].tolist() == expected.tolist()
    assert (covariates.names[0], covariates.names[-1]) == ("promotion", "event")
    assert len(set(covariates.names)) == 2 + count
    assert covariates.centre[1:-1].tolist() == [0.0] * count
    assert covariates.spread[1:-1].tolist() == [1.0] * count
    alone = holiday_covariates(panel.grid, "GB-ENG")
    assert alone.shared.tolist() == expected.tolist()
    assert alone.names == covariates.names[1:-1]
    assert alone.own.shape == (SERIES, covariates.length, 0)


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(SettingsError, match="XX"):
        holiday_covariates(panel_of("D").grid, "XX")


def test_a_panel_without_known_periods_has_holidays_alone() -> None:
    panel = panel_of("D").before(START)
    covariates = build([(0, START, 0, 1.0), (1, START + 1, 0, 0.0)], panel, ("promotion",), country="GB")
    assert covariates.names == holiday_covariates(panel.grid, "GB").names
    assert covariates.shared.shape == (HORIZON, 5)
    assert covariates.unknown_ahead == ()
