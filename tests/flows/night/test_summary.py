"""The summary of a night in Prefect."""

from __future__ import annotations

import datetime
from typing import Any

from flows.night.request import Outcome
from flows.night.summary import summary
from nightcast.values import Product


def outcome(**values: Any) -> Outcome:
    return Outcome(product=Product.SALES, as_of=datetime.date(2026, 11, 27), rows_written=42, **values)


def test_decision_notes_and_scores_are_whole() -> None:
    decision = "trained, since the champion is 9 days old; " * 20
    text = summary(outcome(run_id="r1", decision=decision, notes=["one", "two"], scores={"wape": 0.25, "mase": 0.5}))
    assert decision.strip() in text
    assert "| Rows written | 42 |" in text
    assert "- one\n- two" in text
    assert any(line.startswith("| wape (") and line.endswith("| 0.25 |") for line in text.splitlines())
    assert not any(decision[:20] in line for line in text.splitlines() if line.startswith("|"))


def test_a_dry_run_wrote_nothing() -> None:
    text = summary(outcome(dry_run=True))
    assert "| Rows that would be written | 42 |" in text
    assert "Rows written" not in text


def test_nothing_from_a_source_becomes_markup() -> None:
    text = summary(outcome(served="`a`|b", decision="<script>", notes=["| [x](y) |\n# z"]))
    assert not set("<`") & set(text)
    assert all(line.count("|") == 3 for line in text.splitlines() if line.startswith("|"))
    assert "\n# z" not in text
