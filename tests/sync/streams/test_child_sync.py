"""Rows that are found through the rows of another stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_daktela.errors import ContractError, RemoteError
from tap_daktela.sync.reading.row_range import RowRange
from tap_daktela.sync.streams import child_sync
from tests.helpers.engine.reading_driver import ListServer, at, spelled
from tests.helpers.engine.simulated_workers import get
from tests.helpers.engine.stream_driver import CALLS, WORDS, Ran, ran, utc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_daktela.sync.records.dotted import Row
    from tap_daktela.sync.scheduling.steps import Reading

END = utc(3600)


def calls(count: int, *, every: int = 1) -> list[Row]:
    """Return calls, each with an item `i1`, `i2`, …."""
    return [
        {"name": number, "time": at(number * every), "type": "CALL", "item": {"name": f"i{number}", "title": "t"}}
        for number in range(1, count + 1)
    ]


def words(items: Iterable[int], each: int = 2) -> list[Row]:
    """Return so many words of each item."""
    return [{"name": 100 * item + number, "call": f"i{item}", "text": "x"} for item in items for number in range(each)]


def read(parents: ListServer, children: ListServer, **changes: Any) -> Ran:
    return ran({"calls": parents, "words": children}, CALLS, WORDS, names=["words"], **changes)


def test_children_come_in_the_order_of_their_parents() -> None:
    children = ListServer(words(range(1, 26))[::-1])
    one = read(ListServer(calls(25)), children)
    assert sorted(one.keys("words")) == sorted(row["name"] for row in children.rows)
    # A batch for each page of the parents, whose first rows were on the page before.
    assert [len(get.query.filter.value) for get in children.asked if get.query.skip == 0] == [10, 9, 6]
    assert one.bookmarks == {"words": {"time": END}}
    assert one.failure is None
    assert one.records("calls") == []


def test_parents_and_children_are_counted_apart() -> None:
    one = read(ListServer(calls(25)), ListServer(words(range(1, 26))))
    counts = one.streams[0].row_counts
    assert counts.parents is not None
    assert (counts.parents.promised, counts.parents.written) == (25, 25)
    assert (counts.counts.promised, counts.counts.written, counts.kept) == (50, 50, 50)


def test_the_ranges_that_are_listed_are_those_of_the_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = []
    monkeypatch.setattr(child_sync.ChildStreamSync, "put", noting(child_sync.ChildStreamSync.put, noted))
    read(ListServer(calls(5)), ListServer(words(range(1, 6))))
    assert noted == [[RowRange(("2024-01-01 00:00:00", "2024-01-01 01:00:00"))]]  # type: ignore[arg-type]


def noting(put: Any, noted: list[Any]) -> Any:
    """Return a `put` that has the ranges kept, and notes them in the end."""

    def noting_put(self: Any, result: Any) -> None:
        if self.row_counts.windows is None:
            self.row_counts.windows = []
        put(self, result)
        if isinstance(result, child_sync.ParentsCounted):
            noted.append([counted.range for counted in self.row_counts.windows])

    return noting_put


def test_keys_are_asked_for_in_batches_of_fifty() -> None:
    parents, children = ListServer(calls(120)), ListServer(words(range(1, 121), each=1))
    one = read(parents, children, page_size=200)
    assert sorted(one.keys("words")) == [100 * item for item in range(1, 121)]
    batches = [len(get.query.filter.value) for get in children.asked if get.query.skip == 0 and get.query.take > 1]
    assert batches == [50, 50, 20]
    # The first batch is looked behind; the others are read by what it showed, and hold a page each.
    assert [get.query.skip for get in children.asked] == [0, 50, 0, 0]


def test_calls_without_words_are_confirmed() -> None:
    children = ListServer([])
    one = read(ListServer(calls(120)), children, page_size=200)
    # The first batch alone, and then the others side by side.
    asked = [(get.query.take, get.query.sort) for get in children.asked]
    page, look = (200, ("name",)), (1, ())
    assert (asked[:2], sorted(asked[2:])) == ([page, look], [look, look, page, page])
    assert (one.failure, one.bookmarks) == (None, {"words": {"time": END}})


@pytest.mark.parametrize("number", [1, 3])
def test_an_empty_answer_once_loses_no_words(number: int) -> None:
    children = ListServer(words(range(1, 121), each=1), instead={number: {"rows": [], "total": 0}})
    one = read(ListServer(calls(120)), children, page_size=200)
    assert sorted(one.keys("words")) == [100 * item for item in range(1, 121)]
    assert one.failure is None


def test_words_that_their_key_does_not_sort_come_all() -> None:
    children = ListServer(words(range(1, 121), each=1), unsortable=frozenset({"name"}))
    one = read(ListServer(calls(120)), children, page_size=200)
    assert sorted(one.keys("words")) == [100 * item for item in range(1, 121)]
    # What the first batch showed holds for the others.
    assert [get.query.sort for get in children.asked].count(("name",)) == 2


def test_without_calls_there_is_nothing_to_ask() -> None:
    children = ListServer(words([1]))
    rows = [{"name": 1, "time": at(1), "type": "CALL", "item": None}, {"name": 2, "time": at(2), "type": "SMS"}]
    one = read(ListServer(rows), children)
    assert (children.asked, one.failure, one.bookmarks) == ([], None, {"words": {"time": END}})
    one = read(ListServer([]), children)
    assert (children.asked, one.failure, one.bookmarks) == ([], None, {"words": {"time": END}})


@pytest.mark.parametrize(
    ("item", "keys"),
    [
        ({"name": "i1"}, ["i1"]),
        ([{"name": "i1"}, {"name": "i2"}, {"name": "i1"}], ["i1", "i2"]),
        ({"0": {"name": "i1"}, "1": {"name": "i2"}}, ["i1", "i2"]),
        ([], []),
        ([{"name": None}, {"title": "x"}, {"name": "i2"}], ["i2"]),
        (["i1", None, "i2"], ["i1", "i2"]),
    ],
)
def test_a_call_may_have_several_records(item: Any, keys: list[str]) -> None:
    children = ListServer(words([1, 2, 3]))
    one = read(ListServer([{"name": 1, "time": at(1), "type": "CALL", "item": item}]), children)
    assert [get.query.filter.value for get in children.asked[:1]] == [tuple(keys)][: len(keys)]
    assert len(one.keys("words")) == 2 * len(keys)


def test_a_record_may_come_under_its_literal_name() -> None:
    children = ListServer(words([1, 2]))
    rows = [{"name": 1, "time": at(1), "type": "CALL", "item.name": ["i1", "i2"]}]
    assert len(read(ListServer(rows), children).keys("words")) == 4


def test_the_filter_of_the_user_is_that_of_the_children() -> None:
    parents, children = ListServer(calls(5)), ListServer(words(range(1, 6)))
    wanted = {"words": {"field": "name", "operator": "gte", "value": 300}}
    one = read(parents, children, filters=wanted)
    assert sorted(one.keys("words")) == [300, 301, 400, 401, 500, 501]
    assert all("name>=300 and call in" in line for line in spelled(children.asked))
    assert not any("300" in line for line in spelled(parents.asked))


def test_the_filter_of_the_parents_is_that_of_the_parents() -> None:
    parents, children = ListServer(calls(5)), ListServer(words(range(1, 6)))
    one = read(parents, children, filters={"calls": {"field": "name", "operator": "gt", "value": 3}})
    assert sorted(one.keys("words")) == [400, 401, 500, 501]


def test_windows_of_the_parents_move_the_bookmark_of_the_children() -> None:
    one = read(ListServer(calls(200, every=10)), ListServer(words(range(1, 201), each=1)))
    marks = [m["value"]["bookmarks"]["words"]["time"] for m in one.messages if m["type"] == "STATE"]
    assert len(set(marks)) > 3
    assert marks == sorted(marks)
    written: set[Any] = set()
    for message in one.messages:
        if message["type"] == "RECORD":
            written.add(message["record"]["name"])
        elif message["type"] == "STATE":
            mark = message["value"]["bookmarks"]["words"]["time"]
            assert {100 * item for item in range(1, 201) if utc(10 * item) < mark} <= written
    assert len(written) == 200


def test_words_that_cannot_be_read_fail_the_stream_and_move_no_bookmark() -> None:
    children = ListServer(words(range(1, 26)), instead={3: RemoteError("words: HTTP 500")})
    one = read(ListServer(calls(25)), children)
    assert isinstance(one.streams[0].failure, RemoteError)
    assert one.bookmarks == {}


def test_words_that_contradict_their_total_hold_the_bookmark() -> None:
    children = ListServer(words(range(1, 26)), total=lambda right, _here: right + 1)
    one = read(ListServer(calls(25)), children)
    assert len(one.keys("words")) == 50
    assert isinstance(one.streams[0].failure, ContractError)
    assert one.bookmarks == {}


def test_calls_that_cannot_be_read_fail_the_stream() -> None:
    one = read(ListServer(calls(25), instead={2: RemoteError("calls: HTTP 500")}), ListServer(words(range(1, 26))))
    assert isinstance(one.streams[0].failure, RemoteError)
    assert one.bookmarks == {}


def test_both_endpoints_are_counted_as_requests_of_the_stream() -> None:
    one = read(ListServer(calls(25)), ListServer(words(range(1, 26))))
    assert one.streams[0].endpoint.stats.requests == len(one.client.endpoints)
    assert set(one.client.endpoints) == {"calls", "words"}


def test_an_error_that_the_reading_of_parents_forgives_is_thrown_once() -> None:
    def forgiving() -> Reading:
        try:
            yield get("older")
        except RemoteError:
            return (yield get("newer"))

    [child] = read(ListServer(calls(1)), ListServer(words([1]))).streams
    reading = child.rows_from(forgiving())
    assert next(reading).endpoint == "older"
    assert reading.throw(RemoteError("not known")).endpoint == "newer"
    with pytest.raises(StopIteration) as end:
        reading.send("page")
    assert end.value.value == "page"
