"""The watchdog itself, on pairs of sockets: who is cut off, and who never is."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tap_daktela.daktela.http.decisions import BrokenResponse
from tap_daktela.daktela.http.watchdog import Watchdog, watch_socket
from tap_daktela.errors import ContractError
from tap_daktela.runtime.clock import Clock
from tests.helpers.harness import PATIENCE
from tests.helpers.stopped_clock import StoppedClock


def test_whoever_leaves_in_time_has_a_socket_that_lives() -> None:
    """Threads that leave around their deadline: either they are told, or their socket still carries a byte."""
    watchdog, left, strange = Watchdog(Clock()), list[bool](), list[object]()

    def race(number: int) -> None:
        for attempt in range(60):
            here, there = socket.socketpair()
            with here, there:
                try:
                    with watchdog.within(0.002):
                        watch_socket(here)
                        time.sleep(0.0001 * ((attempt + number) % 24))
                except BrokenResponse:
                    left.append(False)
                    continue
                left.append(True)
                try:
                    here.send(b"x")
                    assert there.recv(1) == b"x"
                except (OSError, AssertionError) as error:
                    strange.append(error)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watchdog.close()
    assert strange == []
    assert len(left) == 4 * 60
    assert False in left


def test_a_request_that_is_late_from_the_beginning() -> None:
    here, there = socket.socketpair()
    with here, there, pytest.raises(BrokenResponse, match="not complete in 0 s"), Watchdog(Clock()).within(0):
        watch_socket(here)


def test_what_begins_after_the_end_is_cut_off_at_once() -> None:
    watchdog = Watchdog(Clock())
    watchdog.close()
    here, there = socket.socketpair()
    there.settimeout(PATIENCE)
    with here, there:
        with pytest.raises(BrokenResponse, match="the client was closed"), watchdog.within(PATIENCE):
            watch_socket(here)
        assert there.recv(1) == b""


def test_only_what_is_late_is_cut_off() -> None:
    clock = StoppedClock()
    watchdog = Watchdog(clock)
    here, there = socket.socketpair()
    with here, there:
        late, punctual = watchdog.within(5), watchdog.within(6)
        late.__enter__()
        watch_socket(here)
        clock.seconds += 4
        assert watchdog.cut_late() == 1
        clock.seconds += 1
        assert watchdog.cut_late() is None
        assert there.recv(1) == b""
        with pytest.raises(BrokenResponse, match="not complete in 5 s"):
            late.__exit__(None, None, None)
    here, there = socket.socketpair()
    with here, there:
        with punctual:
            watch_socket(here)
            assert watchdog.cut_late() == 1
        clock.seconds += 1
        assert watchdog.cut_late() is None
        here.send(b"x")
        assert there.recv(1) == b"x"


def test_an_error_with_a_sentence_of_its_own_keeps_it() -> None:
    with pytest.raises(ContractError, match="too much"), Watchdog(Clock()).within(0):
        raise ContractError("too much")


def test_one_thread_watches_all_and_ends() -> None:
    before = set(threading.enumerate())
    watchdog = Watchdog(Clock())
    assert set(threading.enumerate()) == before
    for _ in range(3):
        with watchdog.within(PATIENCE):
            pass
    assert watchdog.cut_late() is None, "nothing is left to watch"
    [thread] = set(threading.enumerate()) - before
    assert thread.name == "daktela-deadlines"
    watchdog.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_an_idle_thread_ends_and_another_one_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each client that nobody closes would leave a thread behind."""
    monkeypatch.setattr("tap_daktela.daktela.http.watchdog.IDLE_SECONDS", 0.01)
    before = set(threading.enumerate())
    watchdog = Watchdog(Clock())
    for _ in range(2):
        with watchdog.within(PATIENCE):
            [thread] = set(threading.enumerate()) - before
            thread.join(0.05)
            assert thread.is_alive(), "there is something to watch"
        thread.join(PATIENCE)
        assert not thread.is_alive()
    here, there = socket.socketpair()
    with here, there, pytest.raises(BrokenResponse, match="not complete"), watchdog.within(0.01):
        received(here)  # It would not end without the new thread.
    watchdog.close()


def received(connected: socket.socket) -> bytes:
    watch_socket(connected)
    return connected.recv(1)
