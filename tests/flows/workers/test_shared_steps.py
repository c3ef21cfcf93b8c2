"""The steps of a night that others take part in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from flows.settings import RunSettings
from flows.workers import shared_night
from flows.workers.shared_night import shared_steps
from nightcast.errors import UnavailableError
from nightcast.values import Product
from sql.engine import Database
from tasks import steps
from tests.tasks.nights import fill_visits, night_of
from tests.tasks.sharing.nights import VISITS

LOST = "the connection to the Dask scheduler is lost; this process forecasts what is left"


class Losing:
    """A cluster that is lost at the same time as the database is away for a moment; it says so once."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn, self._asked = warn, 0

    def invite(self, run_id: str) -> bool:
        self._asked += 1
        if self._asked == 1:
            self._warn(LOST)
            raise UnavailableError("The database is away.")
        return False


def test_what_was_lost_stays_noted_when_the_step_is_tried_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def losing(warn: Callable[[str], None], *_: Any) -> Any:
        return nullcontext(Losing(warn))

    monkeypatch.setattr(shared_night, "_workers", losing)
    monkeypatch.setattr(steps, "RETRY_SECONDS", (0, 0, 0))
    fill_visits(database, *VISITS)
    night = night_of(database, Product.NEXT_VISIT, store=tmp_path, is_dry=False, retrain="never")
    shared_steps(night, RunSettings(engine="dask", shards=2), None)
    assert night.notes.count(LOST) == 1
