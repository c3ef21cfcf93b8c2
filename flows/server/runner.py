"""The process that serves nights; when it is stopped, it first ends the night under way in order."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psutil
from prefect.runner.runner import Runner

HEARTBEAT_SECONDS = 60
"""Seconds between two heartbeats of a flow run; ``deployments/automations.yaml`` relies on it."""

PARTING_SECONDS = 8.0
"""How long a stopped night may take to record this in the ledger; service managers kill after ten seconds or more."""


class NightRunner(Runner):
    """Prefect's runner for one night at a time; stopping it pauses no schedule, so missed nights show as late."""

    def __init__(self) -> None:
        super().__init__(name="nightcast", pause_on_shutdown=False, limit=1, heartbeat_seconds=HEARTBEAT_SECONDS)

    def handle_sigterm(self, *args: Any, **options: Any) -> None:
        """End the night under way, then this process; Prefect's own handler would kill the night at once."""
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(lambda: loop.create_task(self._end()))

    async def _end(self) -> None:
        nights = psutil.Process().children()
        for night in nights:
            night.terminate()
        until = time.monotonic() + PARTING_SECONDS
        while time.monotonic() < until and any(night.is_running() for night in nights):
            await asyncio.sleep(0.1)  # the event loop reaps them, since it started them
        await self.astop()
