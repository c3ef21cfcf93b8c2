"""Forecasting customers, a bounded number at a time, by a model and what all customers share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.recipes.model import NextVisitModel
from nightcast.threads import in_threads
from tasks.next_visit.tables import next_visit_rows, with_bookings
from tasks.night import Night

if TYPE_CHECKING:
    from models.next_visit.curve.shared import Shared
    from models.next_visit.value.value import Shop

BATCH_CUSTOMERS = 20_000


@dataclass(frozen=True, eq=False)
class CustomerRows:
    """The rows of some customers.

    Attributes:
        stored: as `next_visit_stored` has them.
        through: the number of customers up to the last one of these.
        by_day: float64 (horizon,), the customers whose next visit is expected on each day.
    """

    stored: pa.Table
    through: int
    by_day: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Forecaster:
    """Everything that the forecast of a customer needs besides the customer: in every process the same.

    Attributes:
        model: the model that serves.
        shared: what the curves of all customers share.
        shop: what the values of all customers share.
    """

    model: NextVisitModel
    shared: Shared
    shop: Shop

    @classmethod
    def of(cls, model: NextVisitModel, known: CustomerBase, country: str | None) -> Forecaster:
        """Of the customers that models learn from.

        Raises:
            SettingsError: if public holidays of the country are not known.
        """
        from models.next_visit.curve.shared import Shared
        from models.next_visit.value.value import Shop

        return cls(model, Shared.of(model, known, country), Shop.of(known))

    def rows(
        self,
        night: Night,
        ids: pa.Array,
        known: CustomerBase,
        booked: NDArray[Any],
        threads: int | None = None,
    ) -> Iterator[CustomerRows]:
        """The rows of all customers, `BATCH_CUSTOMERS` at a time.

        Args:
            night: gives the run and the as-of.
            ids: the customers' identifiers, text (n,).
            known: the customers.
            booked: float64 (n,), the day of each one's next booking; NaN without one.
            threads: how many threads forecast; None: one for each core.
        """
        from models.next_visit.forecast import forecast

        def batch(start: int) -> CustomerRows:
            stop = min(start + BATCH_CUSTOMERS, known.customers)
            result = forecast(self.model, known.slice(start, stop), self.shared, self.shop)
            rows = next_visit_rows(night, ids.slice(start, stop - start), result)
            return CustomerRows(with_bookings(rows, booked[start:stop]), stop, result.expected_by_day)

        return in_threads(batch, range(0, known.customers, BATCH_CUSTOMERS), threads)
