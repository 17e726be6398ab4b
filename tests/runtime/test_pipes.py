"""Pipes that hold more."""

from __future__ import annotations

import fcntl
import mmap
import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tap_daktela.errors import TargetGone
from tap_daktela.runtime.pipes import PIPE_BYTES, ended_without_reader, narrow, widen
from tap_daktela.runtime.signals import Stop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells and changes how much a pipe holds")
def test_a_pipe_holds_more(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    widen(writer)
    assert fcntl.fcntl(reader, fcntl.F_GETPIPE_SZ) == PIPE_BYTES
    os.set_blocking(writer, False)
    assert os.write(writer, b" " * (2 * PIPE_BYTES)) == PIPE_BYTES


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells and changes how much a pipe holds")
def test_a_pipe_holds_less(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    narrow(writer)
    assert fcntl.fcntl(reader, fcntl.F_GETPIPE_SZ) == mmap.PAGESIZE


def test_a_system_that_does_not_allow_it(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    widen(pipe[1])


def test_a_file_is_left_alone(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        widen(file.fileno())
        file.write("text")
    assert (tmp_path / "file").read_text() == "text"


def test_a_context_ends_when_the_last_reader_is_gone(pipe: tuple[int, int]) -> None:
    reader, writer = pipe

    def wait_for_ever() -> None:
        with Stop(lambda: None) as stop, ended_without_reader(writer, stop):
            os.close(reader)
            threading.Event().wait()

    with pytest.raises(TargetGone, match="stopped reading"):
        wait_for_ever()


def test_a_context_with_a_reader_ends_by_itself(pipe: tuple[int, int], tmp_path: Path) -> None:
    before = threading.active_count()
    with (tmp_path / "file").open("wb") as file, Stop(lambda: None) as stop:
        for descriptor in (pipe[1], file.fileno()):
            with ended_without_reader(descriptor, stop):
                assert threading.active_count() == before + 1
            stop.poll()
    assert threading.active_count() == before
