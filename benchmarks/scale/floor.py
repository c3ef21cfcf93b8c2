"""What a night costs at least: its rows read over ADBC, an LSTM for everybody, and its rows written by COPY."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from sqlalchemy.engine import URL

from benchmarks.scale.shop import administered, copy_rows
from models.common import keras_runtime

UNITS, STEPS, CHANNELS, BINS = 64, 16, 5, 5
BATCH, AT_ONCE = 8_192, 100_000
READ = "SELECT customer_id, visited_at, CAST(amount AS double precision) FROM {}"
PUBLISHED = """
SELECT forecast.*, {bins}
FROM nightcast.latest_next_visit AS forecast
INNER JOIN (
    SELECT customer_id, {split} FROM nightcast.latest_next_visit_bin GROUP BY customer_id
) AS bins ON bins.customer_id = forecast.customer_id
"""
TARGET = "floor_next_visit"


@dataclass(frozen=True)
class Floor:
    """Seconds of each part, and those of a processor that this process used for all, without the server's."""

    read: float
    network: float
    write: float
    processor: float

    @property
    def seconds(self) -> float:
        """Seconds of all parts, one after the other."""
        return self.read + self.network + self.write

    def __str__(self) -> str:
        parts = f"read {self.read:.1f}, network {self.network:.1f}, write {self.write:.1f}"
        return f"floor: {self.seconds:.1f} s, processor {self.processor:.1f} s; {parts}"


class Seconds(NamedTuple):
    """Seconds by the wall clock, and those of a processor that this process used."""

    wall: float
    processor: float

    @classmethod
    def now(cls) -> Seconds:
        """Of both clocks."""
        return cls(time.perf_counter(), time.process_time())

    @classmethod
    def since(cls, begin: Seconds) -> Seconds:
        """What has passed on both clocks."""
        return cls(*(now - then for now, then in zip(cls.now(), begin, strict=True)))


def measure(url: URL, table: str, customers: int) -> Floor:
    """The floor of the night that was published last, on a table of so many customers, on PostgreSQL."""
    read, network, write = read_seconds(url, READ.format(table)), network_seconds(customers), write_seconds(url)
    return Floor(read.wall, network.wall, write.wall, read.processor + network.processor + write.processor)


def batches(url: URL, query: str) -> Iterator[pa.RecordBatch]:
    """The rows of a query over ADBC."""
    import adbc_driver_postgresql.dbapi as driver

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(driver.connect(address)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(query)
        yield from cursor.fetch_record_batch()


def read_seconds(url: URL, query: str) -> Seconds:
    """Seconds to read all rows of a query."""
    begin = Seconds.now()
    kept = list(batches(url, query))
    seconds = Seconds.since(begin)
    assert sum(batch.num_rows for batch in kept)  # noqa: S101 - an empty table would look fast
    return seconds


def build(keras: Any) -> Any:
    """An LSTM with a softmax over the bins."""
    inputs = keras.Input((STEPS, CHANNELS))
    return keras.Model(inputs, keras.layers.Dense(BINS, activation="softmax")(keras.layers.LSTM(UNITS)(inputs)))


def network_seconds(customers: int) -> Seconds:
    """Seconds in which Keras predicts for all customers, without those to trace the network."""
    network = build(keras_runtime.start(0))
    rows = np.random.default_rng(0).normal(size=(AT_ONCE, STEPS, CHANNELS)).astype(np.float32)
    network.predict(rows, batch_size=BATCH, verbose=0)
    parts = []
    for left in range(customers, 0, -AT_ONCE):
        begin = Seconds.now()
        network.predict(rows[:left], batch_size=BATCH, verbose=0)
        parts.append(Seconds.since(begin))
    return Seconds(*map(sum, zip(*parts, strict=True)))


def write_seconds(url: URL) -> Seconds:
    """Seconds to write the published rows, a row per customer with its probabilities, into a table without an index."""
    split = ", ".join(f"max(probability) FILTER (WHERE bin = {bin_}) AS p{bin_}" for bin_ in range(1, BINS + 1))
    columns = ", ".join(f"bins.p{bin_}" for bin_ in range(1, BINS + 1))
    query = PUBLISHED.format(bins=columns, split=split)
    with administered(url) as connection:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {TARGET}")
        connection.exec_driver_sql(f"CREATE TABLE {TARGET} AS {query} LIMIT 0")
        kept = pa.Table.from_batches(list(batches(url, query)))
        connection.exec_driver_sql("CHECKPOINT")
        cursor: Any = connection.connection.cursor()
        begin = Seconds.now()
        with cursor:
            cursor.execute("BEGIN")
            for start in range(0, kept.num_rows, AT_ONCE):
                copy_rows(cursor, TARGET, kept.slice(start, AT_ONCE))
            cursor.execute("COMMIT")
        seconds = Seconds.since(begin)
        connection.exec_driver_sql(f"DROP TABLE {TARGET}")
    return seconds
