"""A night of both products as a user runs it, on SQLite: every step from the sources to the views."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy.engine import URL

from benchmarks import console_script
from benchmarks.recorded.comparison import Forecasts
from benchmarks.recorded.shop import AS_OF, shop
from sql.engine import open_database
from sql.settings import DatabaseSettings, SourceSettings
from sql.tables import QUANTILES
from tasks.upkeep.demo_shop.shop import write_shop

SETTINGS = """
[next_visit.network]
epochs = 1
[sales.network]
steps = 40
units = 8
"""
"""Small networks, everything else by default."""

NEXT_VISIT = "SELECT customer_id, bin, probability FROM latest_next_visit_bin ORDER BY customer_id, bin"
NUMBERS = ", ".join(["mean", *QUANTILES])
SALES = f"SELECT series_id, period, {NUMBERS} FROM latest_sales_forecast ORDER BY series_id, period"  # noqa: S608
STATUS = "SELECT series_id, status FROM rpt_sales_outlook ORDER BY series_id"


def night() -> Forecasts:
    """The rows of the views after a first night."""
    with tempfile.TemporaryDirectory(prefix="nightcast-") as temporary:
        folder = Path(temporary)
        url = URL.create("sqlite", database=str(folder / "nightcast.db"))
        environment = console_script.environment(folder, url) | {"PYTHONPATH": str(Path(__file__).parents[2])}
        (folder / "nightcast.toml").write_text(SETTINGS, encoding="utf-8")
        console_script.run(["init"], folder, environment)
        sources = SourceSettings()
        database = open_database(DatabaseSettings.model_validate({"url": url.render_as_string()}))
        write_shop(database, shop(), sources)
        console_script.run(["run", "--as-of", str(AS_OF)], folder, environment)
        return _published(url)


def _published(url: URL) -> Forecasts:
    with console_script.reader(url).connect() as connection:
        bins = pd.read_sql(NEXT_VISIT, connection)
        steps = pd.read_sql(SALES, connection)
        status = pd.read_sql(STATUS, connection)
    series = steps["series_id"].nunique()
    return {
        "probability": bins["probability"].to_numpy().reshape(bins["customer_id"].nunique(), -1),
        "mean": steps["mean"].to_numpy().reshape(series, -1),
        "quantiles": steps[list(QUANTILES)].to_numpy().reshape(series, -1, len(QUANTILES)),
        "status": status["status"].to_numpy().astype(np.str_),
    }
