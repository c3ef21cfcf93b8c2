"""The tools that read any view for readers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sql.answers.ask import Answer, ask
from sql.answers.reading import MOST_ROWS, USUAL_ROWS, Filter, Limit, Reading, Totals
from sql.answers.views import ReadersViews
from sql.views.definitions import READERS_VIEWS

View = Annotated[str, Field(description="Name of a view, as `describe` lists them.")]
Filters = Annotated[tuple[Filter, ...], Field(description="Conditions that all hold.")]
OrderBy = Annotated[
    tuple[str, ...], Field(description='Columns to sort by, such as "period", or "mean desc" for the greatest first.')
]


class Tools:
    """Tools on some views.

    Args:
        views: what they read.
    """

    def __init__(self, views: ReadersViews) -> None:
        self._views = views

    def answer(self, asked: Reading | Totals) -> Answer:
        """Read what is asked."""
        return ask(self._views, asked)

    def describe(
        self, view: Annotated[str | None, Field(description="Name of a view; without it, all views.")] = None
    ) -> Answer:
        """What a view's rows and columns mean and of which type they are, or what the rows of every view are.

        Begin here before `read_view` and `total_of_view`.
        """
        if view is not None:
            self._views.table(view)  # refuses what is no view for readers
        which = (
            Filter(column="position", value=0) if view is None else Filter(column="relation", value=view),
            Filter(column="relation", comparison="in", value=[*READERS_VIEWS]),
        )
        columns = ("relation", "description") if view is None else ("column_name", "type", "description")
        return self.answer(Reading("rpt_dictionary", columns, which, ("relation", "position"), MOST_ROWS))

    def read_view(
        self,
        view: View,
        columns: Annotated[tuple[str, ...], Field(description="Columns to show; none: all.")] = (),
        filters: Filters = (),
        order_by: OrderBy = (),
        limit: Limit = USUAL_ROWS,
    ) -> Answer:
        """Rows of a view. `is_cut_short` says whether there are more: filter, or ask `total_of_view`."""
        return self.answer(Reading(view, columns, filters, order_by, limit))

    def total_of_view(
        self,
        view: View,
        measures: Annotated[
            tuple[str, ...],
            Field(min_length=1, description='"count", or sum, mean, least or greatest and a column: "sum mean".'),
        ],
        by: Annotated[tuple[str, ...], Field(description="Columns whose values each have a row; none: one row.")] = (),
        filters: Filters = (),
        order_by: Annotated[
            tuple[str, ...], Field(description='Columns of the answer to sort by: "count desc", "sum_mean desc".')
        ] = (),
        limit: Limit = USUAL_ROWS,
    ) -> Answer:
        """Counts, sums, means, least and greatest values of a view's rows. Quantiles do not add up, and are refused."""
        return self.answer(Totals(view, measures, by, filters, order_by, limit))
