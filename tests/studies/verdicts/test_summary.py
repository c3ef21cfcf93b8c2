from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studies.results import ConfigurationResult, StudyResult
from studies.settings import Configuration, Published
from studies.verdicts.summary import SummaryRow, summarise


def summarised(scores: list[float]) -> SummaryRow:
    (row,) = summarise(StudyResult([ConfigurationResult("one", {"rmse": np.array(scores)}, 1.0)]))
    return row


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.sampled_from([np.nan, np.inf, -np.inf])), max_size=20))
def test_figures_are_those_that_pandas_describes(scores: list[float]) -> None:
    row = summarised(scores)
    described = pd.Series(scores, dtype=float).replace([np.inf, -np.inf], np.nan).describe()
    figures = [
        row.count,
        row.mean,
        row.std,
        row.minimum,
        row.lower_quartile,
        row.median,
        row.upper_quartile,
        row.maximum,
    ]
    np.testing.assert_allclose(figures, described.to_numpy(), rtol=1e-9, atol=1e-6)
    assert row.diverged == len(scores) - row.count


def test_rows_are_in_the_order_of_the_result_beside_what_was_published() -> None:
    configurations = [
        Configuration(name="b", published={"test": Published(value=3.0)}),
        Configuration(name="a", published={"train": Published(mean=1.0, std=0.5)}),
    ]
    scores = {"train": np.ones(2), "test": np.zeros(2)}
    result = StudyResult([ConfigurationResult("b", scores, 1.0), ConfigurationResult("a", scores, 1.0)])
    rows = summarise(result, configurations)
    assert [(row.configuration, row.metric) for row in rows] == [
        ("b", "train"),
        ("b", "test"),
        ("a", "train"),
        ("a", "test"),
    ]
    assert [row.published for row in rows] == [
        None,
        configurations[0].published["test"],
        configurations[1].published["train"],
        None,
    ]
    assert {row.published for row in summarise(result)} == {None}


def test_a_metric_that_always_diverged_keeps_its_row() -> None:
    row = summarised([np.nan, np.inf])
    assert (row.count, row.diverged) == (0, 2)
    assert row.median != row.median


def test_one_repeat_has_no_standard_deviation() -> None:
    row = summarised([5.0])
    assert (row.mean, row.minimum, row.maximum) == (5.0, 5.0, 5.0)
    assert row.std != row.std
    assert pytest.approx(row.median) == 5.0
