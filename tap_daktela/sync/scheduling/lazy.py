"""Drives a reading in the thread that uses its results: each request is sent when the reading waits for it."""

from collections.abc import Callable, Generator
from typing import Any

from tap_daktela.daktela.client import Page
from tap_daktela.errors import TapError
from tap_daktela.sync.scheduling.steps import Fork, Get, Reading


def lazily(reading: Reading, ask: Callable[[Get], Page]) -> Generator[Any, None, Any]:
    """Yield the results of a reading one after another, and return what it returns. `ask` fetches its pages.

    A TapError of `ask`, or of a part of the reading, is thrown into the reading.
    """
    answer: Any = None
    error: TapError | None = None
    while True:
        try:
            said = reading.throw(error) if error is not None else reading.send(answer)
        except StopIteration as end:
            return end.value
        answer = error = None
        try:
            if isinstance(said, Get):
                answer = ask(said)
            elif isinstance(said, Fork):
                answer = []
                for part in said.parts:
                    answer.append((yield from lazily(part, ask)))
            elif not isinstance(said, list):  # A list names requests to send ahead.
                yield said
        except TapError as failure:
            error = failure
