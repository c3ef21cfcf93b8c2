"""Nights that read only what has changed: what they come to is what a full reading comes to."""

from __future__ import annotations

import datetime
import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sql.engine import Database
from sql.settings import VisitSource
from tests.conftest import MYSQL_ALONE
from tests.tasks.next_visit.kept_nights import require_equal
from tests.tasks.nights import CLOCK

NIGHTS = 30
FIRST = CLOCK - datetime.timedelta(days=NIGHTS)
DAY = datetime.timedelta(days=1)

Row = tuple[Any, Any, Any]


def table_of(id_type: Any, moment_type: Any, amount_type: Any) -> sa.Table:
    return sa.Table(
        "visits",
        sa.MetaData(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("customer_id", id_type),
        sa.Column("visited_at", moment_type),
        sa.Column("amount", amount_type),
    )


class Shop:
    """A table of visits that changes from night to night, as sources do."""

    def __init__(self, database: Database, table: sa.Table, seed: int) -> None:
        self._database, self._table, self._random = database, table, random.Random(seed)  # noqa: S311 edits of a test
        self._number = self._undated = 0
        self._is_text = isinstance(table.c.visited_at.type, sa.Text)
        with database.write() as connection:
            table.create(connection)

    def visits_of(self, day: datetime.datetime, number: int = 6) -> None:
        self._add([(self._customer(), self._moment(day), self._amount()) for _ in range(number)])

    def edit(self, today: datetime.datetime) -> None:
        """One of the things that happen to rows, of any day so far."""
        choice, past = self._random.randrange(8), today - self._random.randrange(60) * DAY
        if choice == 0:
            self.visits_of(past, 2)  # late
        elif choice == 1:
            self._change(amount=self._amount())
        elif choice == 2:
            self._change(customer_id=self._customer())
        elif choice == 3:
            self._change(visited_at=self._moment(past))
        elif choice == 4:
            self._execute(sa.delete(self._table).where(self._table.c.number == self._any()))
        elif choice == 5:
            self._double()
        elif choice == 6 and self._undated < 3:  # of hundreds: where many are unreadable, all are read
            self._undated += 1
            self._add([(self._customer(), None, self._amount()), (None, self._moment(past), None)])
        else:
            far = self._random.choice([datetime.datetime(1900, 1, 1), today + 3 * DAY])
            self._add([(self._customer(), self._moment(far), self._amount())])

    def _customer(self) -> Any:
        number = self._random.randrange(40)
        return f"c{number}" if isinstance(self._table.c.customer_id.type, sa.Text) else number

    def _amount(self) -> float | None:
        return None if self._random.random() < 0.1 else self._random.randrange(10_000) / 100

    def _moment(self, day: datetime.datetime) -> Any:
        moment = day.replace(tzinfo=None, hour=self._random.randrange(24), minute=self._random.randrange(60))
        if isinstance(self._table.c.visited_at.type, sa.Date):
            return moment.date()
        if not self._is_text:
            return moment
        form = self._random.choice(["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S+02:00", "%Y/%m/%d %H:%M"])
        return moment.strftime(form)

    def _any(self) -> int:
        return self._random.randint(1, self._number)

    def _add(self, rows: list[Row]) -> None:
        numbered = []
        for customer, moment, amount in rows:
            self._number += 1
            row = {"customer_id": customer, "visited_at": moment, "amount": amount}
            numbered.append({"number": self._number, **row})
        self._execute(sa.insert(self._table), numbered)

    def _double(self) -> None:
        columns = [self._table.c[name] for name in ("customer_id", "visited_at", "amount")]
        with self._database.read() as connection:
            row = connection.execute(sa.select(*columns).where(self._table.c.number == self._any())).first()
        if row is not None:
            self._add([tuple(row)])

    def _change(self, **values: Any) -> None:
        self._execute(sa.update(self._table).where(self._table.c.number == self._any()).values(**values))

    def _execute(self, statement: Any, rows: list[dict[str, Any]] | None = None) -> None:
        with self._database.write() as connection:
            connection.execute(statement, rows)


FORMS = {
    "texts": (sa.Text, sa.Text, sa.Double),
    "timestamps": (sa.Integer, sa.DateTime, sa.Numeric(10, 2)),
    "dates": (sa.Text, sa.Date, sa.Numeric(10, 2)),
    "moments in a zone": (sa.BigInteger, sa.DateTime(timezone=True), sa.Double),
}


@pytest.mark.parametrize(
    ("database_kind", "form"),
    [
        *(("sqlite", form) for form in ("texts", "timestamps")),
        *(("postgresql", form) for form in ("timestamps", "moments in a zone")),
        pytest.param("mysql", "dates", marks=MYSQL_ALONE.marks),
    ],
)
def test_thirty_nights_come_to_what_full_nights_come_to(database: Database, tmp_path: Path, form: str) -> None:
    shop = Shop(database, table_of(*FORMS[form]), seed=len(form))
    for back in range(60, 0, -1):
        shop.visits_of(FIRST - back * DAY)
    options = {"timezone": "America/New_York", "visits": VisitSource(timezone="Asia/Tokyo", future="known")}
    shares = []
    for night in range(NIGHTS):
        today = FIRST + night * DAY
        shop.visits_of(today - DAY)
        shop.visits_of(today, 2)
        for _ in range(night % 4):
            shop.edit(today)
        anew = require_equal(database, tmp_path, clock=today, **options)
        assert anew is not None
        shares.append(anew / (360 + 8 * night))
    assert shares[0] > 0.9
    assert max(shares[1:]) < 0.25
