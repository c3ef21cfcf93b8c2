"""The part of next visits in each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import numpy as np

from models.common.holidays import check_country
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.figures import brier_name
from models.next_visit.recipes.model import NextVisitModel
from nightcast.values import WHOLE, Bins, Part, Product, to_date, to_day
from sql import tables
from sql.engine import Database
from sql.hindsight.changes import expected_by_bin
from sql.ledger.live_reviews import LiveMeasure
from sql.ledger.reviews import OpenRun, Review
from sql.settings import SourceSettings
from tasks.hindsight.interface import Expected
from tasks.next_visit.forecasting import BATCH_CUSTOMERS, Forecaster
from tasks.next_visit.kept.changes import read_changes
from tasks.next_visit.reading import (
    locate_visits,
    most_frequent,
    new_bookings,
    next_bookings,
    point_out_new_bookings,
    point_out_walk_in,
    read_all,
)
from tasks.next_visit.reviewing import review_visits
from tasks.next_visit.sample import sampled_customers
from tasks.next_visit.tables import (
    next_visit_day_rows,
    visit_bin_rows,
)
from tasks.night import Choice, Night, Prepared, Sections, SourceRows
from tasks.prepare import check_freshness
from tasks.product import Batch, LocatedSource, Parameters, Past, ProductSteps, Rooms


class NextVisitSteps(ProductSteps[CustomerBase, NextVisitModel]):
    """Next visits: the steps turn visits into a customer base, and forecast the bins of every customer."""

    name: ClassVar[Product] = Product.NEXT_VISIT
    source: ClassVar[str] = "visits"
    subject: ClassVar[str] = "customer"
    to_exclude: ClassVar[str] = "[source.visits] exclude_customers leaves them out"

    def check(self, database: Database, source: SourceSettings) -> LocatedSource:
        """Locate the visits; see `ProductSteps.check`."""
        return locate_visits(database, source.visits)

    def read(self, night: Night, located: LocatedSource) -> SourceRows:
        """Read the visits before the as-of; see `ProductSteps.read`."""
        wanted = night.sections.next_visit.incremental
        # SQLite gives all rows in less time than fingerprints, which are computed by Python there.
        if wanted == "always" or (wanted == "auto" and night.database.dialect != "sqlite"):
            return read_changes(night, self, located)
        return read_all(night, self, located)

    def prepare(self, night: Night, rows: SourceRows) -> Prepared[CustomerBase]:
        """Merge the visits into visit days; see `ProductSteps.prepare`."""
        if (country := holidays_country(night)) is not None:
            check_country(country)
        history = VisitHistory.from_rows(rows.code, rows.day, rows.value, len(rows.ids))
        if not rows.is_part:
            point_out_walk_in(night, len(rows.ids), most_frequent(rows))
            point_out_new_bookings(night, new_bookings(rows))
        data_through = int(rows.day.max())
        check_freshness(night, self, data_through)
        sample = None if rows.is_part else sampled_customers(rows.ids, rows.rows_read)
        known = CustomerBase(history, night.question.day, sample)
        return Prepared(rows.ids, known, data_through, rows.bookings)

    def shape(self, night: Night, prepared: Prepared[CustomerBase]) -> Parameters:
        """The settings that shape a model; see `ProductSteps.shape`."""
        return {
            "next_visit": night.sections.next_visit.model_dump(mode="json", exclude={"incremental"}),
            "timezone": night.question.timezone,
            "seed": night.sections.model.seed,
        }

    def horizon_end(self, night: Night, prepared: Prepared[CustomerBase], day: int) -> int:
        """The last day of the last bin but `later`."""
        return day + night.sections.next_visit.bins.horizon - 1

    def rooms(self) -> Rooms[NextVisitModel]:
        """The functions of `models.next_visit`."""
        from models.next_visit.gate.select import select
        from models.next_visit.recipes.registry import fit_baseline, load_model
        from models.next_visit.search import applied, objective, present, space

        return Rooms(select, fit_baseline, load_model, space, present, applied, objective)

    def batches(
        self, night: Night, prepared: Prepared[CustomerBase], choice: Choice[NextVisitModel]
    ) -> Iterator[Batch]:
        """The bins, then the customers, `BATCH_CUSTOMERS` at a time."""
        forecaster = Forecaster.of(choice.model, prepared.known, holidays_country(night))
        booked = next_bookings(prepared.bookings, prepared.ids)
        expected = np.zeros(choice.model.bins.horizon)
        yield Batch([(tables.visit_bin, visit_bin_rows(night, choice.model.bins))], 0)
        for customers in forecaster.rows(night, prepared.ids, prepared.known, booked):
            expected += customers.by_day
            yield Batch([(tables.next_visit_stored, customers.stored)], customers.through)
        yield Batch([(tables.next_visit_day, next_visit_day_rows(night, expected))], prepared.known.customers)

    def rows_to_write(self, night: Night, prepared: Prepared[CustomerBase]) -> int:
        """The number of rows in `batches`."""
        bins = night.sections.next_visit.bins
        return len(prepared.ids) + bins.count + bins.horizon

    def parts(self, prepared: Prepared[CustomerBase], run: OpenRun) -> list[Part]:
        """The bins that it was published with, and the whole; see `ProductSteps.parts`."""
        from models.next_visit.review import parts_of

        return parts_of(to_day(run.as_of), Bins(run.ends))

    def review(self, night: Night, prepared: Prepared[CustomerBase], run: OpenRun, parts: Sequence[str]) -> Review:
        """Compare published probabilities with the observed bins; see `ProductSteps.review`."""
        return review_visits(night, prepared, run, parts)

    def expected(self, database: Database, prepared: Prepared[CustomerBase], run_id: str) -> Mapping[str, Expected]:
        """The expected customers by bin."""
        first, last, totals = zip(*expected_by_bin(database, run_id), strict=True)
        begins, ends = (np.array([to_day(date) for date in dates]) for dates in (first, last))
        return _due_and_returning(Expected(begins, ends, np.array(totals, np.float64)))

    def expected_by(self, prepared: Prepared[CustomerBase], model: NextVisitModel) -> Mapping[str, Expected]:
        """The expected customers by bin."""
        from models.next_visit.forecast import bin_probabilities

        known, edges = prepared.known, np.array([0, *model.bins.edges])
        totals = np.zeros(len(edges) - 1)
        for start in range(0, known.customers, BATCH_CUSTOMERS):
            part = known.slice(start, min(start + BATCH_CUSTOMERS, known.customers))
            totals += bin_probabilities(model, part)[:, :-1].sum(axis=0)
        totals *= prepared.times
        return _due_and_returning(Expected(known.as_of + edges[:-1], known.as_of + edges[1:] - 1, totals))

    def live_measure(self, night: Night, prepared: Prepared[CustomerBase], through: int) -> LiveMeasure:
        """The Brier score of a visit by the end of the first bin."""
        bins, days = night.sections.next_visit.bins, (through - 13, through - 6, through)
        return LiveMeasure(bins.labels[0], brier_name(bins.edges[0]), WHOLE, *map(to_date, days))

    def past(self, sections: Sections, prepared: Prepared[CustomerBase], through: int) -> Past:
        """The past of the customers; see `ProductSteps.past`."""
        from models.next_visit.backtest import VisitPast

        return VisitPast(prepared.known.history, sections.next_visit, through)


def holidays_country(night: Night) -> str | None:
    """The country whose public holidays move dates: that of visits per day."""
    return night.sections.visit_counts.known_country(night.sections.sales)


def _due_and_returning(by_bin: Expected) -> dict[str, Expected]:
    """The measures of `forecast_change`: the first bin, and all bins but ``later``."""
    due = Expected(by_bin.first[:1], by_bin.last[:1], by_bin.total[:1])
    return {"due": due, "returning": by_bin}
