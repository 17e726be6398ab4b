"""Totals that are asked for where somebody watches."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.daktela.query import Query
from tap_daktela.errors import AccessError, Interrupted, NotFoundError, RemoteError, TapError
from tap_daktela.sync.telling import totals
from tap_daktela.sync.telling.how_far import StreamProgress
from tap_daktela.sync.telling.totals import TotalQuestion, ask_totals

if TYPE_CHECKING:
    from collections.abc import Iterator


class Counter:
    """An instance that knows one total of each list."""

    def __init__(self, **totals: Any) -> None:
        """Take the totals, as (total, rows), or as the error that comes instead."""
        self.totals = totals

    @contextmanager
    def probing(self) -> Iterator[int]:
        """Let three requests be in flight."""
        yield 3

    def read(self, name: str, query: Query, retry: object) -> Any:
        """Answer a request for one row."""
        assert query.take == 1
        assert retry is not None
        told = self.totals[name]
        if isinstance(told, TapError):
            raise told
        total, rows = told
        return SimpleNamespace(total=total, rows=[{}] * rows)


def asked(counter: Counter, *names: str, queries: int = 1) -> int | None:
    stream = StreamProgress(names[0])
    question = TotalQuestion(stream, names, [Query(None, (), ("name",), 1)] * queries)
    ask_totals(counter, [question], lambda: None)  # type: ignore[arg-type]
    return stream.total


@pytest.mark.parametrize(("queries", "total"), [(1, 500), (2, 1000), (0, 0)])
def test_the_totals_of_all_axes_are_added(queries: int, total: int) -> None:
    assert asked(Counter(tickets=(500, 1)), "tickets", queries=queries) == total


def test_an_empty_list_has_no_rows() -> None:
    assert asked(Counter(tickets=(0, 0)), "tickets") == 0


@pytest.mark.parametrize("told", [(None, 1), (0, 1), (5, 0), (None, 0)])
def test_a_total_that_cannot_be_right_is_unknown(told: tuple[int | None, int]) -> None:
    assert asked(Counter(tickets=told), "tickets") is None


@pytest.mark.parametrize("error", [RemoteError("no answer"), AccessError("no right", 403), AccessError("no", 401)])
def test_a_failure_is_left_to_the_reading_and_leaves_a_trace(error: TapError, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert asked(Counter(tickets=error), "tickets") is None
    [record] = caplog.records
    assert record.levelno == logging.DEBUG
    assert record.getMessage() == f"tickets: its total is not known: {error}"


def test_a_list_may_have_an_older_name() -> None:
    assert asked(Counter(new=NotFoundError("no such list"), old=(7, 1)), "new", "old") == 7


class SilentCounter(Counter):
    """An instance that answers when it is over."""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()

    def read(self, *_: object) -> Any:
        """Wait."""
        self.over.wait()
        raise RemoteError("too late")


def test_a_signal_ends_the_asking() -> None:
    def poll() -> None:
        raise Interrupted(2)

    counter = SilentCounter()
    question = TotalQuestion(StreamProgress("tickets"), ["tickets"], [Query(None, (), ("name",), 1)])
    with pytest.raises(Interrupted):
        ask_totals(counter, [question], poll)  # type: ignore[arg-type]
    counter.over.set()


def test_an_instance_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "MOST_SECONDS", 0.0)
    counter = SilentCounter()
    question = TotalQuestion(StreamProgress("tickets"), ["tickets"], [Query(None, (), ("name",), 1)])
    ask_totals(counter, [question] * 5, lambda: None)  # type: ignore[arg-type]
    counter.over.set()
    assert question.stream.total is None
