"""What a failure drops takes no room any more."""

from __future__ import annotations

from contextlib import suppress
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from tap_daktela.errors import RemoteError
from tap_daktela.sync.scheduling.amount import NOTHING
from tap_daktela.sync.scheduling.backlog import Backlog
from tap_daktela.sync.scheduling.scheduler import Scheduler
from tap_daktela.sync.scheduling.steps import Fork, Reading
from tests.helpers.engine.simulated_workers import RecordingHandler, Said, Script, Simulated, ask, get, read
from tests.sync.scheduling.test_scheduler import scripts


def scheduler(simulated: Simulated, max_held: int = 8) -> tuple[Scheduler, Backlog]:
    """Return a scheduler, and what it counts by."""
    backlog = Backlog(max_held, 10_000)
    with mock.patch("tap_daktela.sync.scheduling.scheduler.Backlog", return_value=backlog):
        made = Scheduler(
            simulated,  # type: ignore[arg-type]
            simulated,
            poll=lambda: None,
            max_held=max_held,
            max_bytes=10_000,
        )
    return made, backlog


@settings(max_examples=150)
@given(st.lists(scripts, max_size=5), st.integers(0, 2**16), st.integers(1, 4))
def test_in_the_end_nothing_is_held(roots: list[Script], seed: int, allowed: int) -> None:
    one, backlog = scheduler(Simulated(seed, allowed))
    handler, used = RecordingHandler(), list[str]()
    with suppress(RemoteError):
        one.run((handler, read(script, str(number), used)) for number, script in enumerate(roots))
        assert backlog.held == NOTHING


def part(name: str, *, fails: bool = False, result: int = 0) -> Reading:
    """Read one page, and say something or fail."""
    yield from ask(get(name), [])
    if fails:
        raise RemoteError(name)
    yield Said(name, result)
    inner = yield Fork([leaf(f"{name} inner {number}", result) for number in range(2)])
    yield Said(f"{name} {len(inner)}", result)


def leaf(name: str, result: int) -> Reading:
    """Read one page, and say something; more pages would have been sent ahead."""
    yield [get(f"{name} ahead")]
    yield from ask(get(name), [])
    yield Said(name, result)


def test_parts_behind_one_that_failed_are_dropped_with_all_they_hold() -> None:
    simulated = Simulated(limit=8, late=["first"])
    one, backlog = scheduler(simulated, max_held=50)
    seen = []

    def root() -> Reading:
        try:
            yield Fork([part("first", fails=True), *(part(f"later {number}", result=100) for number in range(3))])
        except RemoteError:
            seen.append(backlog.held)
            yield Said("failed", 7)
            yield from ask(get("after"), [])
            yield Said("after", 7)

    handler = RecordingHandler()
    one.run([(handler, root())])
    # The later ones were done, or nearly, when the first one failed.
    assert len(handler.prepared) > 6
    assert handler.written == ["failed", "after"]
    assert seen == [NOTHING]
    assert backlog.held == NOTHING


def test_a_reading_that_is_told_of_a_failure_goes_on_at_once() -> None:
    """Its next page may be there already: nobody would look at it again."""
    simulated = Simulated(limit=8, late=["first"])
    one, _backlog = scheduler(simulated)

    def root() -> Reading:
        try:
            yield Fork([part("first", fails=True)])
        except RemoteError:
            yield Said("failed")
            yield Fork([leaf("again", 1)])
        yield Said("over")

    handler = RecordingHandler()
    one.run([(handler, root())])
    assert handler.written == ["failed", "again", "over"]
