"""The plain way, as tutorials do it: pandas reads the rows, groups them, Keras predicts, pandas writes."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import URL

from benchmarks.scale.floor import BINS, STEPS, build
from benchmarks.scale.shop import AS_OF
from models.common import keras_runtime

CHANNELS = 5
TARGET = "plain_forecast"


def seconds(url: URL, table: str) -> float:
    """Seconds of a night on a table of visits, without those to import and to trace the network."""
    network = build(keras_runtime.start(0))
    network.predict(np.zeros((32, STEPS, CHANNELS), np.float32), verbose=0)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    begin = time.perf_counter()
    with engine.begin() as connection:
        rows = pd.read_sql(f"SELECT customer_id, visited_at, amount FROM {table}", connection)  # noqa: S608 our own
        customers, sequences = windows(rows)
        probabilities = network.predict(sequences, verbose=0)
        forecast = pd.DataFrame(probabilities, columns=[f"p{bin_}" for bin_ in range(1, BINS + 1)])
        forecast.insert(0, "customer_id", customers)
        forecast.to_sql(TARGET, connection, index=False, if_exists="replace", chunksize=10_000)
    return time.perf_counter() - begin


def windows(rows: pd.DataFrame) -> tuple[list[int], NDArray[np.float32]]:
    """The customers, and the last intervals of each with their amounts, (n, steps, channels)."""
    rows = rows.assign(day=rows["visited_at"].dt.normalize(), amount=rows["amount"].astype(float))
    daily = rows.groupby(["customer_id", "day"], as_index=False)["amount"].sum()
    customers, sequences = [], []
    for customer, visits in daily.groupby("customer_id"):
        intervals = visits["day"].diff().dt.days.dropna().to_numpy()[-STEPS:]
        window = np.zeros((STEPS, CHANNELS), np.float32)
        if len(intervals):
            window[-len(intervals) :, 0] = 1.0
            window[-len(intervals) :, 1] = np.log1p(intervals)
            window[-len(intervals) :, 2] = np.log1p(visits["amount"].to_numpy()[-len(intervals) :])
        window[:, 3] = np.log1p((pd.Timestamp(AS_OF) - visits["day"].iloc[-1]).days)
        window[:, 4] = np.log1p(len(visits))
        customers.append(int(str(customer)))
        sequences.append(window)
    return customers, np.stack(sequences)
