"""Looking back: what was known then is shown to the models, and what came is what they are scored on."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from models.common.selection import Progress
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.life_table import fit_life_table
from models.sales.data.panel import SalesPanel
from models.sales.features.training_windows import NothingToLearnError
from models.sales.recipes.interface import SalesModel
from models.sales.recipes.seasonal_naive import SeasonalNaiveRecipe
from models.sales.settings import SalesSettings
from nightcast.errors import InputError
from nightcast.values import Bins, Product, to_day
from sql.engine import Database
from sql.settings import SalesSource
from tasks.upkeep.backtest import SERVED, Backtest, Score, means
from tests.tasks.nights import CLOCK, fill_sales, fill_visits, night_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

THROUGH = datetime.date(2024, 5, 28)  # the settings give late rows three more days, through the eve of AS_OF
WEEK = SalesSettings(horizon=7)
NAIVE = "seasonal_naive"
BINS = (7, 14)


def back(days: int, last: datetime.date = THROUGH) -> datetime.date:
    return last - datetime.timedelta(days=days)


@pytest.fixture(autouse=True)
def recipes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The recipes of sales that are fitted beside what is served: no network."""
    found: dict[str, Any] = {NAIVE: SeasonalNaiveRecipe()}
    monkeypatch.setattr("models.sales.recipes.registry.RECIPES", found)
    monkeypatch.setattr(
        "models.sales.recipes.registry.chosen_recipes", lambda *_: [name for name in found if name != NAIVE]
    )
    return found


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


def sales_backtest(database: Database, **options: Any) -> Backtest:
    options.setdefault("sales_settings", WEEK)
    return Backtest(night_of(database, Product.SALES, **options))


def visit_backtest(database: Database, **options: Any) -> Backtest:
    return Backtest(night_of(database, Product.NEXT_VISIT, **options))


def scored(backtest: Backtest, as_of: datetime.date, segment: str = "all") -> dict[str, Score]:
    return {score.model: score for score in backtest.scores(as_of, lambda said: None) if score.segment == segment}


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


def test_sales_are_scored_on_what_came(database: Database) -> None:
    series = sales_of(42)
    fill_series(database, series)
    backtest = sales_backtest(database)
    [as_of] = backtest.as_ofs([], 1)
    assert as_of == back(6)
    found = scored(backtest, as_of)
    assert list(found) == [SERVED, NAIVE]
    for score in found.values():
        assert score.recipe == NAIVE
        assert {name: score.figures[name] for name in naive_reference(series)} == pytest.approx(naive_reference(series))
    assert found[SERVED].figures == found[NAIVE].figures


def visits_of(customers: int, seed: int = 3) -> list[tuple[str, datetime.date]]:
    random = np.random.default_rng(seed)
    return [
        (f"c{customer}", back(int(days)))
        for customer in range(customers)
        for days in random.choice(60, size=random.integers(1, 6), replace=False)
    ]


def life_table_reference(visits: Sequence[tuple[str, datetime.date]], as_of: datetime.date) -> tuple[float, int, float]:
    """Log loss, customers and returners, one customer after the other."""
    known = sorted({name for name, day in visits if day < as_of})
    rows = [(known.index(name), to_day(day)) for name, day in visits if day < as_of]
    customer, day = zip(*rows, strict=True)
    history = VisitHistory.from_rows(customer, day, np.full(len(rows), np.nan), len(known))
    table = fit_life_table(history, to_day(as_of), Bins(BINS)).probabilities(history, to_day(as_of))
    losses, returners = [], 0
    for code, name in enumerate(known):
        ahead = [(day - as_of).days + 1 for who, day in visits if who == name and day >= as_of]
        came = next((place for place, edge in enumerate(BINS) if ahead and min(ahead) <= edge), len(BINS))
        losses.append(-math.log(table[code, came]))
        returners += came < len(BINS)
    return sum(losses) / len(losses), len(known), float(returners)


def test_next_visits_are_scored_on_what_came(database: Database) -> None:
    visits = visits_of(40)
    fill_visits(database, *((name, str(day), "1") for name, day in visits))
    said: list[str] = []
    backtest = visit_backtest(database)
    for as_of in backtest.as_ofs([back(13), back(30)], 1):
        found = {score.model: score for score in backtest.scores(as_of, said.append) if score.segment == "all"}
        assert list(found) == [SERVED, "life_table"]
        loss, customers, returners = life_table_reference(visits, as_of)
        figures = found["life_table"].figures
        assert (figures["customers"], figures["realised_returners"]) == (customers, returners)
        assert figures["log_loss"] == pytest.approx(loss)
        assert found[SERVED].recipe == "life_table"
        assert found[SERVED].figures == figures
    assert any("life_table serves" in line for line in said)
    assert f"{back(13)}: lstm has too little to learn from." in said


def test_segments_share_the_customers(database: Database) -> None:
    fill_visits(database, *((name, str(day), "1") for name, day in visits_of(40)))
    backtest = visit_backtest(database)
    counts = {
        score.segment: score.figures["customers"]
        for score in backtest.scores(back(13), lambda said: None)
        if score.model == SERVED
    }
    assert counts.keys() > {"all", "1 visit"}
    assert sum(counts.values()) == 2 * counts["all"]


def test_what_came_afterwards_is_shown_to_no_model(database: Database, recipes: dict[str, Any]) -> None:
    seen: list[SalesPanel] = []

    class Spy(SeasonalNaiveRecipe):
        def fit(
            self,
            known: SalesPanel,
            settings: SalesSettings,
            seed: int,
            progress: Progress,
            earlier: SalesModel | None = None,
        ) -> SalesModel:
            seen.append(known)
            return super().fit(known, settings, seed, progress, earlier)

    recipes[NAIVE] = Spy()
    series = sales_of(42)
    fill_series(database, series | {"new": [5.0, 6.0]})
    before = scored(sales_backtest(database), back(6))
    with database.write() as connection:
        connection.exec_driver_sql(f"UPDATE sales SET value = '1000' WHERE period >= '{back(6)}'")
        connection.exec_driver_sql(f"INSERT INTO sales VALUES ('0', '{THROUGH}', '7')")
    after = scored(sales_backtest(database), back(6))
    assert before[NAIVE].figures["wape"] != after[NAIVE].figures["wape"]
    assert before[NAIVE].figures["series"] == after[NAIVE].figures["series"] == 2
    first, second = seen
    assert first.end == to_day(back(6))
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.values[0], series["a"][:-7])


def test_a_recipe_without_anything_to_learn_from_is_left_out(database: Database, recipes: dict[str, Any]) -> None:
    class Failing:
        name = "network"

        def fit(self, *everything: Any) -> SalesModel:
            raise NothingToLearnError

    recipes["network"] = Failing()
    fill_series(database, sales_of(42))
    said: list[str] = []
    found = [score.model for score in sales_backtest(database).scores(back(6), said.append)]
    assert found == [SERVED, NAIVE]
    assert said[-1] == f"{back(6)}: network has too little to learn from."


def test_as_ofs_are_a_horizon_apart_and_end_where_the_data_begin(database: Database) -> None:
    fill_series(database, sales_of(25))
    backtest = sales_backtest(database)
    assert backtest.as_ofs([], 2) == [back(13), back(6)]
    assert backtest.as_ofs([], 9) == [back(20), back(13), back(6)]
    assert backtest.as_ofs([back(6), back(8), back(6)], 9) == [back(8), back(6)]


def test_as_ofs_of_visits_are_four_weeks_apart(database: Database) -> None:
    fill_visits(database, ("a", str(back(60)), "1"), ("a", str(THROUGH), "1"))
    assert visit_backtest(database).as_ofs([], 9) == [back(13 + 28), back(13)]


def test_months_are_looked_back_at_from_their_first_day(database: Database) -> None:
    months = [f"2023-{month:02}-01" for month in range(1, 13)] + [f"2024-{month:02}-01" for month in range(1, 6)]
    fill_sales(database, *(("a", month, str(place)) for place, month in enumerate(months)))
    backtest = sales_backtest(database, sales_settings=SalesSettings(horizon=3))
    # May is known on the first of June, and settled on the fourth.
    assert backtest.as_ofs([], 2) == [datetime.date(2023, 11, 1), datetime.date(2024, 2, 1)]
    later = sales_backtest(database, sales_settings=SalesSettings(horizon=3), as_of=datetime.date(2024, 6, 4))
    assert later.as_ofs([], 1) == [datetime.date(2024, 3, 1)]
    assert later.as_ofs([datetime.date(2024, 3, 31)], 1) == [datetime.date(2024, 3, 31)]
    with pytest.raises(InputError, match="goes through 2024-06-30"):
        later.as_ofs([datetime.date(2024, 4, 1)], 1)


def test_an_as_of_whose_horizon_is_not_over_is_refused(database: Database) -> None:
    fill_series(database, sales_of(25))
    with pytest.raises(InputError) as refused:
        sales_backtest(database).as_ofs([back(20), back(5)], 1)
    assert f"goes through {back(-1)}" in refused.value.reason
    assert f"settled through {THROUGH} only" in refused.value.reason
    assert f"looked back at from {back(-5)} on" in refused.value.remedy
    assert f"the newest as-of that can be is {back(6)}" in refused.value.remedy
    fill_sales(database, ("a", str(back(-1)), "1"))
    on_that_day = sales_backtest(database, as_of=back(-5), clock=CLOCK + datetime.timedelta(days=2))
    assert on_that_day.as_ofs([back(5)], 1) == [back(5)]


def test_a_history_without_a_whole_horizon_is_refused(database: Database) -> None:
    fill_sales(database, *(("a", str(back(day)), "1") for day in range(7)))
    with pytest.raises(InputError, match="no as-of has seen its whole horizon") as refused:
        sales_backtest(database).as_ofs([], 1)
    assert f"Come back from {back(-5)} on" in refused.value.remedy
    fill_sales(database, ("a", str(back(-1)), "1"))
    on_that_day = sales_backtest(database, as_of=back(-5), clock=CLOCK + datetime.timedelta(days=2))
    assert on_that_day.as_ofs([], 1) == [back(5)]


def test_before_the_data_there_is_nothing_to_look_back_from(database: Database) -> None:
    fill_visits(database, *((name, str(day), "1") for name, day in visits_of(40)))
    with pytest.raises(InputError, match="no usable visit before 2020-01-01"):
        next(visit_backtest(database).scores(datetime.date(2020, 1, 1), lambda said: None))


def test_data_that_ended_long_ago_can_be_looked_back_at(database: Database) -> None:
    fill_series(database, sales_of(42))
    refusing = SalesSource(stale_after_days=1, when_stale="refuse")
    backtest = sales_backtest(database, sales=refusing, as_of=back(-400), clock=CLOCK + datetime.timedelta(days=500))
    assert backtest.as_ofs([], 1) == [back(6)]
    assert SERVED in scored(backtest, back(6))


def test_a_mean_counts_each_as_of_the_same(database_kind: str) -> None:
    first = Score(back(9), "all", SERVED, "lstm", 1, 2.0, {"series": 3.0, "mase": 1.0, "wape": 0.5})
    second = Score(back(2), "all", SERVED, NAIVE, 1, 4.0, {"series": 5.0, "mase": 2.0})
    other = Score(back(2), "smooth", SERVED, NAIVE, 1, 1.0, {"mase": 7.0})
    both, alone = means([first, second, other])
    figures = {"series": 4.0, "mase": 1.5, "wape": 0.5}
    assert both == Score(None, "all", SERVED, f"lstm, {NAIVE}", 2, 3.0, figures)
    assert alone == Score(None, "smooth", SERVED, NAIVE, 1, 1.0, {"mase": 7.0})
