"""The identity of a process, and whether it is still alive.

On Linux a process is known by the boot of its kernel, the namespace in which its number counts, its number, and its
start in clock ticks since the boot. None of them changes when the wall clock is set, and two containers never look
alike, even with one host name. Elsewhere the start is the time that the kernel wrote down when the process began.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_IS_LINUX = sys.platform == "linux"
_PROC = Path("/proc")
_TICK = 1.5
"""Starts that differ by more are of two processes; elsewhere than on Linux they are seconds."""


@dataclass(frozen=True)
class Process:
    """A process; its start distinguishes it from a later one with the same number.

    Attributes:
        host: the name of its host.
        pid_space: the boot and the namespaces in which its number and its start count; None where they are not known.
        pid: its number.
        started_at: its start: ticks since the boot on Linux, elsewhere seconds since 1970-01-01.
    """

    host: str
    pid_space: str | None
    pid: int
    started_at: float

    @classmethod
    def current(cls) -> Process:
        """The process that runs this code."""
        pid = os.getpid()
        return cls(socket.gethostname(), pid_space(), pid, start_of(pid) or 0.0)

    def is_near(self) -> bool:
        """Whether its number and its start mean the same to it and to the process that asks."""
        return (self.host, self.pid_space) == (socket.gethostname(), pid_space()) and self.pid_space is not None

    def is_gone(self) -> bool:
        """Whether it has certainly ended; False for processes that cannot be seen from here."""
        if not self.is_near():
            return False
        started_at = start_of(self.pid)
        return started_at is not None and abs(started_at - self.started_at) > _TICK


def pid_space() -> str | None:
    """The boot and the namespaces of this process; its host alone decides where there are no namespaces."""
    if not _IS_LINUX:
        return sys.platform
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        spaces = [os.readlink(_PROC / "self/ns/pid")]
    except OSError:
        return None
    with suppress(OSError):  # kernels before 5.6 count the ticks of all processes from one moment
        spaces.append(os.readlink(_PROC / "self/ns/time"))
    return " ".join([boot, *spaces])


def start_of(pid: int) -> float | None:
    """When a process began, see `Process.started_at`; infinite if it has ended, None if it is hidden."""
    if _IS_LINUX:
        return _start_in_ticks(pid)
    try:
        process = psutil.Process(pid)
        return float("inf") if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return float("inf")
    except psutil.AccessDenied:
        return None


def _start_in_ticks(pid: int) -> float | None:
    try:
        line = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None if _exists(pid) else float("inf")  # servers may hide the processes of other users
    state, *fields = line.rpartition(")")[2].split()  # the name before it may hold anything
    return float("inf") if state in "ZX" else float(fields[18])


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
