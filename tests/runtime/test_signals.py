"""Signals that stop a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from tap_daktela.errors import Interrupted, TargetGone
from tap_daktela.runtime.signals import SIGNALS, Stop
from tests.helpers.harness import PATIENCE


def receive(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_what_is_done_at_once(number: int) -> None:
    woken = threading.Event()
    with (
        pytest.raises(Interrupted, match=rf"^stopped by signal {int(number)} \({signal.Signals(number).name}\)$"),
        Stop(woken.set),
    ):
        receive(number)
    assert woken.wait(PATIENCE)


def test_a_signal_ends_also_who_holds_what_is_needed_to_wake_the_others() -> None:
    held, woken = threading.Lock(), threading.Event()

    def wake() -> None:
        with held:
            woken.set()

    with pytest.raises(Interrupted), Stop(wake), held:
        receive(signal.SIGTERM)
    assert woken.wait(PATIENCE)


def test_a_deferred_signal_is_told_by_poll() -> None:
    woken = threading.Event()
    with Stop(woken.set) as stop:
        stop.poll()
        with stop.deferred():
            receive(signal.SIGTERM)
            assert woken.wait(PATIENCE)
            with pytest.raises(Interrupted, match="signal 15"):
                stop.poll()
        with pytest.raises(Interrupted, match="signal 2"):
            receive(signal.SIGINT)


@pytest.mark.parametrize("first", ["signal", "target"])
def test_ctrl_c_counts_more_than_a_target_that_ends_with_it(first: str) -> None:
    with Stop(lambda: None) as stop, stop.deferred():
        if first == "signal":
            receive(signal.SIGINT)
        stop.end(TargetGone("the target has stopped reading"))
        if first == "target":
            receive(signal.SIGINT)
        with pytest.raises(Interrupted, match="SIGINT"):
            stop.poll()


def test_the_signal_by_which_an_end_is_told_is_no_signal_of_the_user() -> None:
    with Stop(lambda: None) as stop, stop.deferred():
        stop.end(TargetGone("the target has stopped reading"))
        with pytest.raises(TargetGone):
            stop.poll()


def test_handlers_are_given_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with Stop(lambda: None):
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_hang_up_that_the_caller_ignores_stays_ignored() -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Stop(lambda: None) as stop:
            receive(signal.SIGHUP)
            stop.poll()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_another_thread_ends_the_run_and_its_waits() -> None:
    woken: list[str] = []
    with Stop(lambda: woken.append(threading.current_thread().name)) as stop, stop.deferred():
        thread = threading.Thread(target=stop.end, args=(TargetGone("gone"),), name="other")
        thread.start()
        thread.join()
        # Not only by the signal: the main thread notices none where it is just about to wait.
        assert "other" in woken
        with pytest.raises(TargetGone):
            stop.poll()


@pytest.mark.parametrize("number", SIGNALS)
def test_ignored_signals_change_nothing_until_the_process_has_ended(number: int) -> None:
    lines = (
        "import atexit, os",
        "from tap_daktela.runtime.signals import Stop",
        f"atexit.register(os.kill, os.getpid(), {int(number)})",
        "with Stop(lambda: None) as stop: stop.ignore()",
    )
    assert subprocess.run([sys.executable, "-c", "\n".join(lines)], check=False).returncode == 0
