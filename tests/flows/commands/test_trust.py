"""One sentence about how far forecasts can be trusted."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from flows.commands.tables.trust import trust_sentence
from flows.console import Row

NOTHING: dict[str, Any] = {"baseline": None, "baseline_value": None}


def rows(product: str, scores: Mapping[str, tuple[float, float | None]], **values: Any) -> list[Row]:
    shared = {"product": product, "measured": "review", "as_of": datetime.date(2026, 9, 1), "part": "all"}
    return [
        NOTHING | shared | values | {"metric": metric, "value": value, "baseline_value": baseline}
        for metric, (value, baseline) in scores.items()
    ]


def test_returns_are_counted_beside_those_expected() -> None:
    scores = {"predicted_returners": (297.2, 280.0), "realised_returners": (305, 305), "log_loss": (0.9, 1.0)}
    sentence = trust_sentence(rows("next_visit", scores))
    assert "305 customers came back, 297 expected; 10 % better" in sentence
    assert "2026-09-01" in sentence
    assert "backfill" in trust_sentence(rows("next_visit", scores, measured="backfill"))


def test_a_part_says_its_days() -> None:
    scores = {"predicted_customers": (20.0, 1.0), "realised_customers": (18.0, 1.0)}
    sentence = trust_sentence(rows("next_visit", scores, part="1-7"))
    assert "days 1-7" in sentence
    assert "18 customers came, 20 expected" in sentence


def test_sales_have_bands_and_errors() -> None:
    scores = {"coverage_80": (0.67, 0.8), "wape": (0.25, 0.5)}
    assert "80 % bands held 67 %; off by 25 % of sales, 50 %" in trust_sentence(rows("sales", scores))


def test_without_plain_figures_nothing_is_said() -> None:
    assert trust_sentence([]) == ""
    assert trust_sentence(rows("sales", {"mase": (0.5, 1.0)})) == ""
