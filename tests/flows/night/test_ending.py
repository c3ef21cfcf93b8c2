"""SIGTERM: an exit of its own outside flows, never forgotten inside a night, and in time whatever the night does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import flows.night.ending
from flows.night.ending import EXIT_CODE, Ending
from flows.server.start import ended_by_sigterm


def send(number: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


def send_and_wait() -> None:
    send()
    time.sleep(5)


def test_sigterm_is_an_exit_and_the_old_handler_comes_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as leaving, ended_by_sigterm():
        send_and_wait()
    assert leaving.value.code == EXIT_CODE == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_outside_the_main_thread_nothing_is_touched() -> None:
    passed = []

    def work() -> None:
        with ended_by_sigterm(), Ending(lambda: None):
            passed.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert passed == [before]


def test_a_signal_that_somebody_swallows_is_remembered() -> None:
    closed: list[int] = []
    with ended_by_sigterm(), Ending(lambda: closed.append(1)) as ending:
        assert not ending.is_asked
        with pytest.raises(SystemExit):
            send_and_wait()
        assert ending.was_asked
    assert closed == []  # the main thread came to it in time


def test_other_signals_are_not_meant() -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with Ending(lambda: None) as ending:
            send(signal.SIGUSR1)
            time.sleep(0.1)
            assert not ending.was_asked
    finally:
        signal.signal(signal.SIGUSR1, before)


STUCK = """
import ctypes, os, signal, sys
from flows.night.ending import Ending
signal.signal(signal.SIGTERM, lambda *_: None)
with Ending(lambda: print("closed", flush=True), grace_seconds=0.3):
    print("ready", flush=True)
    left = 60
    while left:  # a signal cuts the system's own sleep short; Python's handlers wait until compiled code returns
        left = ctypes.CDLL(None).sleep(left)
"""


def test_a_main_thread_that_is_stuck_in_compiled_code_does_not_keep_the_process() -> None:
    here = str(Path(flows.night.ending.__file__).parents[2])
    stuck = subprocess.Popen(
        [sys.executable, "-c", STUCK], env=os.environ | {"PYTHONPATH": here}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert stuck.stdout is not None
        assert stuck.stdout.readline() == "ready\n"
        time.sleep(0.2)
        stuck.terminate()
        output, _ = stuck.communicate(timeout=20)
    finally:
        stuck.kill()
    assert output == "closed\n"
    assert stuck.returncode == EXIT_CODE
