"""Checks of what a shared night needs besides the night itself."""

from __future__ import annotations

import socket
from contextlib import closing
from importlib.util import find_spec
from urllib.parse import urlsplit

from flows.doctor.findings import Finding, doubtful, fine, guarded
from flows.settings import Settings
from models.common.store import is_remote
from nightcast.errors import SettingsError

ANSWER_SECONDS = 3


def findings(settings: Settings) -> list[Finding]:
    """Who takes part in nights, where other processes do."""
    return [] if settings.run.engine == "local" else [guarded("shared nights", lambda: workers(settings))]


def workers(settings: Settings) -> Finding:
    """Whether the workers of nights can be reached, and can reach what they need.

    Raises:
        SettingsError: if nights are shared by Dask, and it is not installed.
    """
    run, check = settings.run, "shared nights"
    if run.engine == "dask" and find_spec("distributed") is None:
        raise SettingsError('[run] engine is "dask", and Dask is not installed.', "pip install 'nightcast[dask]'")
    if run.engine == "dask" and run.dask_address is None:
        return fine(check, "by a Dask cluster on this machine")
    if run.engine == "dask" and run.dask_address is not None and not _answers(run.dask_address):
        why = f"the Dask scheduler {run.dask_address} cannot be reached: nights would forecast alone"
        return doubtful(check, why, "Start it, or correct [run] dask_address.")
    who = f"by the Dask cluster {run.dask_address}" if run.engine == "dask" else "by every `nightcast work`"
    if not is_remote(settings.model.store):
        return fine(check, f"{who}, on machines that see {settings.model.store}")
    return fine(check, who)


def _answers(address: str) -> bool:
    """Whether somebody accepts connections; an address that is none of TCP is not tried."""
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls") or parts.hostname is None:
        return True
    try:
        with closing(socket.create_connection((parts.hostname, parts.port or 8786), ANSWER_SECONDS)):
            return True
    except OSError:
        return False
