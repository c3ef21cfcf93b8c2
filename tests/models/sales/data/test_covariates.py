"""Covariates against a dictionary: which value each series has in each period, and how far ahead it is known."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.common.holidays import holiday_columns, holiday_share
from models.sales.data.build import build_panel
from models.sales.data.calendar import weekday
from models.sales.data.covariate_rows import build_covariates, holiday_covariates
from models.sales.data.covariates import Covariates
from models.sales.data.panel import SalesPanel
from models.sales.settings import SalesSettings
from nightcast.errors import SettingsError
from tests.models.sales.reference import day

NAN = math.nan
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
    """Each series' values, as tonight knows them."""
    series = np.arange(len(covariates.own))
    back = covariates.length - HORIZON
    window = covariates.window(series, np.full(len(series), back), back, HORIZON)
    values: list[list[float]] = window[:, :, covariates.names.index(name)].tolist()
    return values


def line(*values: float) -> Any:
    """These values; NaN equals NaN."""
    return pytest.approx(list(values), abs=1e-6, nan_ok=True)


def period_days(panel: SalesPanel, column: int) -> list[int]:
    ordinal = panel.first_ordinal + column
    return list(range(int(panel.calendar.first_day(ordinal)), int(panel.calendar.last_day(ordinal)) + 1))


def reference(rows: list[Row], panel: SalesPanel, kind: int) -> tuple[dict[tuple[int, int], float], list[int], bool]:
    """The value of each cell (NaN unknown), each series' reach, and whether the covariate is own."""
    mine: dict[tuple[int, int], float] = {}
    for code, number, name, value in rows:
        if name == kind:  # the greatest known value of a day
            mine[code, number] = float(np.fmax(mine.get((code, number), math.nan), value))
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
    last = max((column for (_, column), value in cells.items() if not math.isnan(value)), default=-1)
    planned = min(max(last + 1 - PERIODS, 0), HORIZON)
    absent = {column: 0.0 if binary and column < PERIODS + planned else math.nan for column in range(width)}
    result = {
        (code, column): cells.get((code, column), cells.get((-1, column), absent[column]))
        for code in range(SERIES)
        for column in range(width)
    }
    ends = [
        max((column for column in range(width) if not math.isnan(result[code, column])), default=-1)
        for code in range(SERIES)
    ]
    reach = [planned if binary else max(end + 1 - PERIODS, 0) for end in ends]
    return result, reach, any(code >= 0 and column < width for code, column in cells)


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
@example(("W-MON", [(0, 19713, 1, 2.5), (0, 19758, 1, NAN), (-1, 19758, 1, 0.0)]))
def test_values_agree_with_a_dictionary(source: tuple[str, list[Row]]) -> None:
    frequency, rows = source
    panel = panel_of(frequency)
    covariates = build(rows, panel)
    unknown: list[str] = []
    shared: list[str] = []
    own: list[str] = []
    for kind, name in enumerate(NAMES):
        cells, reach, is_own = reference(rows, panel, kind)
        (own if is_own else shared).append(name)
        if not any(reach):
            unknown.append(name)
        place = covariates.names.index(name)
        assert covariates.reach(np.arange(SERIES))[:, place].tolist() == reach
        expected = [[cells[series, column] for column in range(PERIODS + HORIZON)] for series in range(SERIES)]
        np.testing.assert_allclose(raw(covariates, name), expected, rtol=1e-6)
    assert covariates.names == (*shared, *own)
    assert sorted(covariates.unknown_ahead) == sorted(unknown)
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
    np.testing.assert_allclose(again.shared, covariates.shared, rtol=1e-6)
    np.testing.assert_allclose(again.own, covariates.own, rtol=1e-6)


def test_the_last_of_several_rows_holds() -> None:
    panel = panel_of("D")
    rows = [(-1, START, 0, 4.0), (-1, START + 1, 0, 2.0), (-1, START, 0, 8.0), (-1, START + 5, 0, 6.0)]
    covariates = build(rows, panel, ("price",))
    assert raw(covariates, "price")[0] == line(8, 2, NAN, NAN, NAN, 6, NAN)


def test_an_absent_promotion_is_none_and_an_absent_price_is_unknown() -> None:
    panel = panel_of("D")
    promotion = [(-1, START + 1, 0, 1.0), (-1, START + 2, 0, math.nan), (-1, START + 5, 0, 1.0)]
    price = [(-1, START, 1, 2.0), (-1, START + 1, 1, 4.0), (-1, START + 6, 1, 4.0)]
    covariates = build(promotion + price, panel)
    assert covariates.unknown_ahead == ("event",)
    assert raw(covariates, "promotion")[0] == line(0, 1, NAN, 0, 0, 1, NAN)
    assert raw(covariates, "price")[0] == line(2, 4, NAN, NAN, NAN, NAN, 4)
    assert covariates.shared_reach.tolist() == [1, 2, 0]


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
        line(0, 0, 0, 0, 0, 0, 0),
        line(1, 0, 0, 0, 0, 0, 1),
        line(1, 0, 0, 0, 0, 0, 0),
    ]
    assert raw(covariates, "event")[2] == line(1, 0, 0, 0, 0, 0, NAN)


def test_days_are_averaged_over_weeks_and_single_rows_stay() -> None:
    panel = panel_of("W-SUN")
    two_days = [(-1, START, 0, 1.0), (-1, START + 1, 0, 1.0), (-1, START + 35, 0, 1.0)]
    prices = [(-1, START + 2, 1, 2.0), (-1, START + 3, 1, 4.0), (-1, START + 14, 1, 9.0), (-1, START + 40, 1, 9.0)]
    weekly = [(-1, START, 2, 1.0), (-1, START + 35, 2, 1.0)]
    covariates = build(two_days + prices + weekly, panel)
    assert raw(covariates, "promotion")[0] == line(2 / 7, 0, 0, 0, 0, 1 / 7, NAN)
    assert raw(covariates, "price")[0] == line(3, NAN, 9, NAN, NAN, 9, NAN)
    assert raw(covariates, "event")[0] == line(1, 0, 0, 0, 0, 1, NAN)


def test_each_series_knows_its_own_prices_so_far_ahead() -> None:
    panel = panel_of("D")
    rows = [(0, START + place, 0, 2.0) for place in range(7)]
    rows += [(1, START + place, 0, 3.0) for place in range(6)]
    rows += [(2, START + place, 0, 4.0) for place in range(5)]
    covariates = build(rows, panel, ("price",))
    assert covariates.own_reach.tolist() == [[2], [1], [0]]
    assert covariates.unknown_ahead == ()


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
    assert raw(covariates, "promotion")[0] == line(1, 0, 0, 0, 0, 0, 0)
    assert set(covariates.unknown_ahead) == {"price", "event"}


def test_the_names_do_not_depend_on_how_far_ahead_is_known() -> None:
    panel = panel_of("D")
    rows = [(code, START + place, 0, float(place % 2)) for code in range(SERIES) for place in range(7)]
    names = {build(rows[: len(rows) - late], panel, ("promotion",)).names for late in range(4)}
    assert names == {("promotion",)}


def test_a_past_origin_knows_no_farther_ahead_than_tonight() -> None:
    panel = panel_of("D")
    prices = [(code, START + place, 0, 10.0 * code + place) for code in range(SERIES) for place in range(5 + code % 2)]
    weather = [(-1, START + place, 1, float(place)) for place in range(5)]
    covariates = build(prices + weather, panel, ("price", "weather"), country="GB")
    assert panel.before(START + 3).covariates is None
    series, column = np.arange(SERIES), np.full(SERIES, 3)
    for known in (covariates, covariates.before(START + 3)):
        window = known.window(series, column, 2, HORIZON)
        price, event = window[:, :, known.names.index("price")], window[:, :, known.names.index("weather")]
        assert price.tolist() == [line(1, 2, NAN, NAN), line(11, 12, 13, NAN), line(21, 22, NAN, NAN)]
        assert event.tolist() == [line(1, 2, NAN, NAN)] * SERIES
        assert not np.isnan(window[:, :, known.names.index("holiday +0")]).any()
    drawn = covariates.window(series, column, 0, HORIZON, np.full((SERIES, len(covariates.names)), 2))
    assert drawn[1, :, covariates.names.index("price")].tolist() == [13, 14]


def test_a_night_of_a_past_as_of_knows_no_farther_ahead_than_one_of_today() -> None:
    """Its sales have gone on since, and with them promotions, a day ahead of the sales, and prices, not at all."""
    panel = panel_of("D")
    rows = [(-1, START + place, name, float(place)) for name, days in ((0, 9), (1, 8)) for place in range(days)]
    codes, days, kinds, values = (list(column) for column in zip(*rows, strict=True))
    today = build_covariates(codes, days, kinds, values, NAMES[:2], panel.grid)
    past = build_covariates(codes, days, kinds, values, NAMES[:2], replace(panel.grid, later=3))
    assert today.shared_reach.tolist() == [HORIZON, HORIZON]
    assert past.shared_reach.tolist() == [1, 0]
    assert past.unknown_ahead == ("price",)


@settings(deadline=None)
@given(st.integers(-3, 12), st.integers(0, 4), st.integers(0, 4), st.integers(0, SERIES - 1))
def test_windows_agree_with_slices_and_are_unknown_outside(origin: int, back: int, ahead: int, series: int) -> None:
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
        known = covariates.reach(np.array([series]))[0] > place - back
        values = [*covariates.shared[column], *covariates.own[series, column]] if inside else [math.nan] * 7
        expected = np.where(known, values, math.nan)
        np.testing.assert_array_equal(window[0, place], expected)


def test_before_belongs_to_the_shorter_panel() -> None:
    panel = panel_of("D")
    rows = [(code, START + place, code % 2, float(place * code)) for code in range(SERIES) for place in range(7)]
    covariates = build(rows, panel, ("price", "event"), country="GB")
    for ordinal in (START - 4, START, START + 3, START + 5, START + 9):
        shorter, cut = panel.before(ordinal), covariates.before(ordinal)
        assert cut.length == shorter.length + HORIZON
        np.testing.assert_array_equal(cut.shared, covariates.shared[: cut.length])
        np.testing.assert_array_equal(cut.own, covariates.own[:, : cut.length])
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
    assert covariates.holiday_names == covariates.names[1:-1]
    assert covariates.shared_reach[1:].tolist() == [HORIZON] * count
    alone = holiday_covariates(panel.grid, "GB-ENG")
    assert alone.shared.tolist() == expected.tolist()
    assert alone.names == covariates.names[1:-1]
    assert alone.own.shape == (SERIES, covariates.length, 0)


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(SettingsError, match="XX"):
        holiday_covariates(panel_of("D").grid, "XX")


def test_a_panel_without_known_periods_knows_what_is_ahead() -> None:
    panel = panel_of("D").before(START)
    covariates = build([(0, START, 0, 1.0), (1, START + 1, 0, 0.0)], panel, ("promotion",), country="GB")
    assert covariates.names == (*holiday_covariates(panel.grid, "GB").names, "promotion")
    assert covariates.shared.shape == (HORIZON, 5)
    assert covariates.unknown_ahead == ()
