"""Drawings: valid, compact, in the colours of the page; small charts of many series at once."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree

import numpy as np
import pytest

from flows.report.charts import specs
from flows.report.charts.colours import LIGHT, in_colours
from flows.report.charts.multiples import paths
from flows.report.charts.painter import Painter
from nightcast.errors import NightcastError


def test_a_drawing_has_the_names_of_colours_and_escapes_the_names_of_strangers() -> None:
    rows = [{"name": "<script>\u202e&", "mean": 3.0, "q10": 2.0, "q90": 4.0}]
    with Painter() as painter:
        [svg] = painter.draw([specs.groups(rows)])
    drawn = ElementTree.fromstring(svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))  # noqa: S314
    assert "<script>\\u202e&" in "".join(drawn.itertext())
    assert "var(--c1)" in svg
    assert "var(" not in in_colours(svg, LIGHT)


def test_charts_are_equally_large_whatever_their_labels_are() -> None:
    rows = [{"date": date(2026, 11, day), "mean": 1e9 * day, "q10": 0.0, "q90": 2e9 * day} for day in range(1, 9)]
    small = [row | {"mean": 0.001, "q90": 0.002} for row in rows]
    with Painter() as painter:
        drawn = painter.draw([specs.over_days([], one, with_year_ago=False) for one in (rows, small)])
    sizes = [re.search(r'viewBox="0 0 (\S+) ', svg) for svg in drawn]
    assert [size[1] for size in sizes if size] == ["420", "420"]
    assert "15,000 M" in drawn[0]


def test_a_process_that_cannot_draw_is_an_error_with_its_reason() -> None:
    with Painter() as painter, pytest.raises(NightcastError, match="could not be drawn"):
        painter.draw([{"mark": "nonsense"}])


def test_small_charts_have_the_heights_of_their_values_and_gaps_where_nothing_is_known() -> None:
    came = np.array([[0.0, np.nan, 10.0], [np.nan, np.nan, np.nan]])
    mean, low, high = np.array([[5.0], [1.0]]), np.array([[0.0], [0.0]]), np.array([[10.0], [2.0]])
    first, second = paths(came, mean, low, high)
    assert first == ("M0 38M80 2", "M120 20", "M120 2L120 38")
    assert second[0] == ""
    assert second[1] == "M120 20"
