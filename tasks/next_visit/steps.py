"""The part of next visits in each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.figures import brier_name
from models.next_visit.recipes.model import NextVisitModel
from nightcast.values import WHOLE, Bins, Evaluation, Part, Product, to_date, to_day
from sql import tables
from sql.engine import Database
from sql.ledger.live_reviews import LiveMeasure
from sql.ledger.reviews import OpenRun, read_forecast
from sql.settings import SourceSettings
from tasks.next_visit.reading import locate_visits, point_out_walk_in, visit_batches
from tasks.next_visit.tables import next_visit_bin_rows, next_visit_rows, visit_bin_rows
from tasks.night import Choice, Night, Prepared, Sections, SourceRows
from tasks.prepare import check_freshness
from tasks.product import Batch, LocatedSource, Parameters, Past, ProductSteps, Rooms
from tasks.read import RowReader, code_rows
from tasks.review import places

BATCH_CUSTOMERS = 20_000


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
        reader = RowReader(night, self, "amount", night.sections.source.visits.timezone)
        return code_rows(visit_batches(night, located, reader), reader, with_mentioned=False)

    def prepare(self, night: Night, rows: SourceRows) -> Prepared[CustomerBase]:
        """Merge the visits into visit days; see `ProductSteps.prepare`."""
        history = VisitHistory.from_rows(rows.code, rows.day, rows.value, len(rows.ids))
        point_out_walk_in(night, rows)
        data_through = int(rows.day.max())
        check_freshness(night, self, data_through)
        return Prepared(rows.ids, CustomerBase(history, night.question.day), data_through)

    def shape(self, night: Night, prepared: Prepared[CustomerBase]) -> Parameters:
        """The settings that shape a model; see `ProductSteps.shape`."""
        return {
            "next_visit": night.sections.next_visit.model_dump(mode="json"),
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
        from models.next_visit.curve.shared import Shared
        from models.next_visit.forecast import forecast
        from models.next_visit.value.value import Shop

        shared = Shared.of(choice.model, prepared.known)
        shop = Shop.of(prepared.known)
        yield Batch([(tables.visit_bin, visit_bin_rows(night, choice.model.bins))], 0)
        for start in range(0, prepared.known.customers, BATCH_CUSTOMERS):
            stop = min(start + BATCH_CUSTOMERS, prepared.known.customers)
            ids, result = (
                prepared.ids.slice(start, stop - start),
                forecast(choice.model, prepared.known.slice(start, stop), shared, shop),
            )
            rows = [
                (tables.next_visit, next_visit_rows(night, ids, result)),
                (tables.next_visit_bin, next_visit_bin_rows(night, ids, result)),
            ]
            yield Batch(rows, stop)

    def rows_to_write(self, night: Night, prepared: Prepared[CustomerBase]) -> int:
        """The number of rows in `batches`."""
        bins = night.sections.next_visit.bins.count
        return len(prepared.ids) * (1 + bins) + bins

    def parts(self, prepared: Prepared[CustomerBase], run: OpenRun) -> list[Part]:
        """The bins that it was published with, and the whole; see `ProductSteps.parts`."""
        from models.next_visit.review import parts_of

        return parts_of(to_day(run.as_of), Bins(run.ends))

    def review(
        self, night: Night, prepared: Prepared[CustomerBase], run: OpenRun, parts: Sequence[str]
    ) -> list[Evaluation]:
        """Compare published probabilities with the observed bins; see `ProductSteps.review`."""
        from models.next_visit.review import review_published

        bins = Bins(run.ends)
        rows = read_forecast(night.database, tables.next_visit_bin, run.run_id, "customer_id", ("bin", "probability"))
        number, probability = rows.numbers
        probabilities = np.full((len(prepared.ids), bins.count), np.nan)
        place, is_known = places(rows, prepared.ids)
        probabilities[place[is_known], number[is_known].astype(np.int64) - 1] = probability[is_known]
        return review_published(prepared.known.history, to_day(run.as_of), bins, probabilities, parts)

    def live_measure(self, night: Night, prepared: Prepared[CustomerBase], through: int) -> LiveMeasure:
        """The Brier score of a visit by the end of the first bin."""
        bins, days = night.sections.next_visit.bins, (through - 13, through - 6, through)
        return LiveMeasure(bins.labels[0], brier_name(bins.edges[0]), WHOLE, *map(to_date, days))

    def past(self, sections: Sections, prepared: Prepared[CustomerBase], through: int) -> Past:
        """The past of the customers; see `ProductSteps.past`."""
        from models.next_visit.backtest import VisitPast

        return VisitPast(prepared.known.history, sections.next_visit, through)
