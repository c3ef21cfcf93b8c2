"""Which process holds a lock, and whether it is still there."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Process:
    """A process, told apart from a later one with the same number by when it started."""

    host: str
    pid: int
    started_at: float

    @classmethod
    def current(cls) -> Process:
        """The process that runs this code."""
        return cls(socket.gethostname(), os.getpid(), psutil.Process().create_time())

    def is_gone(self) -> bool:
        """Whether it ran on this host and has ended; False where that cannot be known from here."""
        if self.host != socket.gethostname():
            return False
        try:
            other = psutil.Process(self.pid)
            return other.status() == psutil.STATUS_ZOMBIE or abs(other.create_time() - self.started_at) > 2
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:
            return False
