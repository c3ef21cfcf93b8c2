"""Who a process is, and whether it is gone: never by the wall clock, never across containers."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from nightcast import process
from nightcast.process import Process, pid_space, start_of

ME = Process.current()
NOBODY = 2**22 + 1
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_a_live_process_is_here_and_a_dead_one_is_gone() -> None:
    assert ME.is_near()
    assert not ME.is_gone()
    assert replace(ME, pid=NOBODY).is_gone()


def test_a_later_process_with_the_same_number_is_another() -> None:
    assert replace(ME, started_at=ME.started_at - 100).is_gone()


@pytest.mark.parametrize("elsewhere", [{"host": "elsewhere"}, {"pid_space": None}, {"pid_space": "another boot"}])
def test_what_cannot_be_seen_is_not_gone(elsewhere: dict[str, str | None]) -> None:
    assert not replace(ME, pid=NOBODY, **elsewhere).is_gone()  # type: ignore[arg-type]  # each is an attribute


def test_where_no_boot_is_known_nothing_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "pid_space", lambda: None)
    assert not replace(ME, pid=NOBODY, pid_space=None).is_gone()


def test_a_zombie_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        theirs = replace(ME, pid=child.pid, started_at=start_of(child.pid) or 0)
        assert not theirs.is_gone()
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert theirs.is_gone()


@on_linux
def test_a_step_of_the_wall_clock_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "boot_time", lambda: 0.0)
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert Process.current() == ME
    assert not ME.is_gone()


@on_linux
def test_a_hidden_process_is_not_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(process, "pid_space", lambda: ME.pid_space)
    monkeypatch.setattr(process, "_PROC", tmp_path)
    assert not ME.is_gone()
    assert replace(ME, pid=NOBODY).is_gone()


@on_linux
def test_the_space_names_boot_and_namespaces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert (pid_space() or "").split()[1:] == [os.readlink(f"/proc/self/ns/{kind}") for kind in ("pid", "time")]
    monkeypatch.setattr(process, "_PROC", tmp_path)
    assert pid_space() is None


@on_linux
@pytest.mark.parametrize("name", ["cat", "a) Z (b", "\udcff ) ) X 1 2 3"])
def test_the_name_of_a_program_may_hold_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    line = f"7 ({name}) S {' '.join(str(number) for number in range(4, 53))}\n"
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "stat").write_text(line, encoding="utf-8", errors="surrogateescape")
    monkeypatch.setattr(process, "_PROC", tmp_path)
    assert start_of(7) == 22.0
