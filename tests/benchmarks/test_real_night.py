"""The scoring of a real night, on examples small enough to work out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import real_night, scoring
from benchmarks.figures import Figure, Goal, number, table

AS_OF = pd.Timestamp("2020-03-01")


def day(offset: int) -> pd.Timestamp:
    """The day that many days after the as-of."""
    return AS_OF + pd.Timedelta(days=offset)


def visits(**days: list[int]) -> pd.DataFrame:
    """Visits of each customer, as days after the as-of."""
    rows = [(customer, day(offset)) for customer, offsets in days.items() for offset in offsets]
    return pd.DataFrame(rows, columns=["customer_id", "day"])


def published(**probabilities: list[float]) -> pd.DataFrame:
    rows = [
        (customer, bin_, share)
        for customer, shares in probabilities.items()
        for bin_, share in enumerate(shares, start=1)
    ]
    return pd.DataFrame(rows, columns=["customer_id", "bin", "probability"])


def sales(rows: list[tuple[str, int, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["series_id", "period", "value"])
    return frame.assign(period=[day(offset) for offset in frame["period"]])


def pairs(rows: list[tuple[str, int]]) -> pd.MultiIndex:
    return pd.MultiIndex.from_tuples([(series, day(offset)) for series, offset in rows], names=["series_id", "period"])


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(0, 0), (6, 0), (7, 1), (13, 1), (14, 2), (27, 2), (28, 3), (55, 3), (56, 4), (400, 4)],
)
def test_the_as_of_day_is_day_1(offset: int, expected: int) -> None:
    observed = scoring.observed_bins(visits(a=[-5, offset]), pd.Index(["a"]), AS_OF)
    assert observed.tolist() == [expected]


def test_the_first_visit_counts_and_who_never_came_is_later() -> None:
    history = visits(a=[-9, 20, 8, 8], b=[-1], c=[3])
    observed = scoring.observed_bins(history, pd.Index(["b", "a", "unknown"]), AS_OF)
    assert observed.tolist() == [4, 1, 4]


def test_the_marginal_counts_the_newest_landmark_seen_whole() -> None:
    history = visits(
        a=[-60, -56],  # the landmark's own day is its day 1
        b=[-60, -40],  # day 17 from the landmark
        c=[-60, 0],  # the as-of has not seen it
        d=[-57],
        e=[-56, -50],  # not known at the landmark
    )
    assert scoring.marginal(history, AS_OF).tolist() == [0.25, 0, 0.25, 0, 0.5]


def test_no_marginal_without_a_landmark() -> None:
    with pytest.raises(ValueError, match="2020-01-05"):
        scoring.marginal(visits(a=[-56]), AS_OF)


def test_log_loss_of_rows_and_of_one_distribution_for_all() -> None:
    observed = np.array([0, 1])
    rows = np.array([[0.5, 0.5], [0.75, 0.25]])
    assert scoring.mean_log_loss(rows, observed) == pytest.approx((math.log(2) + math.log(4)) / 2)
    assert scoring.mean_log_loss(np.array([0.5, 0.5]), observed) == pytest.approx(math.log(2))
    assert scoring.mean_log_loss(np.array([1.0, 0.0]), observed) == pytest.approx(-math.log(scoring.SMALLEST) / 2)
    assert math.isnan(scoring.mean_log_loss(rows[:0], observed[:0]))


def test_next_visit_figures() -> None:
    history = visits(a=[-60, 3], b=[-60, -50], c=[-1, 90])
    forecasts = published(c=[0, 0, 0, 0.2, 0.8], a=[0.5, 0.1, 0.1, 0.1, 0.2], b=[0.1, 0.1, 0.2, 0.2, 0.4])
    figures = scoring.next_visit_figures(history, forecasts, AS_OF)
    assert figures == {
        "customers": 3,
        "log_loss": pytest.approx(-(math.log(0.5) + math.log(0.4) + math.log(0.8)) / 3),
        "marginal_log_loss": pytest.approx(-(3 * math.log(0.5)) / 3),  # a: later; b: bin 1, at the landmark
        "predicted_returners": pytest.approx(0.8 + 0.6 + 0.2),
        "realised_returners": 1,
    }


@pytest.mark.parametrize(
    ("forecasts", "message"),
    [
        (published(a=[0.2] * 5, b=[0.25] * 4), "has the bins 1 to 5"),
        (published(a=[0.25] * 4), "has the bins 1 to 5"),
        (published(a=[0.2, 0.2, 0.2, 0.2, 0.1]), "sum to 1"),
        (pd.concat([published(a=[0.2] * 5)] * 2), "duplicate"),
    ],
)
def test_incomplete_probabilities_are_refused(forecasts: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scoring.probability_matrix(forecasts)


def test_seasonal_naive_repeats_the_last_week() -> None:
    history = sales([("a", -7, 1.0), ("a", -1, 2.0), ("a", -8, 50.0), ("a", 0, 60.0), ("b", -7, 9.0)])
    asked = pairs([("a", 0), ("a", 6), ("a", 7), ("a", 27), ("a", 1), ("b", 14)])
    assert scoring.seasonal_naive(history, asked, AS_OF).tolist() == [1, 2, 1, 2, 0, 9]


def test_wape_and_coverage() -> None:
    actual = np.array([1.0, 0.0, 3.0])
    assert scoring.wape(actual, np.array([2.0, 1.0, 3.0])) == pytest.approx(0.5)
    assert math.isnan(scoring.wape(np.zeros(2), np.ones(2)))
    low, high = np.array([1.0, 0.5, 0.0]), np.array([2.0, 1.0, 3.0])
    assert scoring.coverage(actual, low, high) == pytest.approx(2 / 3)


def test_sales_figures_of_a_sold_day_and_an_absent_row() -> None:
    history = sales([("a", -7, 6.0), ("a", 0, 10.0), ("a", 2, 99.0)])
    forecasts = pd.DataFrame(
        {
            "series_id": ["a", "a", "a"],
            "period": [day(0), day(1), day(2)],
            "mean": [8.0, 1.0, 0.0],
            "q025": [0.0, 0.0, 0.0],
            "q10": [5.0, 0.5, 0.0],
            "q50": [9.0, 0.0, 0.0],
            "q90": [12.0, 2.0, 0.0],
            "q975": [20.0, 3.0, 0.0],
        }
    )
    assert scoring.sales_figures(history, forecasts, AS_OF, days=2) == {
        "series": 1,
        "rows": 2,
        "wape_mean": pytest.approx(0.3),
        "wape_q50": pytest.approx(0.1),
        "wape_seasonal_naive": pytest.approx(0.4),
        "coverage_80": 0.5,
        "coverage_95": 1.0,
    }
    for broken in (forecasts.iloc[1:], pd.concat([forecasts, forecasts])):
        with pytest.raises(ValueError, match="one forecast for each of 2 days"):
            scoring.sales_figures(history, broken, AS_OF, days=2)


@pytest.mark.parametrize(
    ("figure", "line"),
    [
        (Figure("customers", 5555, Goal(">=", 5500)), "figure customers 5555 goal >= 5500"),
        (Figure("log_loss", 0.98765432, Goal("<=", 1.02)), "figure log_loss 0.987654 goal <= 1.02"),
        (Figure("tiny", 0.00001234567), "figure tiny 0.0000123457"),
        (Figure("large", 1234567.5), "figure large 1234568"),
        (Figure("round", 1234560.5), "figure round 1234560"),
        (Figure("undefined", float("nan")), "figure undefined nan"),
    ],
)
def test_lines_for_scripts(figure: Figure, line: str) -> None:
    assert figure.line == line


def test_the_table_says_which_goals_hold() -> None:
    shown = table([Figure("a_b", 1, Goal("<=", 2)), Figure("c", 1.5, Goal(">=", 2)), Figure("d", 3)], "night").split(
        "\n"
    )
    assert [line.split() for line in shown] == [
        ["night", "value", "goal"],
        ["a", "b", "1", "<=", "2", "met"],
        ["c", "1.5", ">=", "2", "missed"],
        ["d", "3"],
    ]
    assert not Goal("<=", 1).holds(float("nan"))
    assert not Goal(">=", 1).holds(float("nan"))
    assert number(0) == "0"


def test_missing_data_are_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        real_night.main(["--data", str(tmp_path)])
    assert leaving.value.code == 2
    assert "online_retail_2.csv.gz" in capsys.readouterr().err


def test_the_environment_names_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in (real_night.VISITS_FILE, real_night.SALES_FILE):
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).touch()
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    assert real_night.options([]).data == tmp_path
