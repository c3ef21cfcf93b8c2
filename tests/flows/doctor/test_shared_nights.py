"""Whether the workers of shared nights can be reached."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from flows.doctor import shared_nights
from flows.doctor.findings import Finding
from flows.settings import Settings


def finding(**run: Any) -> Finding:
    (found,) = shared_nights.findings(Settings.model_validate({"run": run}))
    return found


def test_a_night_of_one_process_has_no_workers() -> None:
    assert shared_nights.findings(Settings()) == []


def test_workers_need_the_same_model_store() -> None:
    found = finding(engine="shared")
    assert (found.result, found.finding) == ("ok", "by every `nightcast work`, on machines that see models_store")
    assert finding(engine="dask").finding == "by a Dask cluster on this machine"


def test_a_scheduler_is_asked_whether_it_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as scheduler:
        address = f"tcp://127.0.0.1:{scheduler.getsockname()[1]}"
        assert finding(engine="dask", dask_address=address).result == "ok"
    found = finding(engine="dask", dask_address=address)
    assert found.result == "warning"
    assert "cannot be reached: nights would forecast alone" in found.finding


def test_dask_has_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_nights, "find_spec", lambda _name: None)
    found = finding(engine="dask")
    assert (found.result, found.exit_code) == ("failed", 2)
