"""One sentence about how far a product's forecasts can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flows.console import Row

Scores = Mapping[str, tuple[float, float | None]]
"""The value of each metric, and the baseline's."""


def trust_sentence(rows: Iterable[Row]) -> str:
    """What came true, from the newest scores of one product; empty without any that are plain.

    Args:
        rows: rows of `show accuracy` of one product, as-of and part.
    """
    found = list(rows)
    measured = [row for row in found if row["value"] is not None and row["baseline"] == found[0]["baseline"]]
    scores = {row["metric"]: (row["value"], row["baseline_value"]) for row in measured}
    facts = [fact for fact in (_came(scores), _bands(scores), _errors(scores)) if fact]
    return f"{_measured(found[0])}: {'; '.join(facts)}." if facts else ""


def _measured(row: Row) -> str:
    if row["measured"] == "evaluation":
        return f"{row['product']}, on the past, since no forecast's days are over (as of {row['as_of']})"
    part = "" if row["part"] == "all" else f", {'days' if row['product'] == 'next_visit' else 'steps'} {row['part']}"
    return (
        f"{row['product']}, forecast of {row['as_of']}{part}{', a backfill' if row['measured'] == 'backfill' else ''}"
    )


def _came(scores: Scores) -> str:
    for came, expected, what in (
        ("realised_returners", "predicted_returners", "customers came back"),
        ("realised_customers", "predicted_customers", "customers came"),
    ):
        if came in scores and expected in scores:
            return f"{scores[came][0]:,.0f} {what}, {scores[expected][0]:,.0f} expected"
    return ""


def _bands(scores: Scores) -> str:
    return f"80 % bands held {_percent(scores['coverage_80'][0])}" if "coverage_80" in scores else ""


def _errors(scores: Scores) -> str:
    """The loss that people understand best, beside the baseline's."""
    if "wape" in scores:
        value, baseline = scores["wape"]
        beside = f", {_percent(baseline)} by repeating the last season" if baseline is not None else ""
        return f"off by {_percent(value)} of sales{beside}"
    value, baseline = scores.get("log_loss") or scores.get("rps") or (0.0, None)
    if not baseline:
        return ""
    gain = 1 - value / baseline
    return f"{_percent(abs(gain))} {'better' if gain >= 0 else 'worse'} than the baseline"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
