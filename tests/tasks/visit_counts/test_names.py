"""Which identifiers are written as series of visits per day are."""

from __future__ import annotations

import pyarrow as pa

from tasks.visit_counts.names import look_like_counts


def test_names_of_visits_per_day_are_told_from_others() -> None:
    names = ["all", "All", "", "store=north", "store=", "store unknown", "storeroom=1", "region=x", "x store=north"]
    counts = look_like_counts(pa.array(names), ("store",))
    assert [name for name, is_count in zip(names, counts, strict=True) if is_count] == [
        "all",
        "store=north",
        "store=",
        "store unknown",
    ]
    assert look_like_counts(pa.array(["all", "store=north"]), ()).tolist() == [True, False]
