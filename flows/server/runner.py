"""The process that serves nights, and how it ends: the night under way is told first, and given time to say so."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psutil
from prefect.runner.runner import Runner

HEARTBEAT_SECONDS = 60
"""Between two signs of life of a run; ``deployments/automations.yaml`` counts on it."""

PARTING_SECONDS = 8.0
"""For a night to write into the ledger that it was stopped; schedulers kill after ten or more."""


class NightRunner(Runner):
    """Prefect's runner, one night at a time; a stop pauses nothing, so that what it misses shows as late."""

    def __init__(self) -> None:
        super().__init__(name="nightcast", pause_on_shutdown=False, limit=1, heartbeat_seconds=HEARTBEAT_SECONDS)

    def handle_sigterm(self, *args: Any, **options: Any) -> None:
        """End the night under way, then this process; Prefect's own way kills the night without a word."""
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(lambda: loop.create_task(self._end()))

    async def _end(self) -> None:
        nights = psutil.Process().children()
        for night in nights:
            night.terminate()
        until = time.monotonic() + PARTING_SECONDS
        while time.monotonic() < until and any(night.is_running() for night in nights):
            await asyncio.sleep(0.1)  # the event loop collects them, as it started them
        await self.astop()
