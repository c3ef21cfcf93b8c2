"""Series that a plain season does not describe: new ones, jumps, seasonal articles, and the calendar of weeks."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pytest

from models.common.arrays import Floats
from models.common.recipe import Training
from models.sales.data.build import build_panel
from models.sales.data.calendar import Calendar
from models.sales.data.panel import SalesPanel
from models.sales.features.same_weeks import CHRISTMAS, in_season, same_week, season_anchor
from models.sales.features.seasonal_articles import around_sales, seasonal_articles
from models.sales.forecast import SalesForecast, forecast
from models.sales.recipes.model import BANDS, forecast_of
from models.sales.recipes.registry import RECIPES
from models.sales.recipes.seasonal_naive import baseline_of
from models.sales.settings import SalesSettings
from nightcast.values import to_date
from tests.models.sales.reference import day, text
from tests.models.sales.shop import panel_of

WEEKLY, DAILY, MONTHLY = Calendar("W-MON"), Calendar("D"), Calendar("MS")


def panel_between(calendar: Calendar, first: str, as_of: str, *sales: Any, **settings: Any) -> SalesPanel:
    """A panel of series, each a function of its periods' first dates that gives None where there is no row."""
    start, end = int(calendar.ordinal(day(first))), int(calendar.ordinal(day(as_of)))
    ordinals = np.arange(start, end)
    dates = [to_date(int(number)) for number in calendar.first_day(ordinals)]
    cells = [
        (number, int(calendar.label(ordinal)), value)
        for number, one in enumerate(sales)
        for ordinal, date in zip(ordinals, dates, strict=True)
        if (value := one(date)) is not None
    ]
    series, days, values = (list(column) for column in zip(*cells, strict=True))
    options = SalesSettings(**settings)
    frequency = calendar.frequency
    panel = build_panel(series, days, values, len(sales), day(as_of), frequency=frequency, settings=options)
    return panel.without_outliers()


def served(panel: SalesPanel) -> SalesForecast:
    return forecast(baseline_of(panel), panel)


def by_date(panel: SalesPanel, series: int = 0) -> dict[str, float]:
    """The means of a series by the first day of each period."""
    days = panel.calendar.first_day(panel.end + np.arange(panel.lengths.horizon))
    return dict(zip(map(text, days.tolist()), served(panel).mean[series].tolist(), strict=True))


def always(date: datetime.date) -> float:
    return 50.0


def on_working_days(since: str, closed: tuple[int, ...] = (5, 6), value: float = 100.0) -> Any:
    first = datetime.date.fromisoformat(since)
    return lambda date: value if date >= first and date.weekday() not in closed else None


@pytest.mark.parametrize("closed", [(5, 6), (6,), (0, 1, 2)])
@pytest.mark.parametrize("since", ["2026-10-16", "2026-10-15", "2026-10-10", "2026-09-30"])
def test_closed_days_count_nowhere_in_a_series_that_has_just_begun(since: str, closed: tuple[int, ...]) -> None:
    new = on_working_days(since, closed)
    panel = panel_between(DAILY, "2026-01-05", "2026-10-20", on_working_days("2026-01-05", closed, 40.0), new)
    for date, mean in by_date(panel, 1).items():
        expected = 0.0 if datetime.date.fromisoformat(date).weekday() in closed else 100.0
        assert mean == pytest.approx(expected), date


def test_bands_are_those_of_open_days() -> None:
    generator = np.random.default_rng(1)
    values = generator.normal(100, 10, (40, 140))
    values[:, np.arange(140) % 7 > 3] = math.nan
    panel = panel_of(values[:, :-7], missing="auto")
    quantiles = served(panel).quantiles
    actual = values[:, -7:]
    for low, high in BANDS[:2]:
        inside = (actual >= quantiles[:, :, low]) & (actual <= quantiles[:, :, high])
        share = np.mean(inside[~np.isnan(actual)])
        assert share == pytest.approx({0: 0.95, 1: 0.8}[low], abs=0.06)


@pytest.mark.parametrize("days", [7, 14, 36])
def test_a_jump_that_stays_is_a_new_level(days: int) -> None:
    values = np.concatenate([np.random.default_rng(2).integers(2, 5, 716), np.full(days, 600.0)])
    panel = panel_of(values[None], settings=SalesSettings(horizon=7)).without_outliers()
    mean = served(panel).mean[0]
    assert np.count_nonzero(mean == 600) == min(days, 7)


def in_season_of(first: tuple[int, int], last: tuple[int, int], value: float, years: range, rows: bool = False) -> Any:
    """Sales between two dates of the year, and rows of zeros or no rows outside of them."""

    def sold(date: datetime.date) -> float | None:
        inside = first <= (date.month, date.day) <= last and date.year in years
        return value if inside else 0.0 if rows else None

    return sold


@pytest.mark.parametrize("rows", [False, True])
def test_a_christmas_article_in_weekly_sales_has_its_season(rows: bool) -> None:
    article = in_season_of((11, 8), (12, 25), 1000.0, range(2022, 2026), rows)
    panel = panel_between(WEEKLY, "2022-01-03", "2026-11-10", article, always)
    result, means = served(panel), by_date(panel)
    assert result.status[0] == "forecast"
    season = [date for date, mean in means.items() if mean == pytest.approx(1000)]
    assert season == [str(datetime.date(2026, 11, 9) + datetime.timedelta(7 * week)) for week in range(7)]
    assert all(mean == 0 for date, mean in means.items() if date not in season)
    assert (result.quantiles[0, 9:] == 0).all()


@pytest.mark.parametrize("as_of", ["2026-09-20", "2026-11-05", "2026-11-20", "2026-12-10", "2026-12-30"])
def test_a_christmas_article_in_daily_sales_has_its_season(as_of: str) -> None:
    article = in_season_of((11, 8), (12, 24), 1000.0, range(2022, 2027))
    panel = panel_between(DAILY, "2022-01-03", as_of, article, always, horizon=56)
    assert served(panel).status.tolist() == ["forecast"] * 2
    for date, mean in by_date(panel).items():
        month_day = datetime.date.fromisoformat(date).timetuple()[1:3]
        if not any(abs((datetime.date(2026, *edge) - datetime.date.fromisoformat(date)).days) < 3 for edge in EDGES):
            assert mean == pytest.approx(1000.0 if (11, 8) <= month_day <= (12, 24) else 0.0), date


EDGES = ((11, 8), (12, 24))


@pytest.mark.parametrize("dead_after", ["auto", 4])
def test_a_christmas_article_in_monthly_sales_has_its_season(dead_after: Any) -> None:
    article = in_season_of((11, 1), (12, 31), 1000.0, range(2021, 2026))
    panel = panel_between(MONTHLY, "2021-01-01", "2026-10-05", article, always, dead_after=dead_after)
    assert served(panel).status[0] == "forecast"
    assert {date for date, mean in by_date(panel).items() if mean > 0} == {"2026-11-01", "2026-12-01"}


@pytest.mark.parametrize(("calendar", "as_of"), [(WEEKLY, "2026-03-10"), (DAILY, "2026-03-10"), (WEEKLY, "2026-05-18")])
def test_an_ice_cream_that_ended_in_august_is_alive(calendar: Calendar, as_of: str) -> None:
    article = in_season_of((5, 10), (8, 31), 20.0, range(2022, 2026))
    panel = panel_between(calendar, "2022-01-03", as_of, article, always)
    assert served(panel).status[0] == "forecast"
    assert seasonal_articles(panel).tolist() == [True, False]


@pytest.mark.parametrize(
    ("article", "as_of"),
    [
        (in_season_of((11, 8), (12, 25), 1000.0, range(2022, 2025)), "2026-03-10"),  # missed the last season
        (in_season_of((11, 8), (12, 25), 1000.0, range(2022, 2025)), "2025-12-20"),  # misses it now
        (in_season_of((1, 1), (12, 31), 1000.0, range(2022, 2026)), "2026-07-20"),  # sold all year until 2025
        (in_season_of((11, 8), (12, 25), 1000.0, range(2025, 2026)), "2026-11-10"),  # sold in one season only
    ],
)
def test_what_is_not_repeated_is_dead(article: Any, as_of: str) -> None:
    panel = panel_between(WEEKLY, "2022-01-03", as_of, article, always)
    result = served(panel)
    assert result.model.tolist() == ["dead", "seasonal_naive"]
    assert (result.mean[0] == 0).all()


def test_series_that_sell_now_and_then_are_no_seasonal_articles() -> None:
    generator = np.random.default_rng(5)
    calendar, count = WEEKLY, 400
    rate = generator.uniform(0.02, 0.5, (count, 1))
    values = np.where(generator.random((count, 200)) < rate, 3.0, 0.0)
    values[:, 0] = 1.0
    series, column = (index.ravel() for index in np.indices(values.shape))
    first = int(calendar.ordinal(day("2022-01-03")))
    as_of = int(calendar.first_day(first + 200))
    panel = build_panel(series, calendar.label(first + column), values.ravel(), count, as_of, settings=SalesSettings())
    assert np.mean(seasonal_articles(panel)) < 0.02


def test_recipes_leave_seasonal_articles_to_the_value_of_a_year_ago() -> None:
    article = in_season_of((11, 8), (12, 25), 1000.0, range(2022, 2026))
    panel = panel_between(WEEKLY, "2022-01-03", "2026-11-10", article, article, article)
    for recipe in ("croston", "tsb", "smoothing", "effects", "combination", "count"):
        own = RECIPES[recipe].fit(panel, Training(SalesSettings(), 1)).forecast(panel)
        assert own.covered.tolist() == [False, False, False]
        np.testing.assert_array_equal(own.mean[0], baseline_of(panel).forecast(panel).mean[0])


def test_the_times_around_sales() -> None:
    values = np.array([[0.0, 0, 5, 0, 0, math.nan, 0, 0, 0, -1]])
    assert around_sales(values, 1)[0].tolist() == [False, True, True, True, *[False] * 4, True, True]
    assert around_sales(values, 0)[0].tolist() == [False, False, True, *[False] * 6, True]


def christmas_peak(anchor: int, peak: float = 5.0) -> Any:
    """Sales of 100, and more in the week from a Monday on that holds this day of December."""
    week = datetime.timedelta(7)

    def sold(date: datetime.date) -> float:
        return 100.0 * peak if date <= datetime.date(date.year, 12, anchor) < date + week else 100.0

    return sold


def peak_of(panel: SalesPanel) -> str:
    means = by_date(panel)
    return max(means, key=means.__getitem__)


@pytest.mark.parametrize(
    ("first", "as_of", "peak"),
    [
        ("2018-01-01", "2023-11-20", "2023-12-25"),
        ("2021-01-04", "2023-11-20", "2023-12-25"),
        ("2018-01-01", "2022-11-21", "2022-12-19"),
        ("2018-01-01", "2024-11-18", "2024-12-23"),
        ("2024-01-01", "2028-11-20", "2028-12-25"),
        ("2026-01-05", "2028-11-20", "2028-12-25"),
    ],
)
def test_the_peak_of_christmas_stays_in_its_week(first: str, as_of: str, peak: str) -> None:
    panel = panel_between(WEEKLY, first, as_of, *[christmas_peak(25)] * 3)
    assert peak_of(panel) == peak
    assert sum(mean > 150 for mean in by_date(panel).values()) == 1


@pytest.mark.parametrize("recipe", ["smoothing", "effects", "combination", "auto_ets"])
def test_every_recipe_with_a_season_keeps_the_peak_in_its_week(recipe: str) -> None:
    panel = panel_between(WEEKLY, "2018-01-01", "2023-11-20", *[christmas_peak(25)] * 3)
    mean = forecast_of(RECIPES[recipe].fit(panel, Training(SalesSettings(), 1)), panel).mean
    assert (mean.argmax(axis=1) == 5).all()
    np.testing.assert_allclose(mean[:, 4:7], [[100.0, 500.0, 100.0]] * 3, rtol=0.15)


@pytest.mark.parametrize("anchor", [22, 23, 24, 25, 26])
@pytest.mark.parametrize("as_of", ["2022-11-21", "2023-11-20", "2024-11-18", "2025-11-17"])
def test_the_day_that_a_peak_goes_by_is_learned_from_the_past(anchor: int, as_of: str) -> None:
    """Over ten years, each of these days has had its turn of 53 weeks."""
    sold = christmas_peak(anchor)
    panel = panel_between(WEEKLY, "2012-01-02", as_of, *[sold] * 3)
    expected = [date for date in by_date(panel) if sold(datetime.date.fromisoformat(date)) > 100]
    assert [peak_of(panel)] == expected
    assert season_anchor(panel.before(panel.first_ordinal + 40)) == CHRISTMAS


def test_the_same_week_a_year_before_holds_the_same_date() -> None:
    ordinals = np.arange(int(WEEKLY.ordinal(day("2000-01-01"))), int(WEEKLY.ordinal(day("2040-01-01"))))
    for years in (1, 2, 5, 11):
        before = same_week(ordinals, np.full(len(ordinals), years), WEEKLY, CHRISTMAS)
        back = WEEKLY.first_day(ordinals) - WEEKLY.first_day(before)
        assert (np.abs(back - 365.2425 * years) < 7).all()
        for ordinal, other in zip(ordinals, before, strict=True):
            start = to_date(int(WEEKLY.first_day(ordinal)))
            if start <= datetime.date(start.year, 12, 25) < start + datetime.timedelta(7):
                then = to_date(int(WEEKLY.first_day(other)))
                assert then <= datetime.date(start.year - years, 12, 25) < then + datetime.timedelta(7)


@pytest.mark.parametrize("frequency", ["W-MON", "W-SUN", "W-WED"])
def test_histories_in_season_are_themselves_where_no_year_has_53_weeks(frequency: str) -> None:
    calendar = Calendar(frequency)
    first = int(calendar.ordinal(day("2022-05-02")))
    history = np.arange(150.0)[None]
    np.testing.assert_array_equal(
        in_season(history, np.array([first]), calendar, 52, CHRISTMAS)[:, -52:], history[:, -52:]
    )
    np.testing.assert_array_equal(in_season(history, np.array([first]), DAILY, 7, CHRISTMAS), history)


def test_several_origins_are_put_in_season_like_each_alone() -> None:
    generator = np.random.default_rng(0)
    history: Floats = generator.random((4, 120))
    first = int(WEEKLY.ordinal(day("2023-09-04"))) + np.array([0, 11, 5, 0])
    together = in_season(history, first, WEEKLY, 52, CHRISTMAS)
    for place in range(4):
        alone = in_season(history[place : place + 1], first[place : place + 1], WEEKLY, 52, CHRISTMAS)
        np.testing.assert_array_equal(together[place], alone[0])
