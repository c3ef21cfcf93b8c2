"""How each listing of ``nightcast show`` looks as a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How a listing is shown.

    Attributes:
        empty: the message if there are no rows.
        options: the options that apply to it, beside --limit.
        columns: the columns of a table; None: all. JSON and CSV have all columns.
        hidden: columns that a table leaves out.
        minor: columns that a table leaves out where it would be too wide, the least important first.
    """

    empty: str
    options: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    hidden: tuple[str, ...] = ()
    minor: tuple[str, ...] = ()


LOOKS = {
    "runs": Look(
        "No run yet: `nightcast run` starts one.",
        ("product",),
        (
            "product",
            "as_of",
            "status",
            "started_at",
            "subjects",
            "rows_written",
            "rows_rejected",
            "decision",
            "notes",
            "error",
        ),
        minor=("rows_rejected", "rows_written", "subjects"),
    ),
    "next-visit": Look(
        "No next-visit forecast has been published yet: `nightcast run` publishes one.",
        ("customer",),
        hidden=("as_of",),
        minor=(
            "visit_days",
            "median_days_ahead",
            "elapsed_days",
            "last_visit_on",
            "overdue_days",
            "later",
            "state",
            "date_90",
            "date_10",
        ),
    ),
    "visits": Look(
        "No forecast of visits per day has been published yet: `nightcast run` publishes one.",
        ("series",),
        hidden=("as_of",),
        minor=("to_date", "span"),
    ),
    "sales": Look(
        "No sales forecast has been published yet: `nightcast run` publishes one.",
        ("series",),
        hidden=("as_of", "steps", "status"),
        minor=("model", "skill", "q025", "q975", "step"),
    ),
    "totals": Look(
        "No sales forecast has been published yet: `nightcast run` publishes one.",
        hidden=("as_of",),
        minor=("is_whole", "to_period"),
    ),
    "accuracy": Look(
        "No score yet: a training adds evaluations, and each part of a forecast is reviewed when its days are over.",
        ("product",),
        ("product", "measured", "as_of", "part", "segment", "metric", "value", "baseline", "baseline_value", "skill"),
        minor=("skill", "baseline", "baseline_value"),
    ),
    "models": Look(
        "No model has been trained yet: `nightcast run` trains one.",
        ("product",),
        hidden=("metrics", "product"),
        minor=("trained_at",),
    ),
    "rejected": Look("No row has been rejected.", minor=("rejected_at", "rejected_by", "file_name")),
}
