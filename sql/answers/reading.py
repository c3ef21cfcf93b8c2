"""What may be asked of a view: which columns, of which rows, in which order, and how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from nightcast.validation import Section

MOST_ROWS = 500
"""In one answer: whoever needs more reads the views with SQL."""

USUAL_ROWS = 20

Comparison = Literal["=", "<>", "<", "<=", ">", ">=", "in", "contains", "is null", "is not null"]

Scalar: TypeAlias = bool | int | float | str

Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="Greatest number of rows.")]


class Filter(Section):
    """A condition on one column."""

    column: str = Field(description="Name of a column of the view.")
    comparison: Comparison = Field("=", description="How its value compares with `value`.")
    value: Scalar | list[Scalar] | None = Field(
        None,
        description="Text, a number, true or false; a date as YYYY-MM-DD; a list for `in`; nothing for `is null` and "
        "`is not null`.",
    )


@dataclass(frozen=True)
class Reading:
    """Rows of a view.

    Attributes:
        view: its name.
        columns: the columns to show; empty: all.
        filters: conditions that all hold.
        order_by: columns to sort by, each followed by " desc" where the greatest come first.
        limit: the greatest number of rows.
    """

    view: str
    columns: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    order_by: tuple[str, ...] = ()
    limit: int = USUAL_ROWS


@dataclass(frozen=True)
class Totals:
    """Counts, sums and means of the rows of a view.

    Attributes:
        view: its name.
        measures: "count", or one of sum, mean, least and greatest, followed by a column.
        by: columns whose values each have a row of their own.
        filters: conditions that all hold.
        order_by: columns of the answer to sort by, as in `Reading`.
        limit: the greatest number of rows.
    """

    view: str
    measures: tuple[str, ...] = ("count",)
    by: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    order_by: tuple[str, ...] = ()
    limit: int = USUAL_ROWS
