"""Sending events from a thread of their own, which nobody waits for longer than for some seconds."""

from __future__ import annotations

import atexit
import logging
import threading
from queue import SimpleQueue
from typing import Any

NOWHERE = "none is named; set OPENLINEAGE_URL or write an openlineage.yml"


class Sender:
    """Sends events in their order, to where OpenLineage's own settings say; none after one that failed.

    Args:
        timeout_seconds: how long `finish`, or else the end of the process, waits.

    Attributes:
        problem: why not all were sent; empty if they were, as far as is known.
    """

    def __init__(self, timeout_seconds: float) -> None:
        self.problem = ""
        self._timeout_seconds = timeout_seconds
        self._events: SimpleQueue[Any] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="nightcast-lineage", daemon=True)
        self._thread.start()
        atexit.register(self.finish)

    def send(self, event: Any) -> None:
        """Send an event soon."""
        self._events.put(event)

    def finish(self) -> str:
        """Wait until all are sent, or until the time is over; returns the problem, if there was one."""
        atexit.unregister(self.finish)
        self._events.put(None)
        self._thread.join(self._timeout_seconds)
        if self._thread.is_alive():
            return f"no answer within {self._timeout_seconds:g} s"
        return self.problem

    def _work(self) -> None:
        # The client's own messages may show where and with which key it connects.
        logging.getLogger("openlineage").setLevel(logging.CRITICAL + 1)
        connected = None
        while (event := self._events.get()) is not None:
            if self.problem:
                continue
            try:
                connected = connected or client()
                if connected is None:
                    self.problem = NOWHERE
                else:
                    connected.emit(event)
            except Exception as error:
                self.problem = type(error).__name__
        if connected is not None:
            connected.close(self._timeout_seconds)


def client() -> Any:
    """The client; None where nothing says where events go: it would print them."""
    from openlineage.client.client import OpenLineageClient

    made = OpenLineageClient()
    return made if made.config.transport or made.transport.kind != "console" else None
