"""Backtests: models see what was known at an as-of, and are measured on what came afterwards."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from models.sales.data.panel import SalesPanel
from models.sales.features.training_windows import NothingToLearnError
from models.sales.recipes.model import SalesModel, UntrainedRecipe
from models.sales.recipes.registry import RECIPES
from models.sales.recipes.seasonal_naive import SEASONAL_NAIVE
from models.sales.settings import SalesSettings
from nightcast.errors import InputError
from nightcast.values import Product, to_day
from sql.engine import Database
from sql.settings import SalesSource
from sql.tables import next_visit_stored
from tasks.products import PRODUCTS
from tasks.upkeep.backtest import SERVED, Backtest, Report, Score, means
from tests.stored_visits import by_bin
from tests.tasks.nights import CLOCK, baseline_of, fill_sales, fill_visits, night_of, prepared_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

THROUGH = datetime.date(2024, 5, 28)  # the settings give late rows three more days, through the eve of AS_OF
WEEK = SalesSettings(horizon=7)
NAIVE = "seasonal_naive"
COVARIATE_COLUMNS = ("series_id", "period", "name", "value")
BINS = (7, 14)


def back(days: int, last: datetime.date = THROUGH) -> datetime.date:
    return last - datetime.timedelta(days=days)


def reporting(name: str, on_fit: Callable[[SalesPanel], None]) -> UntrainedRecipe:
    """A recipe of sales by another name, which reports what it is fitted on."""

    def make(known: SalesPanel, seed: int) -> SalesModel:
        on_fit(known)
        return SEASONAL_NAIVE.make(known, seed)

    return UntrainedRecipe(name, make, SEASONAL_NAIVE.load)


@pytest.fixture(autouse=True)
def recipes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The recipes of sales that are fitted beside the baseline: no network."""
    chosen: list[str] = []
    monkeypatch.setattr("models.sales.recipes.registry.chosen_recipes", lambda *_: list(chosen))
    return chosen


@pytest.fixture
def add_recipe(recipes: list[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[UntrainedRecipe], None]:
    def add(recipe: UntrainedRecipe) -> None:
        monkeypatch.setitem(RECIPES, recipe.name, recipe)
        recipes.append(recipe.name)

    return add


def sales_of(days: int, seed: int = 1) -> dict[str, list[float]]:
    """Two series of values through `THROUGH`, the second shorter; too short for the gate to train anything."""
    random = np.random.default_rng(seed)
    return {"a": random.uniform(1, 9, days).round(2).tolist(), "b": random.uniform(50, 99, days - 5).round(2).tolist()}


def fill_series(database: Database, series: dict[str, list[float]]) -> None:
    rows = [
        (name, str(back(len(values) - 1 - place)), str(value))
        for name, values in series.items()
        for place, value in enumerate(values)
    ]
    fill_sales(database, *rows)


def sales_backtest(database: Database, **options: Any) -> Backtest[Any, Any]:
    options.setdefault("sales_settings", WEEK)
    return Backtest(night_of(database, Product.SALES, **options), PRODUCTS[Product.SALES])


def visit_backtest(database: Database, **options: Any) -> Backtest[Any, Any]:
    return Backtest(night_of(database, Product.NEXT_VISIT, **options), PRODUCTS[Product.NEXT_VISIT])


def ignore(_message: str) -> None:
    """Messages do not matter here."""


def measured(backtest: Backtest[Any, Any], as_of: datetime.date, report: Report = ignore) -> dict[str, Score]:
    """The scores of all customers or series by model."""
    return {score.model: score for score in backtest.scores(as_of, report) if score.segment == "all"}


def naive_reference(series: dict[str, list[float]], horizon: int = 7, season: int = 7) -> dict[str, float]:
    """The figures of seasonal naive's median at the last horizon, one number after the other."""
    errors, sales, scaled, relative = 0.0, 0.0, [], []
    for values in series.values():
        history, actual = values[:-horizon], values[-horizon:]
        mistakes = [abs(actual[step] - history[step - season]) for step in range(horizon)]
        past = [abs(history[at] - history[at - season]) for at in range(season, len(history))]
        errors, sales = errors + sum(mistakes), sales + sum(actual)
        scaled.append(sum(mistakes) / horizon / (sum(past) / len(past)))
        relative += [200 * mistakes[step] / (actual[step] + history[step - season]) for step in range(horizon)]
    return {"wape": errors / sales, "mase": sum(scaled) / 2, "smape": sum(relative) / len(relative), "series": 2.0}


def test_sales_are_measured_on_what_came(database: Database) -> None:
    series = sales_of(42)
    fill_series(database, series)
    backtest = sales_backtest(database)
    [as_of] = backtest.as_ofs([], 1)
    assert as_of == back(6)
    scores = measured(backtest, as_of)
    assert list(scores) == [SERVED, NAIVE]
    for score in scores.values():
        assert score.recipe == NAIVE
        assert {name: score.figures[name] for name in naive_reference(series)} == pytest.approx(naive_reference(series))
    assert scores[SERVED].figures == scores[NAIVE].figures


def visits_of(customers: int, seed: int = 3) -> list[tuple[str, datetime.date]]:
    random = np.random.default_rng(seed)
    return [
        (f"c{customer}", back(int(days)))
        for customer in range(customers)
        for days in random.choice(60, size=random.integers(1, 6), replace=False)
    ]


def life_table_reference(
    database: Database, visits: Sequence[tuple[str, datetime.date]], as_of: datetime.date
) -> tuple[float, int, float]:
    """Log loss, customers and returners, one customer after the other."""
    product, night = PRODUCTS[Product.NEXT_VISIT], night_of(database, Product.NEXT_VISIT, as_of=as_of)
    prepared = prepared_of(night)
    table = {
        key: chance
        for batch in product.batches(night, prepared, baseline_of(night, prepared))
        for into, rows in batch.rows
        if into is next_visit_stored
        for row in rows.to_pylist()
        for key, chance in by_bin(row).items()
    }
    losses, returners, known = [], 0, sorted({name for name, day in visits if day < as_of})
    for customer in known:
        ahead = [(day - as_of).days + 1 for name, day in visits if name == customer and day >= as_of]
        came = next((place for place, edge in enumerate(BINS) if ahead and min(ahead) <= edge), len(BINS))
        losses.append(-math.log(table[customer, came + 1]))
        returners += came < len(BINS)
    return sum(losses) / len(losses), len(known), float(returners)


def test_next_visits_are_measured_on_what_came(database: Database) -> None:
    visits = visits_of(40)
    fill_visits(database, *((name, str(day), "1") for name, day in visits))
    messages: list[str] = []
    backtest = visit_backtest(database)
    for as_of in backtest.as_ofs([back(13), back(30)], 1):
        scores = measured(backtest, as_of, messages.append)
        assert list(scores) == [SERVED, "life_table", "pareto_nbd"]
        loss, customers, returners = life_table_reference(database, visits, as_of)
        figures = scores["life_table"].figures
        assert (figures["customers"], figures["realised_returners"]) == (customers, returners)
        assert figures["log_loss"] == pytest.approx(loss)
        assert scores[SERVED].figures == scores[scores[SERVED].recipe].figures
        of_as_of = [message for message in messages if message.startswith(f"{as_of}: ")]
        assert "life_table" in of_as_of[0]
        assert any("lstm" in message for message in of_as_of[1:])  # too little to learn from


def test_segments_share_the_customers(database: Database) -> None:
    fill_visits(database, *((name, str(day), "1") for name, day in visits_of(40)))
    backtest = visit_backtest(database)
    counts = {
        score.segment: score.figures["customers"]
        for score in backtest.scores(back(13), ignore)
        if score.model == SERVED
    }
    assert counts.keys() > {"all", "1 visit"}
    assert sum(counts.values()) == 2 * counts["all"]


def test_what_came_afterwards_is_shown_to_no_model(
    database: Database, add_recipe: Callable[[UntrainedRecipe], None]
) -> None:
    seen: list[SalesPanel] = []

    add_recipe(reporting("spy", seen.append))
    series = sales_of(42)
    fill_series(database, series | {"new": [5.0, 6.0]})
    before, seen_before = measured(sales_backtest(database), back(6)), seen.copy()
    with database.write() as connection:
        connection.exec_driver_sql(f"UPDATE sales SET value = '1000' WHERE period >= '{back(6)}'")
        connection.exec_driver_sql(f"INSERT INTO sales VALUES ('0', '{THROUGH}', '7')")
    after = measured(sales_backtest(database), back(6))
    assert before["spy"].figures["wape"] != after["spy"].figures["wape"]
    assert before["spy"].figures["series"] == after["spy"].figures["series"] == 2
    first, second = seen_before[-1], seen[-1]
    assert first is not second
    assert first.end == to_day(back(6))
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.values[0], series["a"][:-7])
    assert all(panel.end <= to_day(back(6)) for panel in seen)


def test_a_recipe_without_anything_to_learn_from_is_left_out(
    database: Database, add_recipe: Callable[[UntrainedRecipe], None]
) -> None:
    def fail(_panel: SalesPanel) -> None:
        raise NothingToLearnError

    add_recipe(reporting("network", fail))
    fill_series(database, sales_of(42))
    messages: list[str] = []
    assert list(measured(sales_backtest(database), back(6), messages.append)) == [SERVED, NAIVE]
    assert messages[-1].startswith(f"{back(6)}: network")


def test_as_ofs_are_a_horizon_apart_and_go_back_to_where_the_data_begin(database: Database) -> None:
    fill_series(database, sales_of(25))
    backtest = sales_backtest(database)
    assert backtest.as_ofs([], 2) == [back(13), back(6)]
    assert backtest.as_ofs([], 9) == [back(20), back(13), back(6)]
    assert backtest.as_ofs([back(6), back(8), back(6)], 9) == [back(8), back(6)]


def test_as_ofs_of_visits_are_four_weeks_apart(database: Database) -> None:
    fill_visits(database, ("a", str(back(60)), "1"), ("a", str(THROUGH), "1"))
    assert visit_backtest(database).as_ofs([], 9) == [back(13 + 28), back(13)]


def test_as_ofs_of_months_are_their_first_days(database: Database) -> None:
    months = [f"2023-{month:02}-01" for month in range(1, 13)] + [f"2024-{month:02}-01" for month in range(1, 6)]
    fill_sales(database, *(("a", month, str(place)) for place, month in enumerate(months)))
    backtest = sales_backtest(database, sales_settings=SalesSettings(horizon=3))
    # May is known on the first of June, and settled on the fourth.
    assert backtest.as_ofs([], 2) == [datetime.date(2023, 11, 1), datetime.date(2024, 2, 1)]
    later = sales_backtest(database, sales_settings=SalesSettings(horizon=3), as_of=datetime.date(2024, 6, 4))
    assert later.as_ofs([], 1) == [datetime.date(2024, 3, 1)]
    assert later.as_ofs([datetime.date(2024, 3, 31)], 1) == [datetime.date(2024, 3, 31)]
    with pytest.raises(InputError, match="2024-06-30"):
        later.as_ofs([datetime.date(2024, 4, 1)], 1)


def test_an_as_of_whose_horizon_is_not_over_is_refused(database: Database) -> None:
    fill_series(database, sales_of(25))
    with pytest.raises(InputError) as refused:
        sales_backtest(database).as_ofs([back(20), back(5)], 1)
    for day in (back(5), back(-1), THROUGH):
        assert str(day) in refused.value.reason
    for day in (back(-5), back(6)):
        assert str(day) in refused.value.remedy
    fill_sales(database, ("a", str(back(-1)), "1"))
    on_that_day = sales_backtest(database, as_of=back(-5), clock=CLOCK + datetime.timedelta(days=2))
    assert on_that_day.as_ofs([back(5)], 1) == [back(5)]


def test_a_history_without_a_whole_horizon_is_refused(database: Database) -> None:
    fill_sales(database, *(("a", str(back(day)), "1") for day in range(7)))
    with pytest.raises(InputError, match="horizon") as refused:
        sales_backtest(database).as_ofs([], 1)
    assert str(back(-5)) in refused.value.remedy
    fill_sales(database, ("a", str(back(-1)), "1"))
    on_that_day = sales_backtest(database, as_of=back(-5), clock=CLOCK + datetime.timedelta(days=2))
    assert on_that_day.as_ofs([], 1) == [back(5)]


def test_an_as_of_before_the_data_is_refused(database: Database) -> None:
    fill_visits(database, *((name, str(day), "1") for name, day in visits_of(40)))
    with pytest.raises(InputError, match="2020-01-01"):
        next(visit_backtest(database).scores(datetime.date(2020, 1, 1), ignore))


def test_data_may_have_ended_long_ago(database: Database) -> None:
    fill_series(database, sales_of(42))
    refusing = SalesSource(stale_after_days=1, when_stale="refuse")
    backtest = sales_backtest(database, sales=refusing, as_of=back(-400), clock=CLOCK + datetime.timedelta(days=500))
    assert backtest.as_ofs([], 1) == [back(6)]
    assert SERVED in measured(backtest, back(6))


def test_a_mean_counts_each_as_of_the_same(database_kind: str) -> None:
    first = Score(back(9), "all", SERVED, "lstm", 1, 2.0, {"series": 3.0, "mase": 1.0, "wape": 0.5})
    second = Score(back(2), "all", SERVED, NAIVE, 1, 4.0, {"series": 5.0, "mase": 2.0})
    other = Score(back(2), "smooth", SERVED, NAIVE, 1, 1.0, {"mase": 7.0})
    both, alone = means([first, second, other])
    figures = {"series": 4.0, "mase": 1.5, "wape": 0.5}
    assert both == Score(None, "all", SERVED, f"lstm, {NAIVE}", 2, 3.0, figures)
    assert alone == Score(None, "smooth", SERVED, NAIVE, 1, 1.0, {"mase": 7.0})


def test_covariates_are_known_as_far_ahead_of_the_as_of_as_they_are_of_the_last_sales(
    database: Database, add_recipe: Callable[[UntrainedRecipe], None]
) -> None:
    known: list[SalesPanel] = []
    add_recipe(reporting("spy", known.append))
    days = [back(number) for number in range(60)]
    fill_sales(database, *(("bread", str(day), "1") for day in days))
    planned = [*days, *(back(-ahead) for ahead in range(1, 6))]
    table = sa.Table("sales_covariates", sa.MetaData(), *(sa.Column(name, sa.Text) for name in COVARIATE_COLUMNS))
    with database.write() as connection:
        table.create(connection)
        rows = [("bread", str(day), "price", str(number % 7)) for number, day in enumerate(planned)]
        connection.execute(sa.insert(table), [dict(zip(COVARIATE_COLUMNS, row, strict=True)) for row in rows])
    night = night_of(database, Product.SALES, sales=SalesSource(frequency="D"), sales_settings=WEEK)
    list(Backtest(night, PRODUCTS[Product.SALES]).scores(back(10), print))
    reaches = [panel.covariates.own_reach.tolist() for panel in known if panel.covariates is not None]
    assert reaches
    assert all(reach == [[5]] for reach in reaches)
