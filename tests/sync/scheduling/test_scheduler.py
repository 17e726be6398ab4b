"""Readings side by side: whatever answer comes when, the order of results is that of reading alone."""

from __future__ import annotations

import itertools
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_daktela.errors import RemoteError
from tap_daktela.sync.scheduling.backlog import SMALL_BYTES, SMALL_SHARE
from tap_daktela.sync.scheduling.steps import Fork, Get, Reading
from tests.helpers.engine.simulated_workers import (
    RecordingHandler,
    Said,
    Script,
    Simulated,
    ask,
    get,
    read,
    read_alone,
    run,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pages = st.sampled_from(["page", "page", "page", "say", "broken", "refused", "fail", 1, 2, 5])
scripts = st.recursive(
    st.builds(Script, st.lists(pages, max_size=4).map(tuple), st.booleans()),
    lambda inner: st.builds(
        Script,
        st.lists(pages | st.lists(inner, max_size=3).map(tuple), max_size=4).map(tuple),
        st.booleans(),
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.lists(scripts, max_size=5), st.integers(0, 2**16), st.integers(1, 4), st.integers(1, 8))
def test_results_come_as_if_one_had_read_alone(roots: list[Script], seed: int, allowed: int, max_held: int) -> None:
    expected, in_order, used = list[str](), list[str](), list[str]()
    failure = None
    try:
        for number, script in enumerate(roots):
            read_alone(read(script, str(number), in_order), expected)
    except RemoteError as error:
        failure = str(error)
    handler, simulated = RecordingHandler(), Simulated(seed, allowed)

    def check_bounds() -> None:
        assert len(simulated.under_way) <= allowed
        assert len(simulated.unused_now()) <= max_held + 1  # The one at the front needs no room.
        if simulated.is_idle and len(simulated.under_way) < allowed:
            # The front may have to wait for a worker, but for nothing else.
            front = next(endpoint for endpoint in in_order if endpoint not in used)
            assert front in {sent.get.endpoint for sent in simulated.under_way}

    simulated.on_finished = check_bounds
    readings = ((handler, read(script, str(number), used)) for number, script in enumerate(roots))
    with pytest.raises(RemoteError) if failure is not None else nullcontext() as raised:
        run(simulated, readings, max_held=max_held)
    assert handler.written == expected
    assert raised is None or str(raised.value) == failure
    assert simulated.is_closed
    assert all(times == 1 or "broken" in endpoint for endpoint, times in simulated.started.items())
    assert all(times <= 2 for times in simulated.started.values())


PAGE = SMALL_BYTES
"""Bytes of a result that is not small."""


# --- bounds -----------------------------------------------------------------------------------------------------------


def page_and_result(name: str, size: int = 0) -> Reading:
    """Read one page, and say something of a size."""
    page = yield from ask(get(name), [])
    yield Said(page, size)


@given(st.integers(0, 2**16), st.integers(1, 4), st.integers(1, 8))
def test_what_is_under_way_and_what_is_held_are_bounded(seed: int, allowed: int, max_held: int) -> None:
    handler = RecordingHandler()
    simulated = Simulated(seed, allowed, late=["7", "20"])

    def check_held() -> None:
        assert len(simulated.unused_now()) + len(handler.held) <= max_held + 1

    simulated.on_finished = check_held
    handler.on_put = lambda _: check_held()
    run(simulated, ((handler, page_and_result(str(number), PAGE)) for number in range(40)), max_held=max_held)
    assert handler.written == [str(number) for number in range(40)]
    assert simulated.most_under_way <= allowed


@given(st.integers(0, 2**16), st.integers(1, 8))
def test_what_is_held_is_bounded_where_parts_have_parts(seed: int, max_held: int) -> None:
    handler, simulated = RecordingHandler(), Simulated(seed, 3)

    def tree(name: str, depth: int) -> Reading:
        yield Said((yield get(name)), PAGE)
        yield Fork([tree(f"{name}.{number}", depth - 1) for number in range(3 if depth else 0)])

    def check_held() -> None:
        assert len(simulated.unused_now()) + handler.held.total() / PAGE <= max_held + 1

    simulated.on_finished = check_held
    run(simulated, [(handler, tree("tree", 3))], max_held=max_held)
    assert handler.written == sorted(handler.written)
    assert len(handler.written) == 1 + 3 + 9 + 27


def test_answers_are_collected_while_others_wait_to_be_used() -> None:
    simulated, handler, unused = Simulated(limit=1), RecordingHandler(), list[int]()
    simulated.on_finished = lambda: unused.append(len(simulated.unused_now()))
    run(simulated, ((handler, page_and_result(str(number))) for number in range(9)), max_held=16)
    # One to be used, one under way, and more.
    assert max(unused) > 2


def test_requests_do_overlap() -> None:
    simulated, handler = Simulated(limit=3), RecordingHandler()
    run(simulated, ((handler, page_and_result(str(number))) for number in range(9)))
    assert simulated.most_under_way == 3


@pytest.mark.parametrize(
    ("allowed", "page_bytes", "result_bytes", "most"),
    [(8, 1000, 10, 2001 + 2000), (3, 100, 1000, 2001 + 4000)],
    ids=["pages", "results"],
)
def test_bytes_are_bounded(allowed: int, page_bytes: int, result_bytes: int, most: int) -> None:
    handler, held = RecordingHandler(), list[int]()
    simulated = Simulated(limit=1, page_bytes=page_bytes)

    def measure() -> None:
        simulated.late = [str(len(handler.written))]  # So that those behind come first.
        if handler.written:  # How large pages are is known from the first one on.
            simulated.limit = allowed
            held.append(len(simulated.unused_now()) * page_bytes + handler.held.total())

    simulated.on_finished = measure
    roots = ((handler, page_and_result(str(number), result_bytes)) for number in range(40))
    run(simulated, roots, max_held=32, max_bytes=4002)
    assert handler.written == [str(number) for number in range(40)]
    assert 2001 < max(held) <= most


def test_pages_of_the_front_find_room_when_their_number_shows_late() -> None:
    names = [f"{number}" for number in range(4)]
    simulated, handler, seen = (
        Simulated(limit=8, late=[f"{name} ahead" for name in names]),
        RecordingHandler(),
        list[int](),
    )

    def window(name: str) -> Reading:
        yield Said((yield get(name)), 1)
        ahead = [get(f"{name} ahead") for _ in range(3)]
        yield ahead
        for one in ahead:
            yield Said((yield one))

    simulated.on_finished = lambda: seen.append(sum(sent.get.endpoint == "0 ahead" for sent in simulated.under_way))
    run(simulated, ((handler, window(name)) for name in names), max_held=8)
    # The first pages of the windows behind wait for their turn, and those of the front are under way together.
    assert max(seen) == 3
    assert handler.written == [text for name in names for text in (name, *[f"{name} ahead"] * 3)]


def test_pages_of_the_front_that_are_sent_ahead_need_room_as_well() -> None:
    used, handler = list[str](), RecordingHandler()
    simulated = Simulated(limit=4, late=["0.0 page 0"])
    held = list[int]()
    simulated.on_finished = lambda: held.append(len(simulated.unused_now()))
    run(simulated, [(handler, read(Script((9,)), "0", used))], max_held=4)
    assert [text.split()[-1] for text in handler.written] == [str(number) for number in range(9)]
    assert max(held) <= 4 + 1


def test_readings_that_ask_for_nothing_are_begun_only_as_there_is_room() -> None:
    handler, begun = RecordingHandler(), list[int]()

    def no_page(number: int) -> Reading:
        begun.append(number)
        yield Said(str(number), PAGE)

    simulated, waiting = Simulated(late=["front"]), list[int]()
    simulated.on_finished = lambda: waiting.append(len(begun))
    run(simulated, [(handler, page_and_result("front")), *((handler, no_page(number)) for number in range(50))])
    assert max(waiting) <= 8
    assert handler.written == ["front", *map(str, range(50))]


@pytest.mark.parametrize("result", [None, 0, 1, PAGE - 1], ids=["none", "without bytes", "one byte", "small"])
def test_readings_with_few_rows_keep_nobody_waiting(result: int | None) -> None:
    """The first stream takes its time; those behind it have little to say, and end."""
    simulated, handler, started = Simulated(limit=4, late=["front"]), RecordingHandler(), list[int]()

    def note() -> None:
        if any(sent.get.endpoint == "front" for sent in simulated.under_way):
            started.append(simulated.started.total())

    def little(number: int) -> Reading:
        page = yield get(str(number))
        if result is not None:
            yield Said(page, result)

    simulated.on_finished = note
    run(simulated, [(handler, page_and_result("front")), *((handler, little(number)) for number in range(20))])
    assert max(started) == 1 + 20
    assert simulated.started.total() == 1 + 20


def test_the_parts_of_a_reading_at_the_front_find_room_as_well() -> None:
    """The front begins with parts of parts, when all room is taken by what waits behind it."""
    handler = RecordingHandler()

    def inner() -> Reading:
        yield Fork([page_and_result("inner")])

    def front() -> Reading:
        yield get("front")
        yield Fork([inner()])

    def behind() -> Reading:
        yield from page_and_result("behind")
        yield from (Said(str(number), 10) for number in range(50))

    run(Simulated(late=["front"]), [(handler, front()), (handler, behind())])
    assert handler.written == ["inner", "behind", *map(str, range(50))]


def test_fewer_requests_once_fewer_are_allowed() -> None:
    simulated, handler, late = Simulated(limit=4), RecordingHandler(), list[int]()

    def shrink() -> None:
        if len(handler.written) >= 10:
            simulated.limit = 1
        if len(handler.written) >= 30:  # What was begun before may still be under way; now it may not.
            late.append(len(simulated.under_way))

    simulated.on_finished = shrink
    run(simulated, ((handler, page_and_result(str(number))) for number in range(50)), max_held=16)
    assert len(handler.written) == 50
    assert simulated.most_under_way == 4
    assert set(late) == {1}


def test_readings_are_drawn_only_as_far_ahead_as_needed() -> None:
    handler, drawn = RecordingHandler(), itertools.count()
    last = 0

    def endless() -> Iterator[tuple[RecordingHandler, Reading]]:
        nonlocal last
        while True:
            last = next(drawn)
            yield handler, page_and_result(str(last))

    def enough() -> None:
        if len(handler.written) >= 20:
            raise RemoteError("enough")

    with pytest.raises(RemoteError, match="enough"):
        run(Simulated(), endless(), poll=enough, max_held=8)
    assert last <= 20 + 8 + 1


def test_results_are_prepared_as_they_come_and_written_in_their_turn() -> None:
    handler = RecordingHandler()
    run(Simulated(late=["0"]), ((handler, page_and_result(str(number))) for number in range(4)))
    assert handler.prepared[-1] == "0"
    assert handler.written == ["0", "1", "2", "3"]


# --- requests ---------------------------------------------------------------------------------------------------------


def test_requests_that_are_taken_back_are_forgotten_and_the_others_are_sent_once() -> None:
    simulated, handler = Simulated(limit=4, late=["second", "third"]), RecordingHandler()

    def changes_its_mind() -> Reading:
        first, unwanted, second, third = map(get, ("first", "unwanted refused", "second", "third"))
        yield [first, unwanted, second, third]
        yield Said((yield first))
        yield [second, third]
        yield Said((yield second))
        yield Said((yield third))

    run(simulated, [(handler, changes_its_mind())])
    assert handler.written == ["first", "second", "third"]
    assert set(simulated.started.values()) == {1}
    assert not simulated.unused_now()


def test_what_was_sent_ahead_is_forgotten_when_the_reading_ends() -> None:
    simulated, handler, forgotten = Simulated(limit=4, late=["never used"]), RecordingHandler(), list[bool]()

    def ends_early() -> Reading:
        first = get("first")
        yield [first, get("never used")]
        yield Said((yield first))

    handler.on_put = lambda _: forgotten.append(not simulated.unused_now())
    run(simulated, [(handler, ends_early())])
    assert forgotten == [True]


def test_a_request_that_is_dropped_makes_room_at_once() -> None:
    simulated, handler = Simulated(limit=8, late=["0.0 page 1", "0.0 page 2"]), RecordingHandler()

    def takes_back() -> Reading:
        first, *rest = [get(f"{number}") for number in range(3)]
        yield [first, *rest]
        yield Said((yield first))
        yield []
        yield Said((yield get("more")))

    run(simulated, [(handler, takes_back()), (handler, page_and_result("next"))], max_held=3)
    assert handler.written == ["0", "more", "next"]


def test_requests_that_are_said_ahead_are_under_way_at_once() -> None:
    def says_three_ahead() -> Reading:
        ahead = [get(f"page {number}") for number in range(3)]
        yield ahead
        yield Said((yield get("first")))
        for one in ahead:
            yield Said((yield one))

    simulated, handler = Simulated(limit=4, late=("first",)), RecordingHandler()
    run(simulated, [(handler, says_three_ahead())])
    assert handler.written == ["first", "page 0", "page 1", "page 2"]
    assert simulated.most_under_way == 4


def test_what_is_said_ahead_again_is_sent_once() -> None:
    def says_it_twice() -> Reading:
        ahead = [get("page 0"), get("page 1")]
        yield ahead
        yield Said((yield get("first")))
        yield ahead
        for one in ahead:
            yield Said((yield one))

    simulated, handler = Simulated(), RecordingHandler()
    run(simulated, [(handler, says_it_twice())])
    assert handler.written == ["first", "page 0", "page 1"]
    assert set(simulated.started.values()) == {1}


def test_another_answer_wakes_no_reading_whose_page_was_broken() -> None:
    def waits_for_the_broken_one() -> Reading:
        broken, other = get("broken"), get("other")
        yield [broken, other]
        yield Said((yield broken))
        yield Said((yield other))

    for seed in range(20):
        simulated, handler = Simulated(seed), RecordingHandler()
        run(simulated, [(handler, waits_for_the_broken_one())])
        assert handler.written == ["broken", "other"]
        assert simulated.started == {"broken": 2, "other": 1}


def test_a_result_that_cannot_be_written_behind_the_end_of_its_reading_ends_the_run() -> None:
    handler = RecordingHandler(unwritable=("page",))
    with pytest.raises(RemoteError, match="cannot write page"):
        run(Simulated(), [(handler, page_and_result("page"))])
    assert handler.written == []


def test_a_broken_page_is_fetched_again_by_the_same_request() -> None:
    simulated, handler = Simulated(), RecordingHandler()
    sent = list[Any]()
    simulated.on_finished = lambda: sent.extend(simulated.under_way)
    run(simulated, [(handler, page_and_result("broken"))])
    assert handler.written == ["broken"]
    assert simulated.started == {"broken": 2}
    assert len(set(sent)) == 1


def test_a_broken_page_that_was_sent_ahead_waits_for_a_place_like_any_other() -> None:
    def forks_before_it_is_used() -> Reading:
        broken = get("broken")
        yield [broken]
        yield Fork([page_and_result("first")])
        yield Said((yield broken))

    simulated, handler = Simulated(limit=1), RecordingHandler()
    run(simulated, [(handler, forks_before_it_is_used()), (handler, page_and_result("next"))])
    assert handler.written == ["first", "broken", "next"]
    assert simulated.most_under_way == 1


# --- failures ---------------------------------------------------------------------------------------------------------


def stream(failures: list[str], *parts: Reading) -> Reading:
    """Read parts, and end without an error where one fails."""
    try:
        yield Fork(parts)
    except RemoteError as error:
        failures.append(str(error))


def says(*texts: str) -> Reading:
    for text in texts:
        yield Said(text, PAGE)


@given(st.integers(0, 2**16))
def test_an_error_of_a_part_is_thrown_into_its_parent_in_turn(seed: int) -> None:
    handler, failures, closed = RecordingHandler(), list[str](), list[str]()

    def part(name: str) -> Reading:
        try:
            for number in range(3):
                yield from page_and_result(f"{name}{number}", 1)
        except GeneratorExit:
            closed.append(name)
            raise

    simulated = Simulated(seed, late=["a0"])
    broken = page_and_result("refused")
    bad = stream(failures, part("a"), broken, part("b"), part("c"))
    run(simulated, [(handler, bad), (handler, part("d"))], max_held=20)
    assert handler.written == ["a0", "a1", "a2", "d0", "d1", "d2"]
    assert failures == ["refused"]
    assert set(closed) <= {"b", "c"}
    assert not simulated.unused_now()


@pytest.mark.parametrize(
    ("ahead", "dropped"),
    [
        ([get(f"ahead {number}") for number in range(4)], []),
        ([], [("a", "b", "c", "d")]),
        ([], [()] * int(4 / SMALL_SHARE)),
        ([], [*[()] * int(2 / SMALL_SHARE), ("a", "b")]),
    ],
    ids=["pages", "results", "readings", "both"],
)
def test_what_an_error_drops_makes_room(ahead: list[Get], dropped: list[tuple[str, ...]]) -> None:
    simulated, handler, under_way = Simulated(late=["refused 0", "refused 1"]), RecordingHandler(), list[int]()
    failed = 0

    def goes_on() -> Reading:
        nonlocal failed
        for number in range(2):
            yield ahead
            try:
                yield Fork([page_and_result(f"refused {number}"), *(says(*texts) for texts in dropped)])
            except RemoteError:
                failed += 1
        yield Fork([page_and_result(str(number)) for number in range(8)])

    simulated.on_finished = lambda: under_way.append(len(simulated.under_way) if failed == 2 else 0)
    run(simulated, [(handler, goes_on())], max_held=7)
    assert handler.written == [str(number) for number in range(8)]
    assert max(under_way) == 4


@given(st.integers(0, 2**16))
def test_an_error_of_put_goes_to_the_outermost_reading_of_its_handler(seed: int) -> None:
    bad, good, failures = RecordingHandler(unwritable=("b",)), RecordingHandler(), list[str]()

    def forgiving() -> Reading:
        try:
            yield Fork([says("a"), page_and_result("b"), says("c")])
        except RemoteError:
            yield Said("not here")

    roots = [(good, says("x")), (bad, stream(failures, forgiving(), says("d"))), (good, says("y", "z"))]
    run(Simulated(seed), roots)
    assert bad.written == ["a"]
    assert failures == ["cannot write b"]
    assert good.written == ["x", "y", "z"]


def test_an_error_of_put_behind_the_end_of_the_reading_ends_the_run() -> None:
    with pytest.raises(RemoteError, match="cannot write b"):
        run(Simulated(), [(RecordingHandler(unwritable=("b",)), says("a", "b"))])


def test_an_error_that_nobody_handles_ends_the_run_in_its_turn() -> None:
    handler = RecordingHandler()
    roots = [(handler, page_and_result("a")), (handler, page_and_result("refused")), (handler, page_and_result("b"))]
    with pytest.raises(RemoteError, match="refused"):
        run(Simulated(late=["a"]), roots)
    assert handler.written == ["a"]


def crash(*_: object) -> Any:
    return 1 // 0


def crashing() -> Reading:
    yield Said("a")
    crash()


@pytest.mark.parametrize("where", ["reading", "prepare", "put", "fetch"])
def test_a_mistake_of_our_own_is_no_failure_of_a_stream(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    handler, failures, simulated = RecordingHandler(), list[str](), Simulated()
    if where in {"prepare", "put"}:
        monkeypatch.setattr(handler, where, crash)
    if where == "fetch":
        monkeypatch.setattr(simulated, "_outcome", lambda _: ZeroDivisionError())
    part = crashing() if where == "reading" else page_and_result("a")
    with pytest.raises(ZeroDivisionError):
        run(simulated, [(handler, stream(failures, part))])
    assert not failures
    assert simulated.is_closed


def test_a_signal_ends_the_run_although_an_answer_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    simulated, polls = Simulated(), itertools.count()
    monkeypatch.setattr(simulated, "finished", lambda _: [])

    def poll() -> None:
        if next(polls) == 3:
            raise RemoteError("stopped")

    with pytest.raises(RemoteError, match="stopped"):
        run(simulated, [(RecordingHandler(), stream([], page_and_result("a")))], poll=poll)
    assert simulated.is_closed
