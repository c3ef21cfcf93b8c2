"""Looking back, with models that cost nothing: what is scored, when, how often, and what follows from it."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray
from tasks.reading.extract import extract_sales, extract_visits

import tasks.review
from models.next_visit.settings import NextVisitSettings
from models.sales.settings import SalesSettings
from nightcast.errors import UnavailableError
from nightcast.values import Bins, Evaluation, Product
from sql.engine import Database
from sql.ledger import runs as ledger
from sql.ledger.model_versions import ModelVersion, add_version, promote
from sql.ledger.reviews import DueRun, add_review
from sql.settings import SalesSource
from sql.tables import forecast_score, next_visit_bin, sales_forecast, visit_bin
from tasks.choose import plan_model
from tasks.forecast import score_customers, score_series
from tasks.night import Night, Serving
from tasks.prepare import prepare_sales, prepare_visits
from tasks.products import models_of
from tasks.publish import publish
from tasks.review import look_back
from tests.tasks.nights import AS_OF, fill_sales, fill_visits, night_of

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])

HORIZON = 14
"""Of both products here."""

DUE = HORIZON + 3
"""Days after which a forecast is scored: three more for late rows."""

SALES = SalesSettings(horizon=HORIZON)


def later(days: int) -> datetime.date:
    return AS_OF + datetime.timedelta(days=days)


@dataclass(frozen=True)
class Guesser:
    """Gives every customer other probabilities, the same every time."""

    bins: Bins
    recipe: str = "guesser"

    def probabilities(self, history: Any, as_of: int) -> NDArray[np.float64]:
        return np.random.default_rng(1).dirichlet(np.ones(self.bins.count), history.customers)


@dataclass(frozen=True)
class Doubler:
    """Forecasts each series' last value, from half of it to its double."""

    horizon: int
    frequency: str
    recipe: str = "doubler"

    def covers(self, panel: Any) -> NDArray[np.bool_]:
        return np.ones(panel.series_count, bool)

    def predict(self, panel: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        last = np.repeat(panel.values[:, -1:], self.horizon, axis=1)
        return last * 1.25, last[:, :, None] * np.array([0.5, 0.75, 1.0, 1.5, 2.0])


def prepared(database: Database, product: Product, as_of: datetime.date, **options: Any) -> Night:
    clock = datetime.datetime.combine(as_of, datetime.time(12), datetime.UTC)
    given: dict[str, Any] = {"sales_settings": SALES, "is_dry": False, **options}
    night = night_of(database, product, as_of=as_of, clock=clock, **given)
    if product == Product.NEXT_VISIT:
        extract_visits(night)
        prepare_visits(night)
    else:
        extract_sales(night)
        prepare_sales(night)
    return night


def published(database: Database, product: Product, as_of: datetime.date = AS_OF, **options: Any) -> Night:
    """A night whose forecast is published, by a model that is none of ours."""
    night = prepared(database, product, as_of, **options)
    if product == Product.NEXT_VISIT:
        model: Any = Guesser(night.sections.next_visit.bins)
    else:
        assert night.panel is not None
        model = Doubler(night.panel.lengths.horizon, night.panel.calendar.frequency)
    night.serving = Serving(model, model.recipe, None, promote=False, retrained=False, decision="test")
    (score_customers if product == Product.NEXT_VISIT else score_series)(night)
    publish(night)
    return night


def scores(database: Database, night: Night) -> dict[str, Any]:
    """The scores of a night's run: value and baseline value by metric."""
    assert night.run is not None
    table = forecast_score.c
    query = sa.select(table.metric, table.value, table.baseline_value).where(table.run_id == night.run.run_id)
    with database.read() as connection:
        return {row.metric: (row.value, row.baseline_value) for row in connection.execute(query)}


def execute(database: Database, statement: Any) -> None:
    with database.write() as connection:
        connection.execute(statement)


def visits(customers: int = 12, through: int = 60, seed: int = 3) -> list[tuple[str, str, None]]:
    """Visits from half a year before the as-of on, some customers often and some seldom."""
    generator = np.random.default_rng(seed)
    return [
        (f"{customer:03}", str(later(day)), None)
        for customer in range(customers)
        for day in range(-180, through)
        if generator.random() < 0.02 + customer / 100
    ]


def sales(series: int = 5, through: int = 60, seed: int = 4) -> list[tuple[str, str, str]]:
    """Daily sales from ten weeks before the as-of on."""
    generator = np.random.default_rng(seed)
    return [
        (f"s{number}", str(later(day)), str(10 * number + 1 + generator.integers(0, 9)))
        for number in range(series)
        for day in range(-70, through)
    ]


def slow_bin(rows: list[tuple[str, str, None]], customer: str) -> int:
    """The bin, from 1, of the first visit from the as-of on."""
    days = [(datetime.date.fromisoformat(day) - AS_OF).days + 1 for name, day, _ in rows if name == customer]
    wait = min((day for day in days if day >= 1), default=999)
    return 1 if wait <= 7 else 2 if wait <= 14 else 3


def test_customers_are_scored_as_a_slow_reference_does(database: Database) -> None:
    rows = visits()
    fill_visits(database, *rows)
    first = published(database, Product.NEXT_VISIT)
    assert look_back(published(database, Product.NEXT_VISIT, later(DUE))) == 1
    with database.read() as connection:
        run_id = first.run.run_id if first.run else ""
        said = {
            (row.customer_id, row.bin): row.probability
            for row in connection.execute(sa.select(next_visit_bin).where(next_visit_bin.c.run_id == run_id))
        }
        kept = connection.execute(sa.select(forecast_score)).first()
    came = {customer: slow_bin(rows, customer) for customer in first.ids.to_pylist()}
    assert len(set(came.values())) == 3
    assert first.history is not None
    table = models_of(Product.NEXT_VISIT).fit_baseline(first).probabilities(first.history, first.question.day)
    beside = dict(zip(first.ids.to_pylist(), table.tolist(), strict=True))
    found = scores(database, first)
    assert found["log_loss"] == pytest.approx(
        (
            np.mean([-math.log(said[customer, number]) for customer, number in came.items()]),
            np.mean([-math.log(beside[customer][number - 1]) for customer, number in came.items()]),
        )
    )
    assert found["brier_7"][0] == pytest.approx(np.mean([(said[c, 1] - (n == 1)) ** 2 for c, n in came.items()]))
    assert found["realised_returners"] == (sum(number < 3 for number in came.values()),) * 2
    assert found["customers"] == (len(came), None)
    assert kept is not None
    assert (kept.product, kept.as_of, kept.scored_through) == ("next_visit", AS_OF, later(HORIZON - 1))
    assert kept.week == datetime.date(2024, 5, 27)  # the Monday before the Saturday of the as-of


def test_sales_are_scored_as_a_slow_reference_does(database: Database) -> None:
    rows = sales()
    fill_sales(database, *rows)
    first = published(database, Product.SALES)
    assert look_back(published(database, Product.SALES, later(DUE))) == 1
    actual = {(series, day): float(value) for series, day, value in rows}
    with database.read() as connection:
        run_id = first.run.run_id if first.run else ""
        steps = connection.execute(sa.select(sales_forecast).where(sales_forecast.c.run_id == run_id)).all()
        kept = connection.execute(sa.select(forecast_score.c.scored_through)).first()
    came = [actual[row.series_id, str(row.period)] for row in steps]
    total, levels = sum(came), (0.025, 0.1, 0.5, 0.9, 0.975)
    loss = sum(
        max(level * (value - quantile), (level - 1) * (value - quantile)) / 5
        for row, value in zip(steps, came, strict=True)
        for level, quantile in zip(levels, (row.q025, row.q10, row.q50, row.q90, row.q975), strict=True)
    )
    assert first.panel is not None
    naive = models_of(Product.SALES).fit_baseline(first).predict(first.panel)[1][:, :, 2]
    place = {series: number for number, series in enumerate(first.ids.to_pylist())}
    beside = sum(abs(naive[place[row.series_id], row.step - 1] - value) for row, value in zip(steps, came, strict=True))
    found = scores(database, first)
    ours = sum(abs(row.q50 - value) for row, value in zip(steps, came, strict=True))
    assert found["wape"] == pytest.approx((ours / total, beside / total))
    assert found["weighted_quantile_loss"][0] == pytest.approx(2 * loss / total)
    inside = [row.q10 <= value <= row.q90 for row, value in zip(steps, came, strict=True)]
    assert found["coverage_80"][0] == pytest.approx(np.mean(inside))
    assert found["series"] == (5, None)
    assert kept is not None
    assert kept.scored_through == later(HORIZON - 1)


@pytest.mark.parametrize("product", list(Product))
def test_once_and_not_before_its_time(database: Database, product: Product) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    first = published(database, product)
    assert look_back(published(database, product, later(DUE - 1))) == 0
    assert scores(database, first) == {}
    second = published(database, product, later(DUE))
    assert look_back(second) == 1
    found = scores(database, first)
    assert look_back(second) == 0
    third = published(database, product, later(DUE + 1))
    execute(database, sa.text("DELETE FROM visits WHERE customer_id < '005'"))
    assert look_back(third) == 0
    assert scores(database, first) == found
    assert scores(database, second) == {}


@on_sqlite
def test_the_days_to_settle_are_a_setting(database: Database) -> None:
    fill_visits(database, *visits())
    published(database, Product.NEXT_VISIT)
    night = published(database, Product.NEXT_VISIT, later(HORIZON))
    assert look_back(night) == 0
    night.sections = replace(night.sections, model=night.sections.model.model_copy(update={"settle_days": 0}))
    assert look_back(night) == 1


@on_sqlite
def test_rows_that_came_late_count(database: Database) -> None:
    fill_visits(database, ("often", str(later(-9)), None), ("often", str(later(HORIZON)), None))
    fill_visits(database, ("late", str(later(-20)), None))
    first = published(database, Product.NEXT_VISIT)
    fill_visits(database, ("late", str(later(HORIZON - 1)), None))  # read by no night before
    assert look_back(published(database, Product.NEXT_VISIT, later(DUE))) == 1
    assert scores(database, first)["realised_returners"] == (1, 1)


def test_a_customer_or_series_that_has_gone_is_left_out(database: Database) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    first = [published(database, product) for product in Product]
    execute(database, sa.text("DELETE FROM visits WHERE customer_id = '003'"))
    execute(database, sa.text("DELETE FROM sales WHERE series_id = 's3'"))
    for product in Product:
        assert look_back(published(database, product, later(DUE))) == 1
    assert scores(database, first[0])["customers"] == (11, None)
    assert scores(database, first[1])["series"] == (4, None)


@on_sqlite
def test_a_customer_or_series_that_came_afterwards_does_not_count(database: Database) -> None:
    fill_visits(database, *visits(), ("new", str(later(1)), None))
    fill_sales(database, *sales(), *(("new", str(later(day)), "5") for day in range(20)))
    first = [published(database, product) for product in Product]
    for product in Product:
        assert look_back(published(database, product, later(DUE))) == 1
    assert scores(database, first[0])["customers"] == (12, None)
    assert scores(database, first[1])["series"] == (5, None)


@on_sqlite
def test_nothing_is_left_of_whom_the_forecast_was_for(database: Database) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    first = [published(database, product) for product in Product]
    execute(database, sa.text("UPDATE visits SET customer_id = customer_id || ' renamed'"))
    execute(database, sa.text("UPDATE sales SET series_id = series_id || ' renamed'"))
    for product in Product:
        assert look_back(published(database, product, later(DUE))) == 1
    assert scores(database, first[0]) == {"customers": (0, None)}
    assert scores(database, first[1]) == {"series": (0, None)}


@on_sqlite
def test_only_the_published_run_of_an_as_of_is_scored(database: Database) -> None:
    fill_visits(database, *visits())
    superseded = published(database, Product.NEXT_VISIT)
    again = published(database, Product.NEXT_VISIT)
    assert look_back(published(database, Product.NEXT_VISIT, later(DUE))) == 1
    assert scores(database, superseded) == {}
    assert scores(database, again)


@on_sqlite
def test_a_backfill_knows_nothing_from_its_as_of_on(database: Database) -> None:
    fill_visits(database, *visits(through=400))
    first, second = published(database, Product.NEXT_VISIT), published(database, Product.NEXT_VISIT, later(40))
    assert look_back(published(database, Product.NEXT_VISIT, later(DUE + 20))) == 1  # the one of 40 days is to come
    assert scores(database, first)
    assert scores(database, second) == {}
    assert look_back(published(database, Product.NEXT_VISIT, later(-30))) == 0


@on_sqlite
def test_a_dry_run_scores_nothing(database: Database) -> None:
    fill_visits(database, *visits())
    first = published(database, Product.NEXT_VISIT)
    assert look_back(prepared(database, Product.NEXT_VISIT, later(DUE), is_dry=True)) == 0
    assert scores(database, first) == {}


@pytest.mark.parametrize("product", list(Product))
@on_sqlite
def test_a_source_that_is_behind_is_waited_for_but_not_for_ever(database: Database, product: Product) -> None:
    fill_visits(database, *visits(through=5))
    fill_sales(database, *sales(through=5))
    published(database, product)
    assert look_back(published(database, product, later(DUE))) == 0
    assert look_back(published(database, product, later(DUE + 30))) == 0
    night = published(database, product, later(DUE + 31))
    assert look_back(night) == 1


@on_sqlite
def test_the_oldest_come_first_and_only_so_many_in_a_night(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_visits(database, *visits())
    nights = [published(database, Product.NEXT_VISIT, later(days)) for days in (2, 0, 1)]
    monkeypatch.setattr(tasks.review, "MOST_RUNS", 2)
    night = published(database, Product.NEXT_VISIT, later(DUE + 5))
    assert look_back(night) == 2
    assert [bool(scores(database, one)) for one in nights] == [False, True, True]
    assert look_back(night) == 1


@on_sqlite
def test_a_forecast_is_scored_by_the_bins_and_the_horizon_it_was_made_with(database: Database) -> None:
    fill_visits(database, *visits())
    fill_sales(database, *sales())
    first = [published(database, product) for product in Product]
    other = {
        "next_visit": NextVisitSettings(bin_edges_days=(3, 28)),
        "sales_settings": SalesSettings(horizon=5),
    }
    for product in Product:
        assert look_back(published(database, product, later(DUE), **other)) == 1
    assert {"brier_7", "brier_14"} < set(scores(database, first[0]))
    assert scores(database, first[1])["series"] == (5, None)
    with database.read() as connection:
        through = connection.execute(sa.select(forecast_score.c.scored_through).distinct()).scalars().all()
    assert through == [later(HORIZON - 1)]


@on_sqlite
def test_a_week_is_over_before_it_is_scored(database: Database) -> None:
    monday = datetime.date(2024, 1, 1)
    rows = [
        ("s", str(monday + datetime.timedelta(weeks=week)), str(5 + week % 3)) for week in range(60)
    ]  # labelled with the first day
    fill_sales(database, *rows)
    options = {"sales_settings": SalesSettings(horizon=2), "sales": SalesSource(frequency="W-MON")}
    as_of = datetime.date(2024, 6, 5)  # a Wednesday; step 2 ends on Sunday the 16th
    first = published(database, Product.SALES, as_of, **options)
    assert look_back(published(database, Product.SALES, datetime.date(2024, 6, 19), **options)) == 0
    assert look_back(published(database, Product.SALES, datetime.date(2024, 6, 24), **options)) == 1
    assert set(scores(database, first)) >= {"wape", "series"}


@on_sqlite
def test_a_forecast_of_other_periods_has_no_scores_and_does_not_come_up_again(database: Database) -> None:
    fill_sales(database, *sales())
    first = published(database, Product.SALES)
    execute(database, sa.text("DELETE FROM sales"))
    monday = datetime.date(2024, 1, 1)
    fill_sales(database, *(("s1", str(monday + datetime.timedelta(weeks=week)), "5") for week in range(60)))
    options = {"sales_settings": SalesSettings(horizon=2), "sales": SalesSource(frequency="W-MON")}
    night = published(database, Product.SALES, later(DUE + 7), **options)
    assert look_back(night) == 1
    assert scores(database, first) == {"series": (0, None)}
    assert "other periods than W-MON" in night.notes[-1]
    assert look_back(night) == 0


@on_sqlite
def test_what_goes_wrong_never_fails_the_night(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_visits(database, *visits())
    broken, sound = published(database, Product.NEXT_VISIT), published(database, Product.NEXT_VISIT, later(1))
    assert broken.run is not None
    number = (visit_bin.c.run_id == broken.run.run_id) & (visit_bin.c.bin == 2)
    execute(database, sa.update(visit_bin).where(number).values(to_day=1))
    night = published(database, Product.NEXT_VISIT, later(DUE + 1))
    assert look_back(night) == 1
    assert scores(database, broken) == {}
    assert scores(database, sound)
    assert f"the forecast of {AS_OF} (run {broken.run.run_id}) could not be scored" in night.notes[-1]

    def gone(*_arguments: object) -> list[DueRun]:
        raise UnavailableError("The database has gone.", "Start it.")

    monkeypatch.setattr(tasks.review, "due_runs", gone)
    assert look_back(night) == 0
    assert "The database has gone." in night.notes[-1]


def test_two_that_score_at_once_leave_one_score(database: Database) -> None:
    run = DueRun("run", Product.SALES, AS_OF, AS_OF)
    figures = [Evaluation(0, "all", name, 0.5, "naive", math.nan) for name in ("wape", "mase")]
    assert add_review(database, run, AS_OF, figures)
    assert not add_review(database, run, AS_OF, [replace(one, value=0.75) for one in reversed(figures)])
    with database.read() as connection:
        assert connection.execute(sa.select(forecast_score.c.value)).scalars().all() == [0.5, 0.5]


def test_accuracy_by_week(database: Database) -> None:
    for number, (days, value) in enumerate([(0, 0.25), (1, 0.75), (2, 1.0)]):  # Saturday, Sunday, Monday
        run = DueRun(f"run {number}", Product.SALES, later(days), later(days))
        figures = [Evaluation(0, "all", "wape", value, "naive", 2.0), Evaluation(0, "all", "series", 3, "", math.nan)]
        assert add_review(database, run, later(days), figures)
    schema = f"{database.schema}." if database.schema else ""
    query = (
        "SELECT DISTINCT week, week_value, week_baseline_value, week_skill "
        f"FROM {schema}rpt_forecast_accuracy WHERE metric = 'wape' ORDER BY week"
    )
    with database.read() as connection:
        rows = [(str(row[0]), *row[1:]) for row in connection.exec_driver_sql(query)]
    assert rows == [("2024-05-27", 0.5, 2.0, 0.75), ("2024-06-03", 1.0, 2.0, 0.5)]


def champion(database: Database, night: Night, log_loss: float, as_of: datetime.date = AS_OF) -> None:
    """A champion whose backtest had this log loss on two as-ofs together."""
    parameters = {"recipe": "lstm", "shape": models_of(night.product).shape(night)}
    version = ModelVersion("champ", Product.NEXT_VISIT, "challenger", as_of, None, None, parameters, {})
    figures = [
        Evaluation(day, segment, "log_loss", value, "life_table", 9.0)
        for day, segment, value in [(1, "all", log_loss - 0.1), (2, "all", log_loss + 0.1), (1, "5+ visits", 9.0)]
    ]
    add_version(database, version, figures)
    with database.write() as connection:
        promote(connection, Product.NEXT_VISIT, "champ")


def lived(database: Database, days: int, log_loss: float | None, version: str = "champ") -> None:
    """A forecast of this version from some days after the as-of, and how it did."""
    run = ledger.begin(database, Product.NEXT_VISIT, later(days), trigger="test", flow_run_id=None, settings={})
    ledger.publish(database, run, None, {"model_version": version})
    due = DueRun(run.run_id, run.product, run.as_of, later(days + HORIZON - 1))
    value = math.nan if log_loss is None else log_loss
    assert add_review(database, due, due.last, [Evaluation(0, "all", "log_loss", value, "life_table", 1.0)])


def planned(database: Database, days: int, worsened_share: float = 0.2) -> Night:
    night = night_of(database, Product.NEXT_VISIT, as_of=later(days), retrain_after_days=365)
    changed = night.sections.model.model_copy(update={"worsened_share": worsened_share})
    night.sections = replace(night.sections, model=changed)
    return night


def test_live_scores_that_have_worsened_lead_to_training(database: Database) -> None:
    night = planned(database, 40)
    champion(database, night, log_loss=0.5)
    lived(database, 1, 0.55)
    assert not plan_model(night).train
    lived(database, 2, 0.75)  # 0.65 together: 30 % above
    plan = plan_model(night)
    assert plan.train
    assert plan.version is not None
    assert plan.version.model_version == "champ"
    assert plan.why == (
        "live scores have worsened: log loss 0.650 of the last 2 forecasts that came due, against 0.500 in the "
        "backtest, more than 20% above it"
    )
    assert not plan_model(planned(database, 40, worsened_share=0.31)).train


@on_sqlite
def test_what_does_not_speak_of_the_champion_does_not_count(database: Database) -> None:
    night = planned(database, 40)
    champion(database, night, log_loss=0.5)
    lived(database, 3, 9.0, "another")
    lived(database, 4, None)
    lived(database, 30, 9.0)  # its horizon is not over on day 40
    assert not plan_model(night).train
    assert plan_model(planned(database, 47)).train
    # A training since, even one that lost, has seen what came: only forecasts made after it count.
    parameters = {"recipe": "lstm", "shape": models_of(night.product).shape(night)}
    lost = ModelVersion("lost", Product.NEXT_VISIT, "rejected", later(31), None, None, parameters, {})
    add_version(database, lost, [])
    assert not plan_model(planned(database, 47)).train


@on_sqlite
def test_only_the_newest_scores_count(database: Database) -> None:
    night = planned(database, 60)
    champion(database, night, log_loss=0.5)
    lived(database, 1, 99.0)
    for days in range(2, 9):
        lived(database, days, 0.5)
    assert not plan_model(night).train
    execute(database, sa.delete(forecast_score).where(forecast_score.c.as_of == later(8)))
    assert plan_model(night).train


@on_sqlite
def test_a_first_night_has_nothing_to_look_back_on(database: Database) -> None:
    fill_visits(database, *visits())
    night = published(database, Product.NEXT_VISIT)
    assert look_back(night) == 0
    assert night.notes == []
