"""Reading along all axes of a stream."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.helpers.engine.reading_driver import ListServer, at, spelled
from tests.helpers.engine.stream_driver import CALLS, END, TICKETS, USERS, AtOnce, LateFor, ran, users

if TYPE_CHECKING:
    from tap_daktela.catalog.fields import Stream
    from tap_daktela.sync.scheduling.task import SentRequest


@pytest.mark.parametrize(("stream", "requests"), [(CALLS, 2), (TICKETS, 3)], ids=["one axis", "two axes"])
def test_that_there_is_nothing_is_confirmed_before_the_streams_turn(stream: Stream, requests: int) -> None:
    """The first answer of the stream before it takes its time: many such streams in a row wait for each other else."""
    servers = {"users": ListServer(users(1)), stream.name: ListServer([])}
    one = ran(servers, USERS, stream, names=["users", stream.name], workers=partial(LateFor, endpoint="users"))
    assert one.client.endpoints[: requests + 1] == [stream.name] * requests + ["users"]
    assert one.bookmarks == {stream.name: {axis.name: END for axis in stream.axes}}
    assert one.failure is None


def test_the_axis_whose_answer_comes_first_may_be_any() -> None:
    class Backwards(AtOnce):
        def finished(self, seconds: float) -> list[SentRequest]:
            self._waiting.reverse()
            return super().finished(seconds)

    server = ListServer([])
    one = ran({"tickets": server}, TICKETS, names=["tickets"], workers=Backwards)
    first, _, everything = spelled(server.asked)
    assert "created>=0" in first.partition(" | ")[0]
    assert everything.endswith(" |  | 0+1")
    assert one.bookmarks == {"tickets": {"edited": END, "created": END}}


def test_the_rows_of_a_single_axis_cost_no_request_for_all_axes() -> None:
    """Its first answer was a passing fault."""
    server = ListServer([{"name": 1, "time": at(5), "type": "SMS"}], instead={1: {"rows": [], "total": 0}})
    assert ran({"calls": server}, CALLS).keys("calls") == [1]
    without_order = [line for line in spelled(server.asked) if line.endswith(" |  | 0+1")]
    assert len(without_order) == 1
