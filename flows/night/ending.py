"""Ends a night on SIGTERM, even if the main thread does not react.

Prefect's handler raises an exception in the main thread. It does so only after a running call into compiled code, and
a library that is being imported may replace the exception by one of its own.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

EXIT_CODE = 128 + signal.SIGTERM

GRACE_SECONDS = 5.0
"""How long the main thread may take to end; schedulers kill after ten seconds or more."""

HEARD_SECONDS = 5.0
"""How long the watching thread may take to read what was written before, on a busy machine."""

CALL = 255
"""A byte that is no number of a signal, and not the end."""


class Ending:
    """Watches for SIGTERM during the ``with`` block; does nothing outside the main thread.

    Args:
        close: closes the run, in a separate thread, if the main thread has not ended in time; then the process ends.
        grace_seconds: how long the main thread may take.
    """

    def __init__(self, close: Callable[[], None], grace_seconds: float = GRACE_SECONDS) -> None:
        self._close = close
        self._grace_seconds = grace_seconds
        self._asked = threading.Event()
        self._ended = threading.Event()
        self._called = threading.Event()
        self._watches = threading.current_thread() is threading.main_thread()

    @property
    def is_asked(self) -> bool:
        """Whether SIGTERM has arrived."""
        return self._asked.is_set()

    @property
    def was_asked(self) -> bool:
        """The same after an exception, which may be faster than the thread that hears of the signal.

        Python writes the number of a signal before it raises anything: the thread reads it before what is written now.
        """
        if self._watches and not self.is_asked:
            self._called.clear()
            os.write(self._writer, bytes([CALL]))
            self._called.wait(HEARD_SECONDS)
        return self.is_asked

    def __enter__(self) -> Ending:
        if self._watches:
            self._reader, self._writer = os.pipe()
            os.set_blocking(self._writer, False)
            self._before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
            self._thread = threading.Thread(target=self._watch, name="nightcast-ending", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._watches:
            self._ended.set()
            signal.set_wakeup_fd(self._before)
            os.write(self._writer, b"\0")
            self._thread.join()
            os.close(self._reader)
            os.close(self._writer)

    def _watch(self) -> None:
        """Read the numbers of arriving signals, which Python writes even before it can handle them."""
        while (number := os.read(self._reader, 1)[0]) != signal.SIGTERM:
            if number == 0:
                return
            if number == CALL:
                self._called.set()
        self._asked.set()
        self._called.set()
        if not self._ended.wait(self._grace_seconds):
            with suppress(Exception):
                self._close()
            end_process()


def end_process() -> None:
    """End this process at once, with the processes that it has started, such as workers of statistical models."""
    import psutil

    for child in psutil.Process().children():
        with suppress(psutil.Error):
            child.terminate()
    os._exit(EXIT_CODE)
