"""The same rows come out, whatever the size of pages and windows and however many requests are in flight."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.helpers import harness
from tests.helpers.ledger import EVERY_STREAM, check_complete, check_no_repeats, check_states, settings, sorted_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.unmeasured

HOUR, YEAR = 0.0417, 366


@pytest.fixture(scope="module")
def daktela(sandbox: Callable[..., harness.Sandbox]) -> Iterator[harness.Sandbox]:
    with sandbox("--rows", "300", "--days", "1") as running:
        running.settle()
        yield running


@pytest.fixture(scope="module")
def plain(daktela: harness.Sandbox) -> harness.TapRun:
    """Give the run with the largest pages and windows."""
    return harness.run_tap(settings(daktela, streams=EVERY_STREAM, concurrency=8, date_window_size=YEAR))


def test_all_rows_of_all_streams_come_out(daktela: harness.Sandbox, plain: harness.TapRun) -> None:
    assert plain.returncode == 0, plain.stderr
    assert set(plain.streams) == set(EVERY_STREAM)
    check_complete(daktela, plain)
    check_no_repeats(plain)
    check_states(daktela, plain)
    assert plain.records("activities_call_transcripts")


# All but the path of the plain run itself.
@pytest.mark.parametrize(("concurrency", "page_size", "window"), list(product([1, 8], [7, 1000], [HOUR, YEAR]))[:-1])
def test_every_path_gives_the_same_records(
    daktela: harness.Sandbox, plain: harness.TapRun, concurrency: int, page_size: int, window: float
) -> None:
    path = {"concurrency": concurrency, "page_size": page_size, "date_window_size": window}
    run = harness.run_tap(settings(daktela, streams=EVERY_STREAM, **path))
    assert run.returncode == 0, run.stderr
    check_complete(daktela, run)
    check_no_repeats(run)
    check_states(daktela, run)
    assert sorted_records(run) == sorted_records(plain)
    assert run.last_state == plain.last_state
