"""The generated shop, as the models see it."""

from __future__ import annotations

import datetime
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.sales.data.build import build_panel
from models.sales.data.panel import SalesPanel
from models.sales.settings import SalesSettings
from nightcast.values import to_day
from tasks.upkeep.demo_shop.shop import DemoShop, generate

AS_OF = to_day(datetime.date(2026, 11, 2))


@cache
def shop() -> DemoShop:
    """The shop until the day before the as-of."""
    return generate(datetime.date(2026, 11, 1), seed=1)


@cache
def customers() -> CustomerBase:
    """The customers at the as-of."""
    visits = shop().visits
    codes = pc.dictionary_encode(visits["customer_id"]).combine_chunks()
    day = visits["visited_at"].cast(pa.timestamp("s")).cast(pa.date32()).cast(pa.int32())
    history = VisitHistory.from_rows(
        codes.indices.to_numpy(), day.to_numpy(), visits["amount"].to_numpy(), len(codes.dictionary)
    )
    return CustomerBase.at(history, AS_OF)


@cache
def sales() -> SalesPanel:
    """The sales of all products at the as-of."""
    rows = shop().sales
    codes = pc.dictionary_encode(rows["series_id"]).combine_chunks()
    day = rows["period"].cast(pa.int32()).to_numpy()
    value = rows["value"].to_numpy()
    return build_panel(
        codes.indices.to_numpy(), day, value, len(codes.dictionary), AS_OF, frequency="D", settings=SalesSettings()
    )
