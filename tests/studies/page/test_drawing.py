from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.cbook import boxplot_stats

from studies.charts import BoxPlot, Chart, HeatMap, Histogram, LineChart
from studies.page.box_plots import MOST_POINTS, beyond, box_of, limits
from studies.page.drawing import Drawing, draw, thinned

GENERATOR = np.random.default_rng(1)
SCORES = GENERATOR.normal(100, 5, size=500)
STEPS = np.arange(40.0)

CHARTS: dict[str, Chart] = {
    "boxes": BoxPlot("Boxes", "test RMSE", {"one": SCORES, "two": SCORES[:9] + 4}, {"one": 99.0}, "published mean"),
    "lines": LineChart("Lines", "month", "sales", {"a": (STEPS, STEPS)}, {"a": (STEPS, STEPS - 1, STEPS + 1)}),
    "histogram": Histogram("Histogram", "value", {"truth": SCORES, "forecast": SCORES + 1}),
    "heat map": HeatMap("Heat map", "month", "step", np.arange(12.0).reshape(3, 4), "weight", tuple("abcd")),
}

ODD_CHARTS: dict[str, Chart] = {
    "boxes of nothing": BoxPlot("", "", {"none": np.array([]), "all diverged": np.full(3, np.nan)}),
    "boxes without chance": BoxPlot("", "", {"same": np.zeros(5), "one": np.array([1.0])}, {"same": np.nan}),
    "boxes with far values": BoxPlot("", "", {"far": np.append(SCORES, [1e12, -1e12, np.inf])}),
    "boxes with odd names": BoxPlot(
        "", "a $x$", dict.fromkeys(["_a", "$b_1$", '<c> & "d"', "日本", "x" * 100], SCORES)
    ),
    "lines of nothing": LineChart("", "", "", {"none": (np.array([]), np.array([])), "gaps": (STEPS, STEPS * np.nan)}),
    "a point": LineChart("", "", "", {"_p": (np.ones(1), np.ones(1))}, {"_p": (np.ones(1), np.zeros(1), np.ones(1))}),
    "infinite values": LineChart("", "", "", {"a": (STEPS, np.append(STEPS[1:], np.inf))}),
    "many lines": LineChart("", "", "", {str(name): (STEPS, STEPS * name) for name in range(30)}),
    "a histogram of nothing": Histogram("", "", {"none": np.array([]), "diverged": np.full(3, np.nan)}),
    "a histogram without chance": Histogram("", "", {"same": np.full(9, 3.0), "none": np.array([])}),
    "a heat map of nothing": HeatMap("", "", "", np.full((2, 2), np.nan)),
    "a heat map with a gap": HeatMap("", "", "", np.array([[1.0, np.nan]])),
}


def root(drawing: Drawing) -> ElementTree.Element:
    """The SVG, parsed as XML; a browser knows the name space of links by itself."""
    return ElementTree.fromstring(drawing.svg.replace("<svg", "<svg xmlns:xlink='links'", 1))  # noqa: S314  (our own)


def words(drawing: Drawing) -> str:
    return " ".join(part.text or "" for part in root(drawing).iter("text"))


@pytest.mark.parametrize("name", [*CHARTS, *ODD_CHARTS])
def test_a_chart_is_an_svg_that_refers_to_nothing_outside_itself(name: str) -> None:
    drawing = draw((CHARTS | ODD_CHARTS)[name], "p1")
    assert root(drawing).tag == "svg"
    assert re.findall(r"https?:|#0102\w\w|<style|<metadata|<script", drawing.svg) == []
    identifiers = re.findall(r"\bid=\"([^\"]*)\"", drawing.svg)
    assert len(set(identifiers)) == len(identifiers) > 0
    assert all(one.startswith("p1-") for one in identifiers)
    assert set(re.findall(r"(?:url\(|href=\")#([^\")]*)", drawing.svg)) <= set(identifiers)


@pytest.mark.parametrize("name", CHARTS)
def test_the_same_chart_is_the_same_text(name: str) -> None:
    assert draw(CHARTS[name], "p") == draw(CHARTS[name], "p")


@pytest.mark.parametrize("name", CHARTS)
def test_colours_are_those_of_the_page(name: str) -> None:
    colours = set(re.findall(r"(?:fill|stroke): ([^;\"]+)", draw(CHARTS[name], "p").svg))
    assert "var(--ink)" in colours or "var(--faint)" in colours
    assert {colour for colour in colours if not colour.startswith("var(--")} <= {"none"}


def test_text_stays_text() -> None:
    assert {"one", "two", "test", "RMSE"} <= set(words(draw(CHARTS["boxes"], "p")).split())
    assert {"month", "sales"} <= set(words(draw(CHARTS["lines"], "p")).split())
    assert {*"abcd", "0", "1", "2"} <= set(words(draw(CHARTS["heat map"], "p")).split())
    odd = words(draw(ODD_CHARTS["boxes with odd names"], "p"))
    assert all(name in odd for name in ("_a", "$b_1$", '<c> & "d"', "日本"))


def test_legends_name_what_is_drawn() -> None:
    assert [entry.name for entry in draw(CHARTS["histogram"], "p").legend] == ["truth", "forecast"]
    assert [entry.shape for entry in draw(CHARTS["boxes"], "p").legend] == ["area", "dot", "diamond"]
    assert draw(CHARTS["boxes"], "p").legend[-1].name == "published mean"
    many = draw(ODD_CHARTS["many lines"], "p").legend
    assert len({(entry.colour, entry.dashes) for entry in many[:24]}) == 24


def test_diverged_and_far_values_are_counted() -> None:
    text = words(draw(ODD_CHARTS["boxes with far values"], "p"))
    assert "far (1 of 503 diverged)" in text
    assert "1 below, to -1e+12; 1 above, to 1e+12" in text


def test_a_page_stays_small() -> None:
    long = LineChart("", "", "", {"noise": (np.arange(1e5), GENERATOR.normal(size=100_000))})
    boxes = BoxPlot("", "", {str(name): GENERATOR.standard_cauchy(100_000) for name in range(3)})
    assert len(draw(long, "p").svg) < 60_000
    assert len(draw(boxes, "p").svg) < 60_000


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(-9, 9), st.just(np.nan)), max_size=200), st.integers(2, 40).map(lambda n: 2 * n))
def test_a_thinned_line_keeps_its_extremes_and_its_order(values: list[float], most: int) -> None:
    y = np.array(values, dtype=float)
    x = np.arange(len(y), dtype=float)
    few_x, few_y = thinned(x, y, most)
    assert len(few_x) == len(few_y) <= most
    assert np.all(np.diff(few_x) >= 0)
    np.testing.assert_array_equal(few_y, y[few_x.astype(int)])
    if np.isfinite(y).any():
        assert (np.nanmin(few_y), np.nanmax(few_y)) == (np.nanmin(y), np.nanmax(y))


def test_a_long_gap_stays() -> None:
    y = np.sin(np.arange(10_000.0))
    y[4000:5000] = np.nan
    x, thin = thinned(np.arange(10_000.0), y, 100)
    assert np.isnan(thin[(x > 4200) & (x < 4800)]).all()
    assert not np.isnan(thin[(x < 3800) | (x > 5200)]).any()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_boxes_are_those_of_matplotlib(values: list[float]) -> None:
    box = box_of(np.array(values))
    (expected,) = boxplot_stats(np.array(values))
    assert box is not None
    for name in ("q1", "med", "q3", "mean"):
        assert box[name] == pytest.approx(expected[name], rel=1e-12, abs=1e-9)
    outside = np.sort(expected["fliers"])
    np.testing.assert_array_equal(box["all_fliers"], outside)
    np.testing.assert_array_equal(box["fliers"], outside)


def test_of_many_values_outside_some_are_drawn_and_the_farthest_always() -> None:
    box = box_of(GENERATOR.standard_cauchy(20_000))
    assert box is not None
    assert len(box["all_fliers"]) > len(box["fliers"]) == MOST_POINTS
    assert (box["fliers"][0], box["fliers"][-1]) == (box["all_fliers"][0], box["all_fliers"][-1])


def test_far_values_leave_the_boxes_their_room() -> None:
    near, far = box_of(SCORES), box_of(np.append(SCORES, 1e9))
    assert near is not None
    assert far is not None
    low, high = limits([near, far], [95.0])
    assert 70 < low < near["whislo"]
    assert near["whishi"] < high < 130
    assert beyond(near, low, high) == ""
    assert beyond(far, low, high).startswith("1 above, to 1e+09; mean ")
    assert limits([near], [1000.0])[1] > 1000
