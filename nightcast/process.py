"""The identity of a process, and whether it is still alive."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Process:
    """A process; its start time distinguishes it from a later one with the same number."""

    host: str
    pid: int
    started_at: float

    @classmethod
    def current(cls) -> Process:
        """The process that runs this code."""
        return cls(socket.gethostname(), os.getpid(), psutil.Process().create_time())

    def is_gone(self) -> bool:
        """Whether it ran on this host and has ended; False for processes on other hosts."""
        if self.host != socket.gethostname():
            return False
        try:
            other = psutil.Process(self.pid)
            return other.status() == psutil.STATUS_ZOMBIE or abs(other.create_time() - self.started_at) > 2
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:
            return False
