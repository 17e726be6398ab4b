"""A reading that is driven in the thread that uses its results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.daktela.query import Query
from tap_daktela.errors import RemoteError
from tap_daktela.sync.scheduling.lazy import lazily
from tap_daktela.sync.scheduling.steps import Fork, Get

if TYPE_CHECKING:
    from tap_daktela.sync.scheduling.steps import Reading

FIRST, SECOND = Get("first", Query()), Get("second", Query())


def answer(get: Get) -> Any:
    """Return the name of the list as its page."""
    return get.endpoint


def refuse(_get: Get) -> Any:
    raise RemoteError("no answer")


def test_results_come_when_they_are_asked_for() -> None:
    asked = []

    def ask(get: Get) -> Any:
        asked.append(get)
        return get.endpoint

    def reading() -> Reading:
        yield [FIRST, SECOND]  # Nobody reads ahead.
        yield (yield FIRST)
        yield (yield SECOND)

    results = lazily(reading(), ask)
    assert asked == []
    assert (next(results), asked) == ("first", [FIRST])
    assert (list(results), asked) == (["second"], [FIRST, SECOND])


def test_parts_come_in_order_and_return_what_they_read() -> None:
    def part(get: Get) -> Reading:
        yield (yield get)
        return get.endpoint.upper()

    def reading() -> Reading:
        returned = yield Fork([part(FIRST), part(SECOND)])
        yield tuple(returned)
        return "end"

    def returned() -> Reading:
        yield (yield from lazily(reading(), answer))

    assert list(returned()) == ["first", "second", ("FIRST", "SECOND"), "end"]


def test_errors_are_thrown_to_where_the_request_was_made() -> None:
    def part() -> Reading:
        yield FIRST

    def reading() -> Reading:
        try:
            yield FIRST
        except RemoteError as error:
            yield f"page: {error}"
        try:
            yield Fork([part()])
        except RemoteError as error:
            yield f"part: {error}"
        yield SECOND

    results = lazily(reading(), refuse)
    assert [next(results), next(results)] == ["page: no answer", "part: no answer"]
    with pytest.raises(RemoteError, match="no answer"):
        next(results)
